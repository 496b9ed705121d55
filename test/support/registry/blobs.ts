import { type Answered, type Asked, failure } from "./answer.ts";
import { SIGNATURE } from "./habits.ts";
import { type Held, repositoryIn, seen } from "./held.ts";
import type { Routed } from "./route.ts";

export function blob(held: Held, asked: Asked, { name, id }: Routed): Answered {
  const { blobs } = repositoryIn(held, name);
  const bytes = blobs.get(id);
  if (bytes === undefined) return failure(404, "BLOB_UNKNOWN");
  if (asked.method === "DELETE") {
    blobs.delete(id);
    return { status: 202 };
  }
  if (seen(held, "blob", `${name}@${id}`, id) === undefined) return failure(404, "BLOB_UNKNOWN");
  if (!held.habits.redirectBlobs || asked.method !== "GET") return content(held, asked, id, bytes);
  return { status: 307, headers: { location: signed(held, asked.path) } };
}

/** The address of the storage that answers as `path` does, to whoever has it. */
export function signed({ elsewhere }: Held, path: string, query = ""): string {
  return `${elsewhere()}/storage${path}?${query}${query && "&"}${SIGNATURE}`;
}

/** @see https://www.rfc-editor.org/rfc/rfc9110#name-range-requests */
function content(
  { habits: { digestHeader = true, servesRanges = true } }: Held,
  { headers }: Asked,
  digest: string,
  bytes: Uint8Array,
): Answered {
  const always = {
    ...(digestHeader && { "docker-content-digest": digest }),
    etag: `"${digest}"`,
  };
  const isPart = servesRanges && headers.range !== undefined;
  const range = isPart ? rangeIn(`${headers.range}`, bytes.length) : undefined;
  if (range === null) {
    const unsatisfied = {
      "content-type": "text/plain",
      "content-range": `bytes */${bytes.length}`,
    };
    return { status: 416, headers: { ...always, ...unsatisfied } };
  }
  const [from, to] = range ?? [0, bytes.length];
  return {
    status: range === undefined ? 200 : 206,
    headers: {
      ...always,
      "content-type": "application/octet-stream",
      "accept-ranges": "bytes",
      ...(range && { "content-range": `bytes ${from}-${to - 1}/${bytes.length}` }),
    },
    body: bytes.subarray(from, to),
  };
}

/** The bytes that are wanted, the end excluded; null when there are none such. */
function rangeIn(header: string, size: number): readonly [from: number, to: number] | null {
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(header) ?? [];
  if (first === "") return last === "" ? null : [Math.max(0, size - Number(last)), size];
  const to = last === "" ? size : Math.min(size, Number(last) + 1);
  return Number(first) < to ? [Number(first), to] : null;
}
