import { Buffer } from "node:buffer";
import { memoryStore } from "../../build/store/memory.ts";
import { type Content, content, type Descriptor, jsonContent } from "../../build/oci/descriptor.ts";
import { type Digest, digestParts } from "../../build/oci/digest.ts";
import { DOCKER, OCI } from "../../build/oci/media-types.ts";
import type { Store } from "../../build/store/store.ts";
import { bytesOf } from "../support/images.ts";

/** An image like upstream's pause: what there is to lose on the way. */
export interface UpstreamImage {
  /** The index: five Linux images, three of Windows, two attestations. */
  readonly index: Content;
  /** The images of the index, in its order, by the name of their platform. */
  readonly images: ReadonlyMap<string, Content>;
  /** All that is to be in the repository, foreign layers aside. */
  readonly contents: readonly Content[];
  /** The tags that cosign made, each with what it names. */
  readonly cosign: ReadonlyMap<string, Content>;
  /** An SBOM that refers to the index, a signature of that SBOM, an SBOM of the first image. */
  readonly referrers: readonly Content[];
  /** The layers of Windows, which are somewhere else. */
  readonly foreign: readonly Content[];
}

const LINUX = ["amd64", "arm/v7", "arm64", "ppc64le", "s390x"];
const WINDOWS = ["10.0.17763.6893", "10.0.20348.3207", "10.0.26100.3194"];
const FOREIGN = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";

/** The same `seed` makes the same bytes. */
export function upstreamImage(seed = 1): UpstreamImage {
  const base = seed * 1000;
  const linux = LINUX.map((name, at) => linuxImage(base + at, name));
  const windows = WINDOWS.map((version, at) => windowsImage(base + 100 + at, version));
  const attestations = linux.slice(0, 2).map((image, at) => attestation(base + 200 + at, image));
  const index = jsonContent(OCI.index, {
    schemaVersion: 2,
    mediaType: OCI.index,
    manifests: [...linux, ...windows, ...attestations].map(({ entry }) => entry),
    // A field that nobody knows, spelt as nobody would.
    "x-unknown": { z: 1, a: [1.50, "\u00e9"] },
  });
  const sbom = artifact(base + 300, "application/spdx+json", index);
  const signed = artifact(base + 301, "application/vnd.example.signature", sbom.manifest);
  const childSbom = artifact(base + 302, "application/spdx+json", linux[0]?.manifest);
  const cosign = [index, ...linux.slice(0, 1).map(({ manifest }) => manifest)]
    .map((subject, at) => ({ tag: cosignTag(subject), made: signature(base + 400 + at) }));
  const all = [...linux, ...windows, ...attestations, sbom, signed, childSbom];
  return {
    index,
    images: new Map([...linux, ...windows].map(({ name, manifest }) => [name, manifest])),
    contents: [
      index,
      ...all.flatMap(({ manifest, blobs }) => [manifest, ...blobs]),
      ...cosign.flatMap(({ made }) => [made.manifest, ...made.blobs]),
    ],
    cosign: new Map(cosign.map(({ tag, made }) => [tag, made.manifest])),
    referrers: [sbom, signed, childSbom].map(({ manifest }) => manifest),
    foreign: windows.map(({ foreign }) => foreign),
  };
}

/** The image in a store, under `tag`. */
export async function upstreamStore(
  image: UpstreamImage,
  tag = "3.10",
  name = "source.example/pause",
): Promise<Store> {
  const store = memoryStore(name, image.contents);
  await store.putManifest(image.index, [tag]);
  for (const [cosign, manifest] of image.cosign) await store.putManifest(manifest, [cosign]);
  return store;
}

export function cosignTag({ descriptor: { digest } }: Content, kind = "sig"): string {
  const { algorithm, hex } = digestParts(digest);
  return `${algorithm}-${hex}.${kind}`;
}

interface Made {
  readonly name: string;
  readonly manifest: Content;
  readonly blobs: readonly Content[];
  readonly entry: Descriptor;
}

function linuxImage(seed: number, name: string): Made {
  const [architecture = "", variant] = name.split("/");
  const platform = { architecture, os: "linux", ...(variant !== undefined && { variant }) };
  const layer = content("application/vnd.oci.image.layer.v1.tar", tarOf(`seed ${seed}\n`));
  const config = jsonContent(OCI.config, {
    ...platform,
    config: { Env: [`SEED=${seed}`] },
    rootfs: { type: "layers", diff_ids: [layer.descriptor.digest] },
  });
  const manifest = imageManifest(OCI.manifest, config, [layer.descriptor]);
  const entry = { ...manifest.descriptor, platform };
  return { name: `linux/${name}`, manifest, blobs: [config, layer], entry };
}

