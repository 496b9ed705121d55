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

export interface Api {
  readonly repositories: Map<string, HeldRepository>;
  answer(asked: Asked, routed: Routed): Answered;
}

/** What a signed address of the storage carries, and no message may show. */
export const SIGNATURE = "X-Signature=storage-secret";

/**
 * The distribution API over memory.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#endpoints
 */
export function api(habits: Habits, elsewhere: () => string): Api {
  const repositories = new Map<string, HeldRepository>();
  const uploads = new Map<string, Uint8Array>();
  const held = (name: string): HeldRepository =>
    repositories.get(name) ?? { blobs: new Map(), manifests: new Map(), tags: new Map() };
  const kept = (name: string): HeldRepository => {
    const repository = held(name);
    repositories.set(name, repository);
    return repository;
  };

  const handlers: Partial<Record<Route, (asked: Asked, routed: Routed) => Answered>> = {
    ping: () => json(200, {}),
    manifest: (asked, { name, id }) => manifest(asked, id, held(name), () => kept(name), habits),
    blob: ({ method }, { name, id }) => {
      const { blobs } = held(name);
      const bytes = blobs.get(id);
      if (bytes === undefined) return failure(404, "BLOB_UNKNOWN");
      if (method === "DELETE") return blobs.delete(id) ? { status: 202 } : { status: 404 };
      if (habits.redirectBlobs && method === "GET") {
        const location = `${elsewhere()}/storage/${name}/${id}?${SIGNATURE}`;
        return { status: 307, headers: { location } };
      }
      return content("application/octet-stream", id, bytes);
    },
    storage: (_, { id }) => {
      const [, name = "", digest = ""] = /^(.*)\/(.*)$/.exec(id) ?? [];
      const bytes = held(name).blobs.get(digest);
      return bytes === undefined ? { status: 404 } : { status: 200, body: bytes };
    },
    "upload-start": ({ query, origin }, { name }) => {
      const mounted = query.get("mount");
      const bytes = held(query.get("from") ?? "").blobs.get(mounted ?? "");
      if (mounted !== null && bytes !== undefined) {
        kept(name).blobs.set(mounted, bytes);
        return created(`/v2/${name}/blobs/${mounted}`, mounted);
      }
      const id = randomUUID();
      uploads.set(id, new Uint8Array());
      return { status: 202, headers: uploadHeaders(name, id, origin, habits, 0) };
    },
    upload: (asked, routed) => {
      const { method, query, body, headers, origin } = asked;
      const { name, id } = routed;
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
      if (method !== "PUT") {
        const status = method === "GET" ? 204 : 202;
        return { status, headers: uploadHeaders(name, id, origin, habits, bytes.length) };
      }
      const digest = query.get("digest");
      if (digest !== sha256(bytes)) return failure(400, "DIGEST_INVALID");
      uploads.delete(id);
      kept(name).blobs.set(digest, bytes);
      return created(`/v2/${name}/blobs/${digest}`, digest);
    },
    tags: ({ query }, { name }) => {
      const repository = repositories.get(name);
      if (repository === undefined) return failure(404, "NAME_UNKNOWN");
      return tagPage(name, [...repository.tags.keys()].sort(), query, habits.pageLimit);
    },
    referrers: (_, { name, id }) => {
      if (habits.referrersApi === false) return { status: 404 };
      const manifests = referrersOf(held(name), id);
      return json(200, { schemaVersion: 2, mediaType: OCI.index, manifests }, {
        "content-type": OCI.index,
      });
    },
  };
  return {
    repositories,
    answer: (asked, routed) => handlers[routed.route]?.(asked, routed) ?? failure(404, "UNKNOWN"),
  };
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

function manifest(
  { method, headers, body }: Asked,
  ref: string,
  repository: HeldRepository,
  keep: () => HeldRepository,
  habits: Habits,
): Answered {
  if (method === "PUT") return put(String(headers["content-type"]), ref, body, keep(), habits);
  const digest = repository.tags.get(ref) ?? ref;
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
