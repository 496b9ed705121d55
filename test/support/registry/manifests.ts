import { type Digest, sha256 } from "../../../build/oci/digest.ts";
import { children, mediaTypeOf, referrer } from "../../../build/oci/document.ts";
import { isManifest } from "../../../build/oci/media-types.ts";
import { type Answered, type Asked, failure } from "./answer.ts";
import {
  type Held,
  type HeldManifest,
  type HeldRepository,
  kept,
  repositoryIn,
  seen,
  written,
} from "./held.ts";
import type { Routed } from "./route.ts";
import { created } from "./uploads.ts";

export function manifest(held: Held, asked: Asked, routed: Routed): Answered {
  if (asked.method === "PUT") return put(held, asked, routed);
  if (asked.method === "DELETE") return remove(held, routed);
  const { name, id } = routed;
  const { manifests, tags } = repositoryIn(held, name);
  const now = id.includes(":") ? id : tags.get(id);
  // Both lags pass at the same time.
  const isSeen = seen(held, "manifest", `${name}@${now}`, now) !== undefined;
  const digest = id.includes(":") ? id : seen(held, "tag", `${name}:${id}`, now);
  const found = manifests.get(digest ?? "");
  if (digest === undefined || found === undefined || digest === now && !isSeen) {
    return failure(404, "MANIFEST_UNKNOWN", `unknown: ${id}`);
  }
  return read(held, asked, digest, found);
}

function read(
  { habits: { digestHeader = true } }: Held,
  { headers }: Asked,
  digest: string,
  { mediaType, bytes }: HeldManifest,
): Answered {
  const accepted = `${headers.accept}`.split(",").map((type) => type.split(";")[0]?.trim());
  if (!accepted.includes(mediaType)) {
    return failure(404, "MANIFEST_UNKNOWN", "the accept header does not support what was found");
  }
  const etag = `"${digest}"`;
  if (headers["if-none-match"] === etag) return { status: 304 };
  const named = digestHeader ? { "docker-content-digest": digest } : {};
  return { status: 200, headers: { "content-type": mediaType, ...named, etag }, body: bytes };
}

function remove(held: Held, { name, id }: Routed): Answered {
  const { manifests, tags } = repositoryIn(held, name);
  if (!id.includes(":")) {
    if (held.habits.deletion !== "tags too") return failure(400, "DIGEST_INVALID");
    return tags.delete(id) ? { status: 202 } : failure(404, "MANIFEST_UNKNOWN");
  }
  if (!manifests.delete(id)) return failure(404, "MANIFEST_UNKNOWN");
  for (const [tag, at] of tags) if (at === id) tags.delete(tag);
  return { status: 202 };
}

function put(held: Held, { headers, body: bytes, origin }: Asked, { name, id }: Routed): Answered {
  const mediaType = String(headers["content-type"]);
  const { referrersApi = true, immutableTags = false } = held.habits;
  const repository = repositoryIn(held, name);
  const descriptor = { mediaType, digest: sha256(bytes), size: bytes.length };
  const { digest } = descriptor;
  const byDigest = id.includes(":");
  if (byDigest && id !== digest) return failure(400, "DIGEST_INVALID");
  const wrong = faultIn(held, name, repository, { mediaType, bytes });
  if (wrong !== undefined) return failure(400, wrong);
  const at = repository.tags.get(id);
  if (immutableTags && at !== undefined && at !== digest) {
    return failure(409, "DENIED", "the tag is immutable");
  }
  keep(held, name, { mediaType, bytes }, digest, byDigest ? undefined : id);
  const answer = created(held, `${origin}/v2/${name}/manifests/${digest}`, digest);
  const subject = referrer({ descriptor, bytes })?.subject;
  if (subject === undefined || !referrersApi) return answer;
  return { ...answer, headers: { ...answer.headers, "oci-subject": subject } };
}

/** The code of what is wrong with a manifest. */
function faultIn(
  held: Held,
  name: string,
  { manifests, blobs }: HeldRepository,
  { mediaType, bytes }: HeldManifest,
): string | undefined {
  try {
    if ((mediaTypeOf(bytes) ?? mediaType) !== mediaType) return "MANIFEST_INVALID";
    const parts = children({ mediaType, digest: sha256(bytes), size: bytes.length }, bytes);
    const missing = parts.filter(({ mediaType, digest, urls }) => {
      const isThere = (isManifest(mediaType) ? manifests : blobs).has(digest);
      const isSeen = seen(held, "part", `${name}@${digest}`, digest) !== undefined;
      return !(isThere && isSeen) && urls === undefined;
    });
    if (missing.length > 0) return "MANIFEST_BLOB_UNKNOWN";
  } catch {
    return "MANIFEST_INVALID";
  }
  return undefined;
}

function keep(
  held: Held,
  name: string,
  manifest: HeldManifest,
  digest: Digest,
  tag: string | undefined,
): void {
  const { manifests, tags } = kept(held, name);
  if (!manifests.has(digest)) {
    for (const kind of ["manifest", "part"] as const) written(held, kind, `${name}@${digest}`);
  }
  manifests.set(digest, manifest);
  held.named.add(name);
  if (tag === undefined) return;
  const before = tags.get(tag);
  if (before !== digest) written(held, "tag", `${name}:${tag}`, before);
  tags.set(tag, digest);
}
