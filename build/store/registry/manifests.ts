import { PauseError, reason } from "../../error.ts";
import type { Content, Descriptor } from "../../oci/descriptor.ts";
import { isDigest, sha256 } from "../../oci/digest.ts";
import { children, mediaTypeOf } from "../../oci/document.ts";
import { DOCKER, isManifest, OCI } from "../../oci/media-types.ts";
import { isTag } from "../../oci/reference.ts";
import type { TagOrDigest } from "../store.ts";
import { answeredDigest, checkAnswered, checkBytes } from "./digest-header.ts";
import {
  addressOf,
  exchange,
  getDocument,
  lie,
  oddAnswer,
  refusal,
  saysAbsent,
  type Session,
} from "./session.ts";
import { redacted } from "./http/redaction.ts";
import { type Answer, drain } from "./http/transport.ts";

const ACCEPT = [OCI.index, DOCKER.index, OCI.manifest, DOCKER.manifest].join(", ");

/**
 * Asks what a tag or a digest names, by HEAD. A registry whose HEAD says too little is asked by GET.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#checking-if-content-exists-in-the-registry
 */
export async function resolve(session: Session, ref: TagOrDigest): Promise<Descriptor | undefined> {
  const url = manifestAddress(session, ref);
  const answer = await exchange(session, { method: "HEAD", url, headers: { accept: ACCEPT } });
  await drain(answer);
  if (saysAbsent(session, answer)) return undefined;
  // Some proxies know no HEAD.
  if (answer.status === 405) return (await findManifest(session, ref))?.descriptor;
  if (answer.status !== 200) throw await refusal(session, answer, `to "${ref}"`);
  return describedBy(session, answer, ref) ?? (await findManifest(session, ref))?.descriptor;
}

/** What the headers say; undefined when they do not say it all. */
function describedBy(session: Session, answer: Answer, ref: TagOrDigest): Descriptor | undefined {
  if (isDigest(ref)) checkAnswered(session, answer, ref);
  const digest = isDigest(ref) ? ref : answeredDigest(session, answer);
  const mediaType = typeIn(answer.headers);
  const size = Number(answer.headers.get("content-length") ?? 0);
  if (digest === undefined || !isManifest(mediaType) || !(size > 0)) return undefined;
  return { mediaType, digest, size };
}

/**
 * Gets a manifest.
 * @throws PauseError `registry` when there is none
 */
export async function getManifest(session: Session, ref: TagOrDigest): Promise<Content> {
  const found = await findManifest(session, ref);
  if (found !== undefined) return readable(session, found, ref);
  throw new PauseError(
    "registry",
    `Cannot ${session.transport.task}: the registry has no manifest "${ref}" there. Check the name and the tag.`,
  );
}

/**
 * Whoever asked reads it next, and then nobody knows any more who sent it.
 * @throws PauseError `verification` when it is none
 */
function readable({ transport }: Session, manifest: Content, ref: TagOrDigest): Content {
  try {
    children(manifest.descriptor, manifest.bytes);
    return manifest;
  } catch (error) {
    const why = reason(error).replace(/^Cannot read the [\w ]+: |\. Take the image .*$/gs, "");
    const found = redacted(why, transport.secrets);
    throw new PauseError(
      "verification",
      `Cannot ${transport.task}: the manifest "${ref}" there cannot be read: ${found}. ` +
        "Take the image from another place.",
      { cause: new Error(found) },
    );
  }
}

/** Gets a manifest, or undefined when the registry has none such. */
export async function findManifest(
  session: Session,
  ref: TagOrDigest,
): Promise<Content | undefined> {
  const url = manifestAddress(session, ref);
  const answer = await getDocument(session, url, { accept: ACCEPT });
  const { bytes } = answer;
  if (bytes === undefined) {
    if (!saysAbsent(session, answer)) throw await refusal(session, answer, `to "${ref}"`);
    await drain(answer);
    return undefined;
  }
  const digest = isDigest(ref) ? ref : sha256(bytes);
  checkBytes(session, answer, bytes, digest);
  return {
    descriptor: { mediaType: realType(session, answer, bytes), digest, size: bytes.length },
    bytes,
  };
}

/** What the document says of itself counts, and the header must agree where it says anything. */
function realType(session: Session, { headers }: Answer, bytes: Uint8Array): string {
  const header = typeIn(headers);
  const own = mediaTypeOf(bytes);
  if (own === undefined || !isManifest(own)) {
    const sent = redacted(own ?? header, session.transport.secrets);
    throw oddAnswer(session, `the registry sent ${sent} where a manifest was asked for`);
  }
  if (isManifest(header) && header !== own) {
    throw lie(session, `the registry calls a manifest ${header} that calls itself ${own}`);
  }
  return own;
}

/** A tag may come from a list that the registry sent: `../` would lead to another repository. */
export function manifestAddress(session: Session, ref: TagOrDigest): URL {
  if (isTag(ref) || isDigest(ref)) return addressOf(session, `manifests/${ref}`);
  throw new PauseError(
    "usage",
    `Cannot ${session.transport.task}: "${ref}" is neither a tag nor a digest.`,
  );
}

function typeIn(headers: Headers): string {
  return (headers.get("content-type") ?? "").split(";")[0]?.trim() ?? "";
}
