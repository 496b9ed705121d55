/** The kinds of requests. `token` and `storage` are served from another origin. */
export type Route =
  | "ping"
  | "manifest"
  | "blob"
  | "upload-start"
  | "upload"
  | "tags"
  | "referrers"
  | "token"
  | "storage"
  | "unknown";

export interface Routed {
  readonly route: Route;
  /** The repository. */
  readonly name: string;
  /** The tag, digest or upload that the path ends with. */
  readonly id: string;
}

const PATHS: readonly [Route, RegExp][] = [
  ["ping", /^\/v2\/()()$/],
  ["upload-start", /^\/v2\/(.+)\/blobs\/uploads\/()$/],
  ["upload", /^\/v2\/(.+)\/blobs\/uploads\/([^/]+)$/],
  ["blob", /^\/v2\/(.+)\/blobs\/([^/]+)$/],
  ["manifest", /^\/v2\/(.+)\/manifests\/([^/]+)$/],
  ["tags", /^\/v2\/(.+)\/tags\/list()$/],
  ["referrers", /^\/v2\/(.+)\/referrers\/([^/]+)$/],
  ["token", /^\/(?:token|service\/token|oauth2\/token|jwt\/auth|v2\/auth)()()$/],
  ["storage", /^\/storage()\/(.+)$/],
];

export function routeOf(path: string): Routed {
  for (const [route, pattern] of PATHS) {
    const match = pattern.exec(path);
    if (match !== null) return { route, name: match[1] ?? "", id: match[2] ?? "" };
  }
  return { route: "unknown", name: "", id: "" };
}
