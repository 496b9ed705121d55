import { Buffer } from "node:buffer";
import { randomUUID } from "node:crypto";
import { type Digest, sha256 } from "../../../build/oci/digest.ts";
import { children, referrer } from "../../../build/oci/document.ts";
import { isManifest, OCI } from "../../../build/oci/media-types.ts";
import { type Answered, type Asked, failure, json } from "./answer.ts";
import type { Route, Routed } from "./route.ts";

export interface HeldManifest {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

export interface HeldRepository {
  readonly blobs: Map<string, Uint8Array>;
  readonly manifests: Map<string, HeldManifest>;
  readonly tags: Map<string, string>;
}

/** How registries differ from each other. */
export interface Habits {
  /** Whether `referrers/` exists. @default true */
  readonly referrersApi?: boolean;
  /** Whether upload addresses are absolute, as docker-registry's are. @default true */
  readonly absoluteLocations?: boolean;
  /** Whether a tag, once given, stays where it is. @default false */
  readonly immutableTags?: boolean;
  /** Whether an upload without Content-Length is refused. @default false */
  readonly lengthRequired?: boolean;
  /** Whether blobs are got from another origin by a signed address. @default false */
  readonly redirectBlobs?: boolean;
  /** The most entries on a page of tags. @default without limit */
  readonly pageLimit?: number;
}

/** What a registry holds. */
export interface Held {
  readonly habits: Habits;
  readonly repositories: Map<string, HeldRepository>;
  /** Uploads that are not finished, by id. */
  readonly uploads: Map<string, Uint8Array>;
  /** The origin of the storage. */
  readonly elsewhere: () => string;
}

/** What a signed address of the storage carries, and no message may show. */
export const SIGNATURE = "X-Signature=storage-secret";

const HANDLERS: Readonly<Partial<Record<Route, Handler>>> = {
  ping: () => json(200, {}),
  manifest,
  blob,
  storage,
  "upload-start": startUpload,
  upload,
  tags,
  referrers,
};

type Handler = (held: Held, asked: Asked, routed: Routed) => Answered;

/**
 * The distribution API over memory.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#endpoints
 */
export function answerFrom(held: Held, asked: Asked, routed: Routed): Answered {
  return HANDLERS[routed.route]?.(held, asked, routed) ?? failure(404, "UNKNOWN");
}

function repositoryIn({ repositories }: Held, name: string): HeldRepository {
  return repositories.get(name) ?? { blobs: new Map(), manifests: new Map(), tags: new Map() };
}

/** The repository to write to: from then on it is there. */
function kept(held: Held, name: string): HeldRepository {
  const repository = repositoryIn(held, name);
  held.repositories.set(name, repository);
  return repository;
}

function blob(held: Held, { method }: Asked, { name, id }: Routed): Answered {
  const { blobs } = repositoryIn(held, name);
  const bytes = blobs.get(id);
  if (bytes === undefined) return failure(404, "BLOB_UNKNOWN");
  if (method === "DELETE") return blobs.delete(id) ? { status: 202 } : { status: 404 };
  if (!held.habits.redirectBlobs || method !== "GET") {
    return content("application/octet-stream", id, bytes);
  }
  const location = `${held.elsewhere()}/storage/${name}/${id}?${SIGNATURE}`;
  return { status: 307, headers: { location } };
}

function storage(held: Held, _: Asked, { id }: Routed): Answered {
  const [, name = "", digest = ""] = /^(.*)\/(.*)$/.exec(id) ?? [];
  const body = repositoryIn(held, name).blobs.get(digest);
  return body === undefined ? { status: 404 } : { status: 200, body };
}

function startUpload(held: Held, { query, origin }: Asked, { name }: Routed): Answered {
  const mounted = query.get("mount");
  const bytes = repositoryIn(held, query.get("from") ?? "").blobs.get(mounted ?? "");
  if (mounted !== null && bytes !== undefined) {
    kept(held, name).blobs.set(mounted, bytes);
    return created(`/v2/${name}/blobs/${mounted}`, mounted);
  }
  const id = randomUUID();
  held.uploads.set(id, new Uint8Array());
  return { status: 202, headers: uploadHeaders(name, id, origin, held.habits, 0) };
}

function upload(held: Held, asked: Asked, { name, id }: Routed): Answered {
  const { habits, uploads } = held;
  const { method, query, body, headers, origin } = asked;
  const before = uploads.get(id);
  if (before === undefined) return failure(404, "BLOB_UPLOAD_UNKNOWN");
  // The place's own query must come back as it was given.
  if (query.get("state") !== stateOf(before.length)) return failure(404, "BLOB_UPLOAD_INVALID");
  if (method === "DELETE") {
    uploads.delete(id);
    return { status: 204, headers: { "docker-upload-uuid": id } };
  }
  if (habits.lengthRequired && headers["content-length"] === undefined) {
    return failure(411, "SIZE_INVALID", "Content-Length is missing");
  }
  const bytes = new Uint8Array(Buffer.concat([before, body]));
  uploads.set(id, bytes);
  if (method === "PUT") return finishUpload(held, name, id, bytes, query.get("digest"));
  const status = method === "GET" ? 204 : 202;
  return { status, headers: uploadHeaders(name, id, origin, habits, bytes.length) };
}

function finishUpload(
  held: Held,
  name: string,
  id: string,
  bytes: Uint8Array,
  digest: string | null,
): Answered {
  if (digest !== sha256(bytes)) return failure(400, "DIGEST_INVALID");
  held.uploads.delete(id);
  kept(held, name).blobs.set(digest, bytes);
  return created(`/v2/${name}/blobs/${digest}`, digest);
}

function tags({ repositories, habits }: Held, { query }: Asked, { name }: Routed): Answered {
  const repository = repositories.get(name);
  if (repository === undefined) return failure(404, "NAME_UNKNOWN");
  return tagPage(name, [...repository.tags.keys()].sort(), query, habits.pageLimit);
}

function referrers(held: Held, _: Asked, { name, id }: Routed): Answered {
  if (held.habits.referrersApi === false) return { status: 404 };
  const manifests = referrersOf(repositoryIn(held, name), id);
  const index = { schemaVersion: 2, mediaType: OCI.index, manifests };
  return json(200, index, { "content-type": OCI.index });
}

function content(mediaType: string, digest: string, body: Uint8Array): Answered {
  const headers = { "content-type": mediaType, "docker-content-digest": digest };
  return { status: 200, headers, body };
}

function created(location: string, digest: string): Answered {
  return { status: 201, headers: { location, "docker-content-digest": digest } };
}

/** Holds characters that come back changed from clients that take queries apart. */
function stateOf(length: number): string {
  return `a/b+c=${length}`;
}

function uploadHeaders(
  name: string,
  id: string,
  origin: string,
  { absoluteLocations = true }: Habits,
  length: number,
): Record<string, string> {
  const state = encodeURIComponent(stateOf(length));
  const path = `/v2/${name}/blobs/uploads/${id}?state=${state}`;
  return {
    location: absoluteLocations ? origin + path : path,
    range: `0-${Math.max(0, length - 1)}`,
    "docker-upload-uuid": id,
  };
}

function manifest(held: Held, asked: Asked, { name, id }: Routed): Answered {
  const { method, headers, body } = asked;
  if (method === "PUT") {
    return put(String(headers["content-type"]), id, body, kept(held, name), held.habits);
  }
  const repository = repositoryIn(held, name);
  const digest = repository.tags.get(id) ?? id;
  const found = repository.manifests.get(digest);
  if (found === undefined) return failure(404, "MANIFEST_UNKNOWN");
  if (method !== "DELETE") return content(found.mediaType, digest, found.bytes);
  repository.manifests.delete(digest);
  for (const [tag, at] of repository.tags) if (at === digest) repository.tags.delete(tag);
  return { status: 202 };
}

function put(
  mediaType: string,
  ref: string,
  bytes: Uint8Array,
  repository: HeldRepository,
  { immutableTags, referrersApi }: Habits,
): Answered {
  const descriptor = { mediaType, digest: sha256(bytes), size: bytes.length };
  const { digest } = descriptor;
  const byDigest = ref.includes(":");
  if (byDigest && ref !== digest) return failure(400, "DIGEST_INVALID");
  for (const child of children(descriptor, bytes)) {
    const place = isManifest(child.mediaType) ? repository.manifests : repository.blobs;
    if (!place.has(child.digest) && !child.urls) return failure(400, "MANIFEST_BLOB_UNKNOWN");
  }
  const at = repository.tags.get(ref);
  if (immutableTags && at !== undefined && at !== digest) {
    return failure(409, "DENIED", "the tag is immutable");
  }
  repository.manifests.set(digest, { mediaType, bytes });
  if (!byDigest) repository.tags.set(ref, digest);
  const answer = created(`/manifests/${digest}`, digest);
  const subject = referrer({ descriptor, bytes })?.subject;
  if (subject === undefined || referrersApi === false) return answer;
  return { ...answer, headers: { ...answer.headers, "oci-subject": subject } };
}

function referrersOf({ manifests }: HeldRepository, subject: string): unknown[] {
  return [...manifests].flatMap(([digest, { mediaType, bytes }]) => {
    const descriptor = { mediaType, digest: digest as Digest, size: bytes.length };
    const found = referrer({ descriptor, bytes });
    return found?.subject === subject ? [found.descriptor] : [];
  });
}

function tagPage(
  name: string,
  all: readonly string[],
  query: URLSearchParams,
  limit = Infinity,
): Answered {
  const last = query.get("last");
  const rest = all.filter((tag) => last === null || tag > last);
  const n = Math.min(limit, Number(query.get("n") ?? Infinity));
  const tags = rest.slice(0, n);
  const link = `</v2/${name}/tags/list?last=${tags.at(-1)}&n=${n}>; rel="next"`;
  return json(200, { name, tags }, rest.length > tags.length ? { link } : {});
}
