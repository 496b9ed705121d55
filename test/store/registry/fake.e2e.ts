/** The registry in memory is only worth as much as it is like a real one: the same requests go to both. */

import { isDeepStrictEqual } from "node:util";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Content } from "../../../build/oci/descriptor.ts";
import { OCI } from "../../../build/oci/media-types.ts";
import { withDockerRegistry } from "../../support/docker-registry.ts";
import { sampleImage, sampleIndex } from "../../support/images.ts";
import { withRegistry } from "../../support/registry.ts";
import { lacks, skip } from "../../support/skip.ts";

const IMAGE = sampleImage(1);
const OTHER = sampleImage(2);
const NOWHERE = `sha256:${"0".repeat(64)}`;

/** One request; `{upload}` in the path is where the last upload is to go, `{before}` where the one before. */
interface Step {
  readonly method: string;
  readonly path: string;
  readonly body?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

function step(method: string, path: string, body?: Uint8Array, headers = {}): Step {
  return { method, path, headers, ...(body && { body }) };
}

const START = step("POST", "blobs/uploads/");

/** The end of an upload that carries `body`, or the last of it. */
function finish(digest: string, body?: Uint8Array, headers = {}): Step {
  return step("PUT", `{upload}&digest=${digest}`, body, headers);
}

function blobSteps({ descriptor, bytes }: Content): Step[] {
  return [START, finish(descriptor.digest, bytes)];
}

function putManifest({ descriptor, bytes }: Content, ref: string): Step {
  return step("PUT", `manifests/${ref}`, bytes, { "content-type": descriptor.mediaType });
}

/** A part of the layer, and which. */
function chunk(from: number, to: number): [Uint8Array, Record<string, string>] {
  return [layer.bytes.slice(from, to), { "content-range": `${from}-${to - 1}` }];
}

const { manifest, layer, config } = IMAGE;
const LAYER = layer.descriptor.digest;
const MANIFEST = manifest.descriptor.digest;
const INDEX = sampleIndex([IMAGE]);

const BEFORE: readonly Step[] = [
  step("GET", "/v2/"),
  step("GET", "tags/list"),
  step("HEAD", `blobs/${LAYER}`),
  step("GET", `blobs/${LAYER}`),
  step("GET", "manifests/1"),
  step("HEAD", "manifests/1"),
  step("GET", `manifests/${NOWHERE}`),
  step("GET", `referrers/${NOWHERE}`),
  step("DELETE", `blobs/${LAYER}`),
  step("DELETE", `manifests/${MANIFEST}`),
  putManifest(manifest, "1"),
];

const UPLOADS: readonly Step[] = [
  ...blobSteps(layer),
  ...blobSteps(config),
  step("GET", "tags/list"),
  START,
  finish(NOWHERE, layer.bytes),
  START,
  finish("sha256:x", layer.bytes),
  START,
  step("PUT", "{upload}", layer.bytes),
  START,
  step("PATCH", "{upload}", layer.bytes),
  step("GET", "{upload}"),
  finish(LAYER),
  finish(LAYER),
  START,
  step("DELETE", "{upload}"),
  step("GET", "{upload}"),
  step("PATCH", "{upload}", layer.bytes),
  finish(LAYER, layer.bytes),
  step("POST", `blobs/uploads/?digest=${LAYER}`, layer.bytes),
  finish(LAYER, layer.bytes),
  step("PUT", `blobs/${LAYER}`, layer.bytes),
];

const CHUNKS: readonly Step[] = [
  START,
  step("GET", "{upload}"),
  step("PATCH", "{upload}", ...chunk(0, 40)),
  step("GET", "{upload}"),
  step("PATCH", "{upload}", ...chunk(40, 70)),
  step("PATCH", "{before}", ...chunk(40, 70)),
  step("GET", "{upload}"),
  finish(LAYER, ...chunk(70, 100)),
  START,
  step("PATCH", "{upload}", ...chunk(0, 40)),
  step("PATCH", "{upload}", ...chunk(40, 100)),
  finish(LAYER),
  START,
  step("PATCH", "{upload}", ...chunk(0, 40)),
  // Without the right place, not even the right bytes.
  step("PUT", `{before}&digest=${LAYER}`, layer.bytes),
  step("DELETE", "{upload}"),
];

const MOUNTS: readonly Step[] = [
  step("POST", `blobs/uploads/?mount=${LAYER}&from=k8s/pause`),
  step("POST", `/v2/other/blobs/uploads/?mount=${LAYER}&from=k8s/pause`),
  step("HEAD", `/v2/other/blobs/${LAYER}`),
  step("POST", `blobs/uploads/?mount=${NOWHERE}&from=k8s/pause`),
  step("POST", `blobs/uploads/?mount=${NOWHERE}&from=nowhere`),
  step("POST", `blobs/uploads/?mount=${LAYER}&from=nowhere`),
  step("HEAD", `blobs/${LAYER}`),
  step("GET", `blobs/${LAYER}`),
];

const RANGES: readonly Step[] = [
  "bytes=10-19",
  "bytes=10-",
  "bytes=-10",
  "bytes=90-200",
  "bytes=100-",
]
  .map((range) => step("GET", `blobs/${LAYER}`, undefined, { range }));

const MANIFESTS: readonly Step[] = [
  putManifest(manifest, "1"),
  putManifest(manifest, MANIFEST),
  putManifest(manifest, OTHER.manifest.descriptor.digest),
  putManifest(manifest, "2"),
  step("PUT", "manifests/3", manifest.bytes, { "content-type": OCI.index }),
  step("PUT", "manifests/3", new Uint8Array([123]), { "content-type": OCI.manifest }),
  step("POST", "manifests/3", manifest.bytes),
  putManifest(sampleIndex([IMAGE, OTHER]), "list"),
  putManifest(INDEX, "list"),
  putManifest(sampleImage(1, { subject: OTHER.manifest }).manifest, "artifact"),
  step("HEAD", "manifests/1"),
  step("GET", "manifests/1"),
  step("GET", "manifests/1", undefined, { accept: "application/json" }),
  step("GET", "manifests/1", undefined, { "if-none-match": `"${MANIFEST}"` }),
  step("GET", "manifests/list"),
  step("GET", "manifests/list", undefined, { accept: OCI.manifest }),
  step("GET", `manifests/${MANIFEST}`),
  step("GET", "tags/list"),
];

const DELETIONS: readonly Step[] = [
  step("DELETE", "manifests/1"),
  step("DELETE", "manifests/nowhere"),
  step("DELETE", `manifests/${MANIFEST}`),
  step("DELETE", `manifests/${MANIFEST}`),
  step("GET", `manifests/${MANIFEST}`),
  step("GET", "manifests/1"),
  step("GET", "tags/list"),
  step("DELETE", `manifests/${INDEX.descriptor.digest}`),
  step("DELETE", `blobs/${LAYER}`),
  step("HEAD", `blobs/${LAYER}`),
  step("GET", "tags/list"),
];

/** No pages of tags: docker-registry 2.8 has none. */
const STEPS = [BEFORE, UPLOADS, CHUNKS, MOUNTS, RANGES, MANIFESTS, DELETIONS].flat();

/** What a client can tell a registry by. */
interface Seen {
  readonly step: string;
  readonly status: number;
  readonly code: string | undefined;
  readonly headers: Readonly<Record<string, string | null>>;
  readonly text?: string;
}

const COMPARED = [
  ...["allow", "content-range", "content-type", "docker-content-digest", "oci-subject", "range"],
  "oci-chunk-min-length",
];
const PRESENT = ["etag", "link", "docker-upload-uuid"];

async function walk(host: string): Promise<Seen[]> {
  const seen: Seen[] = [];
  let [upload, before] = ["", ""];
  for (const { method, path, body, headers } of STEPS) {
    const place = path.replace("{upload}", upload).replace("{before}", before);
    const response = await fetch(new URL(place, `http://${host}/v2/k8s/pause/`), {
      method,
      redirect: "manual",
      headers: {
        accept: `${OCI.index}, ${OCI.manifest}`,
        "content-type": "application/octet-stream",
        ...headers,
      },
      ...(body && { body: body as Uint8Array<ArrayBuffer> }),
    });
    // docker-registry announces a body with 416, and sends none.
    const text = await response.text().catch(() => "");
    const next = response.status === 202 ? response.headers.get("location") : null;
    if (next !== null) [upload, before] = [next, upload];
    seen.push({
      step: `${method} ${path}`,
      status: response.status,
      code: codeIn(text),
      headers: headersOf(response),
      ...(method === "GET" && response.ok && { text: inOrder(text) }),
    });
  }
  return seen;
}

function headersOf({ headers }: Response): Record<string, string | null> {
  const value = (name: string): string | null => headers.get(name)?.split(";")[0] ?? null;
  return Object.fromEntries([
    ...COMPARED.map((name) => [name, value(name)]),
    ...PRESENT.map((name) => [name, headers.has(name) ? "present" : null]),
    ["location", kindOf(headers.get("location"))],
  ]);
}

/** Where an address leads, without what no two registries have in common. */
function kindOf(location: string | null): string | null {
  if (location === null) return null;
  const { pathname } = new URL(location, "relative:/");
  const absolute = location.startsWith("http:") ? "absolute" : "relative";
  return `${absolute} ${pathname.replace(/[^/]*$/, (last) => last.includes(":") ? last : "ID")}`;
}

/** docker-registry lists tags as they come out of a table. */
function inOrder(text: string): string {
  if (!text.includes('"tags":[')) return text.trim();
  const { tags, ...others } = JSON.parse(text);
  return JSON.stringify({ ...others, tags: [...tags].sort() });
}

function codeIn(text: string): string | undefined {
  try {
    return JSON.parse(text).errors?.[0]?.code;
  } catch {
    return undefined;
  }
}

/** What docker-registry 2.8 lacks of OCI 1.1. */
const AS_DOCKER = { referrersApi: false, checksRanges: false } as const;

for (const deletion of [true, false]) {
  const allowed = deletion ? "with deletion" : "without deletion";
  test(`the registry in memory answers as docker-registry does, ${allowed}`, async () => {
    const missing = lacks("docker-registry");
    if (missing) return skip(missing);
    const real = await withDockerRegistry(({ host }) => walk(host), { deletion });
    const habits = { ...AS_DOCKER, deletion: deletion ? "digests" : "none" } as const;
    const fake = await withRegistry(habits, ({ host }) => walk(host));
    assert.is(fake.length, real.length);
    const different = real.filter((expected, at) => !isDeepStrictEqual(fake[at], expected));
    assert.equal(fake.filter(({ step }) => different.some((one) => one.step === step)), different);
    assert.ok(new Set(real.map(({ status }) => status)).size > 9);
  });
}

test.run();
