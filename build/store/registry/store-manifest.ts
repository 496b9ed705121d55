import { everySettled } from "../../host/settle.ts";
import type { Content } from "../../oci/descriptor.ts";
import { verify } from "../verified.ts";
import { checkBytes } from "./digest-header.ts";
import { toldBy } from "./failure.ts";
import { drain } from "./http/transport.ts";
import { immutableTag, isTooSoon, manifestRefusal } from "./manifest-refusal.ts";
import { manifestAddress, resolve } from "./manifests.ts";
import { exchange, oddAnswer, type Session, waitAfter } from "./session.ts";
import { noteStored } from "./stored.ts";

/**
 * Stores a manifest under each of the tags, or under its digest alone, and checks that the registry
 * understood the same bytes.
 *
 * @returns whether the registry lists it among the referrers of its subject by itself
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#pushing-manifests
 */
export async function storeManifest(
  session: Session,
  manifest: Content,
  tags: readonly string[],
): Promise<boolean> {
  verify(manifest, "memory");
  const names = tags.length > 0 ? tags : [manifest.descriptor.digest];
  const listed = await everySettled(names.map((name) => putOne(session, manifest, name)));
  return listed.every(Boolean);
}

/** Parts that the registry took just before may be known to it only a while later. */
async function putOne(session: Session, manifest: Content, name: string): Promise<boolean> {
  const { descriptor, bytes } = manifest;
  const { attempts } = session.transport.retry;
  for (let made = 1;; made++) {
    const answer = await exchange(session, {
      method: "PUT",
      url: manifestAddress(session, name),
      headers: { "content-type": descriptor.mediaType },
      payload: bytes,
    });
    if (answer.status === 201 || answer.status === 200) {
      await drain(answer);
      checkBytes(session, answer, bytes);
      if (!answer.headers.has("docker-content-digest")) await confirm(session, manifest, name);
      noteStored(session, descriptor.digest);
      return answer.headers.has("oci-subject");
    }
    const told = await toldBy(answer);
    if (made >= attempts || !isTooSoon(session, told, manifest)) {
      const isTag = name !== descriptor.digest;
      // What it names already was stored whole, and listed, when it was.
      if (isTag && await immutableTag(session, answer, told, descriptor, name) === "same") {
        return true;
      }
      throw await manifestRefusal(session, answer, told, manifest, name);
    }
    await waitAfter(session, made);
  }
}

/**
 * Asks for what was put: an answer that does not name the digest may be that of a login page or a
 * proxy, and success is when the registry has it.
 */
async function confirm(session: Session, { descriptor }: Content, name: string): Promise<void> {
  const { attempts } = session.transport.retry;
  for (let made = 1;; made++) {
    const found = await resolve(session, name);
    if (found?.digest === descriptor.digest) return;
    if (made >= attempts) {
      const has = found === undefined ? "has nothing there" : `has ${found.digest} there`;
      throw oddAnswer(session, `the registry took the manifest "${name}", and ${has}`);
    }
    await waitAfter(session, made);
  }
}
