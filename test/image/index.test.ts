import { test } from "uvu";
import * as assert from "uvu/assert";
import { PauseError } from "../../build/error.ts";
import { buildIndex, type IndexEntry } from "../../build/image/index.ts";
import { DOCKER, OCI } from "../../build/oci/media-types.ts";
import type { Platform } from "../../build/oci/platform.ts";
import { sampleImage } from "../support/images.ts";

function entry(seed: number, platform: Platform): IndexEntry {
  return { manifest: sampleImage(seed).manifest, platform };
}

test("entries stand in the order given, each with its platform, keys in a fixed order", () => {
  const entries = [
    entry(1, { variant: "v7", os: "linux", architecture: "arm" }),
    entry(2, { "os.version": "10.0.1", os: "windows", architecture: "amd64" }),
    entry(3, { os: "linux", architecture: "amd64" }),
  ];
  const { descriptor, bytes } = buildIndex(entries, OCI, { b: "2", a: "1" });
  const head = (at: number): string => {
    const { mediaType, digest, size } = entries[at]?.manifest.descriptor ?? {};
    return `{"mediaType":"${mediaType}","digest":"${digest}","size":${size},"platform":`;
  };
  assert.is(
    new TextDecoder().decode(bytes),
    `{"schemaVersion":2,"mediaType":"${OCI.index}","manifests":[` +
      `${head(0)}{"architecture":"arm","os":"linux","variant":"v7"}},` +
      `${head(1)}{"architecture":"amd64","os":"windows","os.version":"10.0.1"}},` +
      `${head(2)}{"architecture":"amd64","os":"linux"}}],` +
      `"annotations":{"a":"1","b":"2"}}`,
  );
  assert.is(descriptor.mediaType, OCI.index);
  assert.is(descriptor.size, bytes.length);
});

test("Docker's manifest list has no annotations", () => {
  const { bytes } = buildIndex([entry(1, { os: "linux", architecture: "amd64" })], DOCKER, {
    a: "1",
  });
  assert.not.match(new TextDecoder().decode(bytes), "annotations");
});

test("one platform twice is refused; two builds of Windows are two platforms", () => {
  const arm = { os: "linux", architecture: "arm", variant: "v7" };
  assert.throws(
    () => buildIndex([entry(1, arm), entry(2, arm)], OCI),
    (error: unknown) => error instanceof PauseError && /linux\/arm\/v7 twice/.test(error.message),
  );
  const windows = { os: "windows", architecture: "amd64" };
  buildIndex([
    entry(1, { ...windows, "os.version": "1" }),
    entry(2, { ...windows, "os.version": "2" }),
  ], OCI);
});

test("an index of nothing is refused", () => {
  assert.throws(
    () => buildIndex([], OCI),
    (error: unknown) => error instanceof PauseError && error.code === "usage",
  );
});

test.run();
