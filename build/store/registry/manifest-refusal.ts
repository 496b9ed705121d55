import { PauseError } from "../../error.ts";
import { everySettled } from "../../host/settle.ts";
import type { Content, Descriptor } from "../../oci/descriptor.ts";
import { children } from "../../oci/document.ts";
import { isManifest } from "../../oci/media-types.ts";
import { hasBlob } from "./blobs.ts";
import type { Told } from "./failure.ts";
import { redacted } from "./http/redaction.ts";
import type { Answer } from "./http/transport.ts";
import { resolve } from "./manifests.ts";
import { refusal, type Session } from "./session.ts";
import { wasStored } from "./stored.ts";

/** The codes of a registry that does not find a part of a manifest. */
const UNKNOWN_PART = ["MANIFEST_BLOB_UNKNOWN", "BLOB_UNKNOWN", "MANIFEST_UNKNOWN"];

/** Whether the registry misses a part of a manifest that it took from us just before. */
export function isTooSoon(session: Session, { codes }: Told, manifest: Content): boolean {
  return isPartUnknown(codes) &&
    partsOf(manifest).some(({ digest }) => wasStored(session, digest));
}

function isPartUnknown(codes: readonly string[]): boolean {
  return codes.some((code) => UNKNOWN_PART.includes(code));
}

function partsOf({ descriptor, bytes }: Content): readonly Descriptor[] {
  return children(descriptor, bytes).filter(({ urls = [] }) => urls.length === 0);
}

/** The error for a manifest that is refused. It names the part that the registry misses, if it does. */
export async function manifestRefusal(
  session: Session,
  answer: Answer,
  told: Told,
  manifest: Content,
  name: string,
): Promise<PauseError> {
  const about = `to the manifest "${name}"`;
  if (!isPartUnknown(told.codes)) return await refusal(session, answer, about, told);
  const missing = await missingPart(session, told, manifest);
  const which = missing === undefined ? "" : `, whose part ${missing} it does not find`;
  return await refusal(session, answer, about + which, told);
}

/** The part that the registry names, or else the first one that it denies to have. */
async function missingPart(
  session: Session,
  { text }: Told,
  manifest: Content,
): Promise<string | undefined> {
  const parts = partsOf(manifest);
  const named = parts.find(({ digest }) => text.includes(digest));
  if (named !== undefined) return named.digest;
  try {
    const there = await everySettled(
      parts.map((part) =>
        isManifest(part.mediaType)
          ? resolve(session, part.digest).then((found) => found !== undefined)
          : hasBlob(session, part)
      ),
    );
    return parts.find((_, at) => !there[at])?.digest;
  } catch {
    return undefined;
  }
}

/** The statuses with which registries refuse to move a tag. */
const TAG_STATUSES = [400, 403, 405, 409, 412];

/**
 * What they say then. Amazon ECR: TAG_INVALID, "cannot be overwritten because the repository is
 * immutable". Google Artifact Registry: "The repository has enabled tag immutability". Harbor:
 * "configured as immutable". Quay: "tag is immutable and cannot be overwritten". Azure:
 * REGISTRY_DISALLOWED_OPERATION. Alibaba: "already exists and cannot be overwritten".
 */
const IMMUTABLE = /immutab|overwrit|TAG_INVALID|DISALLOWED_OPERATION|operation is disallowed/i;

/**
 * What the refusal of a tag comes to where tags stay where they are.
 *
 * @returns "same" when the tag names the manifest already; "other" when that is not it
 * @throws PauseError `registry` when the tag is immutable and names something else
 */
export async function immutableTag(
  session: Session,
  { status }: Answer,
  told: Told,
  { digest }: Descriptor,
  tag: string,
): Promise<"same" | "other"> {
  if (!TAG_STATUSES.includes(status)) return "other";
  const there = await resolve(session, tag).catch(() => undefined);
  if (there === undefined) return "other";
  if (there.digest === digest) return "same";
  if (status !== 409 && status !== 412 && !IMMUTABLE.test(told.text)) return "other";
  const { task, secrets } = session.transport;
  const words = redacted([told.code, told.message].filter(Boolean).join(": "), secrets);
  throw new PauseError(
    "registry",
    `Cannot ${task}: the tag "${tag}" is immutable there and names ${there.digest}, not ${digest} ` +
      `(${status}${
        words && ` ${words}`
      }). Choose another tag, or have who runs the registry free this one.`,
  );
}
