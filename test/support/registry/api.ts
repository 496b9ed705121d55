import { type Answered, type Asked, failure, json, text } from "./answer.ts";
import { blob } from "./blobs.ts";
import { SIGNATURE } from "./habits.ts";
import type { Held } from "./held.ts";
import { referrers, tags } from "./listings.ts";
import { manifest } from "./manifests.ts";
import { type Route, type Routed, routeOf } from "./route.ts";
import { startUpload, upload } from "./uploads.ts";

type Handler = (held: Held, asked: Asked, routed: Routed) => Answered;

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

/** The methods of each kind, in the order in which docker-registry says them. */
const METHODS: Readonly<Partial<Record<Route, readonly string[]>>> = {
  manifest: ["DELETE", "GET", "HEAD", "PUT"],
  blob: ["DELETE", "GET", "HEAD"],
  upload: ["DELETE", "GET", "HEAD", "PATCH", "PUT"],
  tags: ["GET"],
  referrers: ["GET"],
};

/**
 * The distribution API over memory.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#endpoints
 */
export function answerFrom(held: Held, asked: Asked, routed: Routed): Answered {
  return refusalOf(held, asked, routed) ??
    HANDLERS[routed.route]?.(held, asked, routed) ?? text(404, "404 page not found\n");
}

/** What is refused whatever it is about. */
function refusalOf({ habits }: Held, { method }: Asked, { route }: Routed): Answered | undefined {
  const methods = METHODS[route];
  const isKnown = methods?.includes(method) ?? true;
  if (!isKnown || method === "HEAD" && habits.heads === false) {
    return text(405, "Method not allowed\n", { allow: (methods ?? []).join(", ") });
  }
  const isDeletion = method === "DELETE" && (route === "manifest" || route === "blob");
  if (!isDeletion || habits.deletion !== "none") return undefined;
  return failure(405, "UNSUPPORTED", "The operation is unsupported.");
}

/** The storage answers as the registry does at the address behind it, and asks for no login. */
function storage(held: Held, asked: Asked, { id }: Routed): Answered {
  const [name, value] = SIGNATURE.split("=");
  if (asked.query.get(`${name}`) !== value) return failure(403, "DENIED", "no signature");
  const path = `/${id}`;
  const here = { ...held.habits, redirectBlobs: false };
  return answerFrom({ ...held, habits: here }, { ...asked, path }, routeOf(path));
}
