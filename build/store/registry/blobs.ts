import { PauseError } from "../../error.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { verified } from "../verified.ts";
import { resumed } from "./downloads.ts";
import { addressOf, exchange, refusal, type Session } from "./session.ts";
import { drain, encodingOf } from "./http/transport.ts";

/**
 * Asks whether the repository has a blob, by HEAD, or by GET where that is not known.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#checking-if-content-exists-in-the-registry
 */
export async function hasBlob(session: Session, { digest }: Descriptor): Promise<boolean> {
  const url = addressOf(session, `blobs/${digest}`);
  let answer = await exchange(session, { method: "HEAD", url });
  await drain(answer);
  if (answer.status === 405) {
    answer = await exchange(session, { method: "GET", url });
    await answer.body?.cancel();
  }
  if (answer.status === 200) return true;
  if (answer.status === 404) return false;
  throw await refusal(session, answer, `to the blob ${digest}`);
}

/**
 * Opens a blob. The registry may send us on to its storage, which gets no login of ours. A
 * connection that breaks is made again, and what is still missing is asked for.
 *
 * @returns the bytes; the stream fails with `verification` when they are not those of the
 * descriptor, with `registry` when the connection breaks too often
 * @throws PauseError `registry` when there is no such blob
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#pulling-blobs
 */
export async function getBlob(
  session: Session,
  blob: Descriptor,
): Promise<ReadableStream<Uint8Array>> {
  const { host, repository } = session.repository;
  const url = addressOf(session, `blobs/${blob.digest}`);
  const answer = await exchange(session, { method: "GET", url });
  if (answer.status === 200) {
    const place = `${host}/${repository}${encodingOf(answer)}`;
    return verified(resumed(session, url, answer, blob), blob, place);
  }
  if (answer.status !== 404) throw await refusal(session, answer, `to the blob ${blob.digest}`);
  await drain(answer);
  throw new PauseError(
    "registry",
    `Cannot ${session.transport.task}: the registry has no blob ${blob.digest} there. Push the image anew, whole.`,
  );
}
