import {
  announcing,
  denied,
  flipped,
  lengthened,
  replaced,
  shortened,
  withHeaders,
  without,
} from "../../../support/registry/alterations.ts";
import { failure } from "../../../support/registry/answer.ts";
import type { Fault } from "../../../support/registry/faults.ts";
import { OLD } from "./graphs.ts";

const page = new TextEncoder().encode("<html><body>Bad gateway</body></html>");
const huge = new Uint8Array(6 * 1024 * 1024).fill(32);

/** What goes away by itself: whoever tries again has what was asked for. */
const PASSING: Readonly<Record<string, Fault>> = {
  "408": { status: 408 },
  "429": failure(429, "TOOMANYREQUESTS"),
  "429 for 0 s": { status: 429, headers: { "retry-after": "0" } },
  "429 since 1994": {
    status: 429,
    headers: { "retry-after": "Sun, 06 Nov 1994 08:49:37 GMT" },
  },
  "429 for words": { status: 429, headers: { "retry-after": "-1 soon" } },
  "500": { status: 500 },
  "502 with a page": { status: 502, headers: { "content-type": "text/html" }, body: page },
  "503": { status: 503 },
  "504": { status: 504 },
  "522": { status: 522 },
  "cut before": { reset: "before" },
  "cut after": { reset: "after" },
  "cut in the request": { cutUpload: 30 },
  "cut in the answer": { cutAfter: 30 },
  "denied with 500": { alter: denied(500) },
  "late": { delay: 15 },
  "slow": { drip: 150, every: 1 },
};

const REFUSING: Readonly<Record<string, Fault>> = {
  "400": failure(400, "DIGEST_INVALID"),
  "401": { status: 401 },
  "401 for nothing": { status: 401, headers: { "www-authenticate": "Negotiate, ,=," } },
  "401 to a file": {
    status: 401,
    headers: { "www-authenticate": 'Bearer realm="file:///tmp?s3cret"' },
  },
  "401 to nobody": {
    status: 401,
    headers: { "www-authenticate": 'Bearer realm="http://127.0.0.1:1/?s3cret",service="x"' },
  },
  "401, says Basic": { status: 401, headers: { "www-authenticate": 'Basic realm="x"' } },
  "403": failure(403, "DENIED"),
  "404": failure(404, "NAME_UNKNOWN"),
  "404, upload unknown": failure(404, "BLOB_UPLOAD_UNKNOWN"),
  "405": failure(405, "UNSUPPORTED"),
  "409": failure(409, "TAG_IMMUTABLE"),
  "413 at once": { status: 413, early: true },
  "416": { status: 416, headers: { range: "0-9" } },
  "429 for an hour": { status: 429, headers: { "retry-after": "3600" } },
  "507": { status: 507 },
  "lost a part": failure(400, "MANIFEST_BLOB_UNKNOWN"),
  "repeats the request, 400": { echo: 400 },
  "repeats the request, 401": { echo: 401 },
  "repeats the request, 500": { echo: 500 },
};

const LYING: Readonly<Record<string, Fault>> = {
  "a bit changed": { alter: flipped(7) },
  "cut short": { alter: shortened(20) },
  "too long": { alter: lengthened(5) },
  "another manifest": { alter: replaced(OLD.root.bytes) },
  "6 MiB of spaces": { alter: replaced(huge) },
  "a page": { status: 200, headers: { "content-type": "text/html" }, body: page },
  "nothing, with 200": { status: 200 },
  "an empty object": { status: 200, body: new TextEncoder().encode("{}") },
  "201 without effect": { status: 201 },
  "202 without an address": { status: 202 },
  "202 to a file": { status: 202, headers: { location: "file:///tmp?s3cret" } },
  "202 to a closed port": { status: 202, headers: { location: "http://127.0.0.1:1/?s3cret" } },
  "204": { status: 204 },
  "another digest": { alter: withHeaders({ "docker-content-digest": `sha256:${"0".repeat(64)}` }) },
  "no digest at all": { alter: withHeaders({ "docker-content-digest": "sha256:x" }) },
  "another type": {
    alter: withHeaders({ "content-type": "application/vnd.docker.container.image.v1+json" }),
  },
  "says gzip": { alter: withHeaders({ "content-encoding": "gzip" }) },
  "says more bytes": { alter: announcing(9) },
  "no headers": { alter: without("docker-content-digest", "content-type", "location", "range") },
  "no length in Range": { alter: withHeaders({ range: "bytes" }) },
};

const SENDING_ON: Readonly<Record<string, Fault>> = {
  "307 elsewhere": { redirect: "elsewhere" },
  "302 elsewhere": { redirect: "elsewhere", status: 302 },
  "308 in a circle": { redirect: "circle", status: 308 },
  "307 to a file": { redirect: new URL("file:///tmp?s3cret") },
  "307 to a closed port": { redirect: new URL("http://user:s3cret@127.0.0.1:1/?s3cret") },
  "307 to TLS": { redirect: new URL("https://localhost:1/?s3cret") },
  "307 to nowhere": { status: 307 },
};

const ENDING: Readonly<Record<string, Fault>> = {
  "silence": { silence: true },
  /** Replaced by what ends the command: see carry-out.ts. */
  "Ctrl-C": { delay: 0 },
};

/** What can go wrong, by a name that a schedule shows. */
export const MISHAPS: Readonly<Record<string, Fault>> = {
  ...PASSING,
  ...REFUSING,
  ...LYING,
  ...SENDING_ON,
  ...ENDING,
};

export type Mishap = string;

/** Kinds of mishaps by how often they come. */
export const WEIGHTS: readonly (readonly [weight: number, mishaps: readonly Mishap[]])[] = [
  [12, Object.keys(PASSING)],
  [4, Object.keys(REFUSING)],
  [5, Object.keys(LYING)],
  [3, Object.keys(SENDING_ON)],
  [1, Object.keys(ENDING)],
];

export function passes(fault: Fault): boolean {
  return Object.values(PASSING).includes(fault);
}