/** A tar of one file, which engines can unpack. */
function tarOf(text: string): Uint8Array {
  const tar = Buffer.alloc(2048);
  tar.write("hello", 0);
  for (const at of [100, 108, 116]) tar.write("0000644\0", at);
  tar.write(`${text.length.toString(8).padStart(11, "0")}\0`, 124);
  tar.write("00000000000\0", 136);
  tar.write("        0", 148);
  tar.write("ustar\x0000", 257);
  const sum = tar.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  tar.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  tar.write(text, 512);
  return new Uint8Array(tar);
}

function windowsImage(seed: number, version: string): Made & { readonly foreign: Content } {
  const platform = { architecture: "amd64", os: "windows", "os.version": version };
  const foreign = content(FOREIGN, bytesOf(seed, 5000));
  const url = `https://mcr.example/v2/windows/blobs/${foreign.descriptor.digest}`;
  const layer = content(DOCKER.layer, bytesOf(seed + 50, 400));
  const config = jsonContent(DOCKER.config, {
    ...platform,
    config: { User: "ContainerUser" },
    rootfs: {
      type: "layers",
      diff_ids: [foreign.descriptor.digest, layer.descriptor.digest],
    },
  });
  const layers = [{ ...foreign.descriptor, urls: [url] }, layer.descriptor];
  const manifest = imageManifest(DOCKER.manifest, config, layers);
  const entry = { ...manifest.descriptor, platform };
  return { name: `windows/amd64 ${version}`, manifest, blobs: [config, layer], entry, foreign };
}

/** As buildx makes one: an image for no platform. */
function attestation(seed: number, { manifest: { descriptor } }: Made): Made {
  const layer = content("application/vnd.in-toto+json", bytesOf(seed, 200));
  const platform = { architecture: "unknown", os: "unknown" };
  const config = jsonContent(OCI.config, {
    ...platform,
    config: {},
    rootfs: { type: "layers", diff_ids: [layer.descriptor.digest] },
  });
  const manifest = imageManifest(OCI.manifest, config, [layer.descriptor]);
  const annotations = {
    "vnd.docker.reference.digest": descriptor.digest,
    "vnd.docker.reference.type": "attestation-manifest",
  };
  const entry = { ...manifest.descriptor, annotations, platform };
  return { name: "unknown/unknown", manifest, blobs: [config, layer], entry };
}

const EMPTY: Content = content(
  "application/vnd.oci.empty.v1+json",
  new TextEncoder().encode("{}"),
);

function artifact(seed: number, artifactType: string, subject: Content | undefined): Made {
  const layer = content(artifactType, bytesOf(seed, 150));
  const manifest = jsonContent(OCI.manifest, {
    schemaVersion: 2,
    mediaType: OCI.manifest,
    artifactType,
    config: EMPTY.descriptor,
    layers: [layer.descriptor],
    ...(subject && { subject: subject.descriptor }),
  });
  return { name: artifactType, manifest, blobs: [EMPTY, layer], entry: manifest.descriptor };
}

/** As cosign stores one: an image with the signature's payload for a layer, and no subject. */
export function signature(seed: number, ...before: readonly Descriptor[]): Made {
  const type = "application/vnd.dev.cosign.simplesigning.v1+json";
  const payload = content(type, bytesOf(seed, 120));
  const layers = [...before, {
    ...payload.descriptor,
    annotations: { "dev.cosignproject.cosign/signature": `MEUC${seed}` },
  }];
  const config = jsonContent(OCI.config, {
    architecture: "",
    os: "",
    config: {},
    rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
  });
  const manifest = imageManifest(OCI.manifest, config, layers);
  return { name: "cosign", manifest, blobs: [config, payload], entry: manifest.descriptor };
}

function imageManifest(
  mediaType: string,
  config: Content,
  layers: readonly Descriptor[],
): Content {
  const { descriptor } = config;
  return jsonContent(mediaType, { schemaVersion: 2, mediaType, config: descriptor, layers });
}

/** The digests of manifests, in an order of their own. */
export function digestsOf(contents: Iterable<Content>): Digest[] {
  return [...contents].map(({ descriptor: { digest } }) => digest).sort();
}
