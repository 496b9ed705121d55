import { Buffer } from "node:buffer";
import { randomUUID } from "node:crypto";
import { sha256 } from "../../../build/oci/digest.ts";
import { type Answered, type Asked, failure } from "./answer.ts";
import { signed } from "./blobs.ts";
import { type Held, type HeldUpload, kept, repositoryIn, seen, written } from "./held.ts";
import type { Routed } from "./route.ts";

const EMPTY: HeldUpload = { bytes: new Uint8Array(), short: false };

/** @see https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#pushing-blobs */
export function startUpload(held: Held, asked: Asked, { name }: Routed): Answered {
  const { query, body, headers, origin } = asked;
  const { mounts = true, singlePost = false } = held.habits;
  const [mounted, from] = [query.get("mount"), query.get("from") ?? ""];
  if (mounts && mounted !== null) {
    const bytes = repositoryIn(held, from).blobs.get(mounted);
    if (bytes && seen(held, "blob", `${from}@${mounted}`, mounted)) {
      return keepBlob(held, name, mounted, bytes, origin);
    }
  }
  const digest = query.get("digest");
  if (singlePost && digest !== null && headers["content-length"] !== "0") {
    return digest === sha256(body)
      ? keepBlob(held, name, digest, body, origin)
      : failure(400, "DIGEST_INVALID");
  }
  const id = randomUUID();
  held.uploads.set(id, EMPTY);
  const minimum = held.habits.chunkMinimum;
  const chunks = minimum === undefined ? {} : { "oci-chunk-min-length": String(minimum) };
  return { status: 202, headers: { ...uploadHeaders(held, asked, name, id, 0), ...chunks } };
}

export function upload(held: Held, asked: Asked, routed: Routed): Answered {
  const { method, query } = asked;
  const { id, name } = routed;
  const before = held.uploads.get(id);
  if (before === undefined) return failure(404, "BLOB_UPLOAD_UNKNOWN");
  const wrong = method === "PATCH" || method === "PUT" ? faultOf(held, asked, before) : undefined;
  if (wrong === "range") {
    return { status: 416, headers: uploadHeaders(held, asked, name, id, before.bytes.length) };
  }
  if (wrong !== undefined) return wrong;
  // The place's own query must come back as it was given.
  const state = held.habits.resumesUploads ? stateOf(0) : stateOf(before.bytes.length);
  if (query.get("state") !== state) {
    return failure(404, "BLOB_UPLOAD_INVALID");
  }
  if (method === "DELETE") {
    held.uploads.delete(id);
    return { status: 204, headers: { "docker-upload-uuid": id } };
  }
  if (method === "GET") {
    return { status: 204, headers: uploadHeaders(held, asked, name, id, before.bytes.length) };
  }
  return taken(held, asked, routed, before);
}

/** What is wrong with a chunk before it is looked into. */
function faultOf(held: Held, asked: Asked, before: HeldUpload): Answered | "range" | undefined {
  const { lengthRequired, checksRanges = true } = held.habits;
  const { headers, body } = asked;
  if (lengthRequired && headers["content-length"] === undefined) {
    return failure(411, "SIZE_INVALID", "Content-Length is missing");
  }
  const range = headers["content-range"];
  if (checksRanges && range !== undefined) {
    const from = before.bytes.length;
    if (range !== `${from}-${from + body.length - 1}`) return "range";
  }
  if (before.short && body.length > 0) {
    return failure(400, "SIZE_INVALID", "a chunk but the last was shorter than the minimum");
  }
  return undefined;
}

function taken(
  held: Held,
  asked: Asked,
  { name, id }: Routed,
  { bytes, short }: HeldUpload,
): Answered {
  const { body, method, query, origin } = asked;
  const all = bytes.length === 0 ? body : new Uint8Array(Buffer.concat([bytes, body]));
  held.uploads.set(id, {
    bytes: all,
    short: short || body.length < (held.habits.chunkMinimum ?? 0),
  });
  if (method !== "PUT") {
    return { status: 202, headers: uploadHeaders(held, asked, name, id, all.length) };
  }
  const digest = query.get("digest");
  if (digest !== sha256(all)) return failure(400, "DIGEST_INVALID");
  held.uploads.delete(id);
  return keepBlob(held, name, digest, all, origin);
}

function keepBlob(
  held: Held,
  name: string,
  digest: string,
  bytes: Uint8Array,
  origin: string,
): Answered {
  const { blobs } = kept(held, name);
  if (!blobs.has(digest)) {
    for (const kind of ["blob", "part"] as const) written(held, kind, `${name}@${digest}`);
  }
  blobs.set(digest, bytes);
  return created(held, `${origin}/v2/${name}/blobs/${digest}`, digest);
}

/** The answer to what was stored. */
export function created(
  { habits: { digestHeader = true } }: Held,
  location: string,
  digest: string,
): Answered {
  return {
    status: 201,
    headers: { location, ...(digestHeader && { "docker-content-digest": digest }) },
  };
}

/** Holds characters that come back changed from clients that take queries apart. */
function stateOf(length: number): string {
  return `a/b+c=${length}`;
}

function uploadHeaders(
  held: Held,
  { origin }: Asked,
  name: string,
  id: string,
  length: number,
): Record<string, string> {
  const { absoluteLocations = true, uploadsElsewhere = false, resumesUploads } = held.habits;
  const path = `/v2/${name}/blobs/uploads/${id}`;
  const query = `state=${encodeURIComponent(stateOf(resumesUploads ? 0 : length))}`;
  const here = `${absoluteLocations ? origin : ""}${path}?${query}`;
  return {
    location: uploadsElsewhere ? signed(held, path, query) : here,
    range: `0-${Math.max(0, length - 1)}`,
    "docker-upload-uuid": id,
  };
}
