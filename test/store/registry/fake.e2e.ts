/** The registry in memory is only worth as much as it is like a real one: the same requests go to both. */

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

/** One request; `{upload}` in the path is where the last upload is to go. */
type Step = readonly [method: string, path: string, body?: Uint8Array, type?: string];

function blobSteps({ descriptor, bytes }: Content): Step[] {
  return [
    ["POST", "blobs/uploads/"],
    ["PUT", `{upload}&digest=${descriptor.digest}`, bytes],
  ];
}

function putManifest({ descriptor, bytes }: Content, ref: string): Step {
  return ["PUT", `manifests/${ref}`, bytes, descriptor.mediaType];
}

const { manifest, layer, config } = IMAGE;
/** No pages of tags: docker-registry 2.8 has none. */
const STEPS: readonly Step[] = [
  ["GET", "tags/list"],
  ["HEAD", `blobs/${layer.descriptor.digest}`],
  ["GET", `blobs/${layer.descriptor.digest}`],
  ["GET", "manifests/1"],
  ["HEAD", "manifests/1"],
  ["GET", `manifests/${NOWHERE}`],
  ["GET", `referrers/${NOWHERE}`],
  putManifest(manifest, "1"),
  ...blobSteps(layer),
  ...blobSteps(config),
  ["POST", "blobs/uploads/"],
  ["PUT", `{upload}&digest=${NOWHERE}`, layer.bytes],
  ["PUT", "{upload}&digest=sha256:x", layer.bytes],
  ["POST", "blobs/uploads/"],
  ["PATCH", "{upload}", layer.bytes],
  ["GET", "{upload}"],
  ["PUT", `{upload}&digest=${layer.descriptor.digest}`],
  ["POST", "blobs/uploads/"],
  ["DELETE", "{upload}"],
  ["POST", `blobs/uploads/?mount=${layer.descriptor.digest}&from=k8s/pause`],
  ["POST", `blobs/uploads/?mount=${NOWHERE}&from=k8s/pause`],
  ["POST", `blobs/uploads/?mount=${NOWHERE}&from=nowhere`],
  ["HEAD", `blobs/${layer.descriptor.digest}`],
  ["GET", `blobs/${layer.descriptor.digest}`],
  putManifest(manifest, "1"),
  putManifest(manifest, manifest.descriptor.digest),
  putManifest(manifest, OTHER.manifest.descriptor.digest),
  putManifest(manifest, "2"),
  putManifest(sampleIndex([IMAGE, OTHER]), "list"),
  putManifest(sampleIndex([IMAGE]), "list"),
  putManifest(sampleImage(1, { subject: OTHER.manifest }).manifest, "artifact"),
  ["HEAD", "manifests/1"],
  ["GET", "manifests/1"],
  ["GET", "manifests/list"],
  ["GET", `manifests/${manifest.descriptor.digest}`],
  ["GET", "tags/list"],
  ["DELETE", `manifests/${manifest.descriptor.digest}`],
  ["GET", `manifests/${manifest.descriptor.digest}`],
  ["DELETE", `blobs/${layer.descriptor.digest}`],
  ["HEAD", `blobs/${layer.descriptor.digest}`],
];

/** What a client can tell a registry by. */
interface Seen {
  readonly step: string;
  readonly status: number;
  readonly code: string | undefined;
  readonly headers: Readonly<Record<string, string | null>>;
}

const COMPARED = ["content-type", "docker-content-digest", "oci-subject"];
const PRESENT = ["location", "link", "docker-upload-uuid", "range"];

async function walk(host: string): Promise<Seen[]> {
  const seen: Seen[] = [];
  let upload = "";
  for (const [method, path, body, type] of STEPS) {
    const place = path.includes("{upload}") ? path.replace("{upload}", upload) : path;
    const response = await fetch(new URL(place, `http://${host}/v2/k8s/pause/`), {
      method,
      redirect: "manual",
      headers: {
        accept: `${OCI.index}, ${OCI.manifest}`,
        "content-type": type ?? "application/octet-stream",
      },
      ...(body && { body: body as Uint8Array<ArrayBuffer> }),
    });
    const text = await response.text();
    upload = response.status === 202 ? response.headers.get("location") ?? upload : upload;
    seen.push({
      step: `${method} ${path}`,
      status: response.status,
      code: codeIn(text),
      headers: response.ok ? headersOf(response) : {},
    });
  }
  return seen;
}

function headersOf({ headers }: Response): Record<string, string | null> {
  const value = (name: string): string | null => headers.get(name)?.split(";")[0] ?? null;
  return Object.fromEntries([
    ...COMPARED.map((name) => [name, value(name)]),
    ...PRESENT.map((name) => [name, headers.has(name) ? "present" : null]),
  ]);
}

function codeIn(text: string): string | undefined {
  try {
    return JSON.parse(text).errors?.[0]?.code;
  } catch {
    return undefined;
  }
}

test("the registry in memory answers as docker-registry does", async () => {
  const missing = lacks("docker-registry");
  if (missing) return skip(missing);
  const real = await withDockerRegistry(({ host }) => walk(host));
  const fake = await withRegistry({ referrersApi: false }, ({ host }) => walk(host));
  for (const [at, expected] of real.entries()) assert.equal(fake[at], expected, expected.step);
  assert.is(fake.length, real.length);
});

test.run();
