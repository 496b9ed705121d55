import { PauseError } from "../../error.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { verified } from "../verified.ts";
import { addressOf, exchange, refusal, type Session } from "./session.ts";
import { type Answer, drain } from "./http/transport.ts";
import { brokenConnection } from "./http/trouble.ts";

/**
 * Asks whether the repository has a blob.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#checking-if-content-exists-in-the-registry
 */
export async function hasBlob(session: Session, { digest }: Descriptor): Promise<boolean> {
  const answer = await exchange(session, {
    method: "HEAD",
    url: addressOf(session, `blobs/${digest}`),
  });
  await drain(answer);
  if (answer.status === 200) return true;
  if (answer.status === 404) return false;
  throw await refusal(session, answer, `to the blob ${digest}`);
}

/**
 * Opens a blob. The registry may send us on to its storage, which gets no login of ours.
 *
 * @returns the bytes; the stream fails with `verification` when they are not those of the
 * descriptor, with `registry` when the connection breaks
 * @throws PauseError `registry` when there is no such blob
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#pulling-blobs
 */
export async function getBlob(
  session: Session,
  blob: Descriptor,
): Promise<ReadableStream<Uint8Array>> {
  const { task } = session.transport;
  const answer = await exchange(session, {
    method: "GET",
    url: addressOf(session, `blobs/${blob.digest}`),
  });
  if (answer.status === 200) return verified(explained(answer, session), blob, nameOf(session));
  if (answer.status !== 404) throw await refusal(session, answer, `to the blob ${blob.digest}`);
  await drain(answer);
  throw new PauseError(
    "registry",
    `Cannot ${task}: the registry has no blob ${blob.digest} there. Push the image anew, whole.`,
  );
}

function nameOf({ repository: { host, repository } }: Session): string {
  return `${host}/${repository}`;
}

/** Has a body that breaks off fail with an error for the user. */
function explained({ body }: Answer, { transport }: Session): ReadableStream<Uint8Array> {
  const reader = body?.getReader();
  return new ReadableStream({
    async pull(controller): Promise<void> {
      try {
        const chunk = await reader?.read();
        if (chunk?.value === undefined) controller.close();
        else controller.enqueue(chunk.value);
      } catch (error) {
        throw brokenConnection(transport, error);
      }
    },
    cancel: (reason) => reader?.cancel(reason),
  }, { highWaterMark: 0 });
}
