import { test } from "uvu";
import * as assert from "uvu/assert";
import { PauseError } from "../../build/error.ts";
import { content, type Descriptor, jsonContent } from "../../build/oci/descriptor.ts";
import {
  children,
  mediaTypeOf,
  readImageConfig,
  readIndex,
  readManifest,
  referrer,
} from "../../build/oci/document.ts";
import { DOCUMENT_LIMIT } from "../../build/oci/json.ts";
import { DOCKER, OCI } from "../../build/oci/media-types.ts";
import { failsWith } from "../support/fails.ts";
import { FAMILIES, sampleImage, sampleIndex } from "../support/images.ts";
import { fc, runs } from "../support/properties.ts";

const IMAGE = sampleImage(1);
const INDEX = sampleIndex([IMAGE, sampleImage(2)]);
const DIGEST = IMAGE.layer.descriptor.digest;

/** The document of the sample image with some fields changed. */
function changed(bytes: Uint8Array, fields: Record<string, unknown>): Uint8Array {
  return encode({ ...JSON.parse(new TextDecoder().decode(bytes)), ...fields });
}

function encode(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

for (const [family, types] of Object.entries(FAMILIES)) {
  test(`an image and an index are read as they were written, in ${family}'s media types`, () => {
    const image = sampleImage(1, { types });
    const index = sampleIndex([image], types);
    assert.equal(readManifest(image.manifest.bytes).config, image.config.descriptor);
    assert.equal(readManifest(image.manifest.bytes).layers, [image.layer.descriptor]);
    assert.is(readIndex(index.bytes).mediaType, types.index);
    assert.equal(children(index.descriptor, index.bytes), readIndex(index.bytes).manifests);
    assert.equal(children(image.manifest.descriptor, image.manifest.bytes), [
      image.config.descriptor,
      image.layer.descriptor,
    ]);
  });
}

test("a configuration and a layer refer to nothing", () => {
  assert.equal(children(IMAGE.config.descriptor, IMAGE.config.bytes), []);
  assert.equal(children(IMAGE.layer.descriptor, IMAGE.layer.bytes), []);
});

test("what Go writes as null is not there, and an empty list where there must be one", () => {
  const bytes = encode({
    architecture: "amd64",
    os: "linux",
    variant: null,
    config: { Entrypoint: ["/pause"], Cmd: null, Labels: null, OnBuild: null },
    rootfs: { type: "layers", diff_ids: null },
  });
  assert.equal(readImageConfig(bytes), {
    architecture: "amd64",
    os: "linux",
    config: { Entrypoint: ["/pause"] },
    rootfs: { type: "layers", diff_ids: [] },
  });
  assert.equal(readIndex(encode({ schemaVersion: 2, manifests: null })).manifests, []);
});

const HOSTILE: Readonly<Record<string, Uint8Array>> = {
  "no JSON": new TextEncoder().encode("{"),
  "nothing": new Uint8Array(),
  "a list": encode([]),
  "null": encode(null),
  "a byte order mark": new Uint8Array([0xef, 0xbb, 0xbf, ...INDEX.bytes]),
  "bytes that are no UTF-8": new TextEncoder().encode('{"a":"').map((byte) => byte | 0x80),
  "another schemaVersion": changed(INDEX.bytes, { schemaVersion: 1 }),
  "the fields of a manifest": changed(INDEX.bytes, { layers: [], config: {} }),
  "no manifests": changed(INDEX.bytes, { manifests: undefined }),
  "manifests that are no list": changed(INDEX.bytes, { manifests: {} }),
  "an entry that is null": changed(INDEX.bytes, { manifests: [null] }),
  "annotations that are no texts": changed(INDEX.bytes, { annotations: { a: 1 } }),
  ...entries("an entry without a size", { size: undefined }),
  ...entries("a negative size", { size: -1 }),
  ...entries("a size that no number holds", { size: 2 ** 60 }),
  ...entries("a size that is no integer", { size: 1.5 }),
  ...entries("a size that is a text", { size: "12" }),
  ...entries("a digest that leads out of the folder", { digest: "sha256:../../../etc/passwd" }),
  ...entries("a digest of capital letters", { digest: DIGEST.toUpperCase() }),
  ...entries("a digest that is too short", { digest: "sha256:00" }),
  ...entries("an unknown algorithm", { digest: `md5:${"0".repeat(32)}` }),
  ...entries("a platform that is no object", { platform: "linux/amd64" }),
  ...entries("a platform without an architecture", { platform: { os: "linux" } }),
  ...entries("urls that are no list", { urls: "https://example.org" }),
};

function entries(name: string, fields: Record<string, unknown>): Record<string, Uint8Array> {
  return { [name]: changed(INDEX.bytes, { manifests: [{ ...INDEX.descriptor, ...fields }] }) };
}

for (const [name, bytes] of Object.entries(HOSTILE)) {
  test(`an index is refused that has ${name}`, async () => {
    const error = await failsWith(["verification"], () => readIndex(bytes));
    assert.match(
      error.message,
      /^Cannot read the index: .+\. Take the image from another place\.$/,
    );
    assert.ok(error.message.length < 500, error.message);
  });
}

test("the message says where the fault is", async () => {
  const bytes = changed(INDEX.bytes, {
    manifests: [INDEX.descriptor, { ...INDEX.descriptor, size: -1 }],
  });
  const error = await failsWith(["verification"], () => readIndex(bytes));
  assert.match(error.message, /manifests\[1\]\.size is no size/);
});

test("a manifest that is also an index is refused (CVE-2021-41190)", async () => {
  const both = changed(IMAGE.manifest.bytes, { manifests: [] });
  await failsWith(["verification"], () => readManifest(both));
});

test("a document that is not what points at it says is refused", async () => {
  const { bytes } = IMAGE.manifest;
  const wrong: Descriptor = { ...IMAGE.manifest.descriptor, mediaType: DOCKER.manifest };
  const error = await failsWith(["verification"], () => children(wrong, bytes));
  assert.match(
    error.message,
    /it says that it is application\/vnd\.oci\..*says application\/vnd\.docker/,
  );
});

test("a document that does not say what it is, is what points at it says", () => {
  const bytes = changed(IMAGE.manifest.bytes, { mediaType: undefined });
  const { descriptor } = content(OCI.manifest, bytes);
  assert.is(children(descriptor, bytes).length, 2);
  assert.is(readManifest(bytes).mediaType, OCI.manifest);
  assert.is(mediaTypeOf(bytes), OCI.manifest);
  assert.is(mediaTypeOf(changed(INDEX.bytes, { mediaType: undefined })), OCI.index);
});

test("what is no manifest has no media type of one", () => {
  assert.is(mediaTypeOf(IMAGE.config.bytes), undefined);
  assert.is(mediaTypeOf(IMAGE.layer.bytes), undefined);
});

test("a document is refused that is too large, or nested too deep, before it is parsed", async () => {
  const large = new Uint8Array(DOCUMENT_LIMIT + 1).fill(0x20);
  const deep = new TextEncoder().encode(`{"a":${"[".repeat(1_000_000)}`);
  assert.match(
    (await failsWith(["verification"], () => readIndex(large))).message,
    /4194305 bytes/,
  );
  assert.match(
    (await failsWith(["verification"], () => readIndex(deep))).message,
    /deeper than 64/,
  );
});

test("brackets inside texts are no nesting", () => {
  const annotations = { a: `\\"${"[{".repeat(100)}`, b: '"' };
  assert.equal(readIndex(changed(INDEX.bytes, { annotations })).annotations, annotations);
});

test("a manifest with a subject is a referrer, with the type of its config where it has none", () => {
  const plain = sampleImage(3, { subject: IMAGE.manifest });
  assert.equal(referrer(plain.manifest), {
    subject: IMAGE.manifest.descriptor.digest,
    descriptor: { ...plain.manifest.descriptor, artifactType: OCI.config },
  });
  assert.is(referrer(IMAGE.manifest), undefined);
  assert.is(referrer(IMAGE.layer), undefined);
  const index = jsonContent(OCI.index, {
    schemaVersion: 2,
    mediaType: OCI.index,
    manifests: [],
    subject: IMAGE.manifest.descriptor,
  });
  assert.equal(referrer(index)?.descriptor, index.descriptor);
});

const READERS = { readIndex, readManifest, readImageConfig };

for (const [name, read] of Object.entries(READERS)) {
  test(`${name} reads or refuses whatever it is given, and never fails otherwise`, () => {
    fc.assert(
      fc.property(anything(), (bytes) => {
        try {
          assert.type(read(bytes), "object");
        } catch (error) {
          if (!(error instanceof PauseError) || error.code !== "verification") throw error;
        }
      }),
      { numRuns: runs(2000) },
    );
  });
}

/** Bytes, JSON of any shape, and real documents of which something was replaced. */
function anything(): fc.Arbitrary<Uint8Array> {
  const real = [INDEX.bytes, IMAGE.manifest.bytes, IMAGE.config.bytes];
  const flipped = fc.tuple(fc.constantFrom(...real), fc.nat(), fc.nat(255))
    .map(([bytes, at, byte]) => bytes.with(at % bytes.length, byte));
  const replaced = fc.tuple(fc.constantFrom(...real), fc.string(), fc.jsonValue())
    .map(([bytes, key, value]) => changed(bytes, { [key]: value }));
  const keys = ["manifests", "layers", "config", "rootfs", "annotations", "platform", "size"];
  const misused = fc.tuple(
    fc.constantFrom(...real),
    fc.dictionary(fc.constantFrom(...keys), fc.jsonValue()),
  ).map(([bytes, fields]) => changed(bytes, fields));
  return fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.jsonValue().map(encode),
    flipped,
    replaced,
    misused,
  );
}

test("what was read holds: no descriptor without a digest and a size", () => {
  fc.assert(
    fc.property(anything(), (bytes) => {
      let found: readonly Descriptor[] = [];
      try {
        found = [...readIndex(bytes).manifests];
      } catch {
        return;
      }
      for (const { digest, size } of found) {
        assert.match(digest, /^sha(256|512):[0-9a-f]+$/);
        assert.ok(Number.isSafeInteger(size) && size >= 0);
      }
    }),
    { numRuns: runs(1000) },
  );
});

test.run();
