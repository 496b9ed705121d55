import { PauseError } from "../../error.ts";
import { isDigest } from "../../oci/digest.ts";
import { referrer } from "../../oci/document.ts";
import type { TagOrDigest } from "../store.ts";
import type { ChangeList } from "./fallback.ts";
import { toldBy } from "./failure.ts";
import { drain } from "./http/transport.ts";
import { findManifest, manifestAddress } from "./manifests.ts";
import { exchange, refusal, type Session } from "./session.ts";

/**
 * Deletes a manifest with all its tags, or one tag. A manifest that refers to another is taken out
 * of the list that the other's fallback tag names.
 *
 * @returns false when there is none such
 * @throws PauseError `registry` where that is not allowed
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#content-management
 */
export async function remove(
  session: Session,
  ref: TagOrDigest,
  list: ChangeList,
): Promise<boolean> {
  if (!isDigest(ref)) return await removeOne(session, ref);
  const manifest = await findManifest(session, ref);
  if (manifest === undefined || !await removeOne(session, ref)) return false;
  const subject = referrer(manifest)?.subject;
  if (subject !== undefined) await list(subject, { remove: ref });
  return true;
}

async function removeOne(session: Session, ref: TagOrDigest): Promise<boolean> {
  const answer = await exchange(session, { method: "DELETE", url: manifestAddress(session, ref) });
  if ([200, 202, 204].includes(answer.status)) {
    await drain(answer);
    return true;
  }
  const told = await toldBy(answer);
  const isForbidden = answer.status === 405 || told.codes.includes("UNSUPPORTED");
  // docker-registry takes a tag for a digest that is none.
  const isNoDigest = !isDigest(ref) && answer.status === 400;
  if (isForbidden || isNoDigest) throw forbidden(session, ref);
  if (answer.status === 404) return false;
  throw await refusal(session, answer, `to the deletion of "${ref}"`, told);
}

function forbidden({ repository: { host, repository } }: Session, ref: TagOrDigest): PauseError {
  const [what, next] = isDigest(ref)
    ? ["deletes nothing", "Have those who run it allow deletion, or delete it there."]
    : ["deletes no single tag", "Delete the digest that it names, which takes all of its tags."];
  return new PauseError(
    "registry",
    `Cannot delete "${ref}" from ${host}/${repository}: the registry ${what}. ${next}`,
  );
}
