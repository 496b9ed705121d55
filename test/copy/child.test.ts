import { test } from "uvu";
import * as assert from "uvu/assert";
import { copy } from "../../build/copy/copy.ts";
import { type Content, type Descriptor, jsonContent } from "../../build/oci/descriptor.ts";
import { DOCKER, OCI } from "../../build/oci/media-types.ts";
import { memoryStore } from "../../build/store/memory.ts";
import { failsWith } from "../support/fails.ts";
import { digestOf, recorded, sample } from "./sample.ts";

/** An index that says `wrong` of the first thing that it names. */
function lying(named: Content, wrong: Partial<Descriptor>): Content {
  return jsonContent(OCI.index, {
    schemaVersion: 2,
    mediaType: OCI.index,
    manifests: [{ ...named.descriptor, ...wrong }],
  });
}

for (
  const [name, wrong, of, found] of [
    ["too large a size", { size: 10_000 }, "image", /has \d+ bytes, and the index .* says 10000/],
    ["too small a size", { size: 1 }, "image", /says 1\./],
    ["an index", { mediaType: OCI.index }, "image", /is a manifest, and the index .* an index/],
    ["a manifest", { mediaType: DOCKER.manifest }, "index", /is an index, .* says a manifest/],
  ] as const
) {
  test(`copy() refuses an index that says ${name} of what is something else`, async () => {
    const { index, images, all } = sample();
    const [image = index] = images;
    const root = lying(of === "image" ? image : index, wrong);
    const heard: string[] = [];
    const destination = memoryStore("destination");
    const error = await failsWith(["verification"], () =>
      copy(
        memoryStore("source", [root, ...all]),
        root.descriptor.digest,
        recorded(destination, heard),
        { tags: ["v1"] },
      ));
    assert.match(error.message, found);
    assert.equal(heard, []);
    assert.is(await digestOf(destination, "v1"), undefined);
  });
}

test("copy() takes Docker's name for a manifest of OCI: whoever reads it finds the same", async () => {
  const { images: [image], all } = sample();
  assert.ok(image);
  const root = lying(image, { mediaType: DOCKER.manifest });
  const destination = memoryStore("destination");
  const source = memoryStore("source", [root, ...all]);
  await copy(source, root.descriptor.digest, destination, { tags: ["v1"] });
  assert.is(await digestOf(destination, "v1"), root.descriptor.digest);
});

test.run();
