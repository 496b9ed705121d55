import * as assert from "uvu/assert";
import { content, type Descriptor } from "../../build/oci/descriptor.ts";
import { OCI } from "../../build/oci/media-types.ts";
import { failsWith } from "../support/fails.ts";
import { FAMILIES, sampleImage, sampleIndex } from "../support/images.ts";
import { type Behaviour, type Bench, NOT_THERE } from "./bench.ts";
import { all, putBlob, putImage, readBlob } from "./put.ts";

/** What every store does with manifests and tags. */
export const MANIFESTS: Behaviour = {
  "a manifest is found by its digest and by each of its tags": async ({ store }) => {
    const image = sampleImage(1);
    await putImage(store, image, ["3.10", "latest"]);
    const { mediaType, digest, size } = image.manifest.descriptor;
    for (const ref of [digest, "3.10", "latest"]) {
      const found = await store.resolve(ref);
      assert.equal(pointer(found), { mediaType, digest, size }, ref);
      const read = await store.getManifest(ref);
      assert.equal(pointer(read.descriptor), { mediaType, digest, size }, ref);
      assert.equal(new Uint8Array(read.bytes), image.manifest.bytes);
    }
  },

  "a manifest without a tag is found by its digest": async ({ store }) => {
    const image = sampleImage(1);
    await putImage(store, image);
    const { digest } = image.manifest.descriptor;
    assert.is((await store.resolve(digest))?.digest, digest);
    assert.equal(await all(store.tags()), []);
  },

  "a manifest's bytes are kept, spaces and unknown fields included": async ({ store }) => {
    const { layer, config, manifest } = sampleImage(1);
    const fields = JSON.parse(new TextDecoder().decode(manifest.bytes));
    const odd = JSON.stringify({ zebra: { "é": null }, ...fields }, null, "\t") + "\n";
    const image = {
      layer,
      config,
      manifest: content(OCI.manifest, new TextEncoder().encode(odd)),
    };
    await putImage(store, image, ["odd"]);
    const { bytes } = await store.getManifest("odd");
    assert.is(new TextDecoder().decode(bytes), odd);
  },

  "a manifest put again changes nothing": async ({ store }) => {
    const image = sampleImage(1);
    await putImage(store, image, ["3.10"]);
    await store.putManifest(image.manifest, ["3.10"]);
    assert.equal(await all(store.tags()), ["3.10"]);
    assert.is((await store.resolve("3.10"))?.digest, image.manifest.descriptor.digest);
  },

  "a tag moves to the manifest put last, and the old one stays under its digest": async (
    { store },
  ) => {
    const [old, young] = [sampleImage(1), sampleImage(2)];
    await putImage(store, old, ["3.10"]);
    await putImage(store, young, ["3.10"]);
    assert.is((await store.resolve("3.10"))?.digest, young.manifest.descriptor.digest);
    const { digest } = old.manifest.descriptor;
    assert.is((await store.resolve(digest))?.digest, digest);
    assert.equal(await all(store.tags()), ["3.10"]);
  },

  "a tag put later leaves the others where they are": async ({ store }) => {
    const [first, second] = [sampleImage(1), sampleImage(2)];
    await putImage(store, first, ["3.9"]);
    await putImage(store, second, ["3.10"]);
    assert.is((await store.resolve("3.9"))?.digest, first.manifest.descriptor.digest);
    assert.is((await store.resolve("3.10"))?.digest, second.manifest.descriptor.digest);
  },

  "tags put side by side are all kept": async ({ store }) => {
    const images = [1, 2, 3, 4, 5, 6].map((seed) => sampleImage(seed));
    await Promise.all(images.map((image, at) => putImage(store, image, [`t${at}`])));
    for (const [at, { manifest }] of images.entries()) {
      assert.is((await store.resolve(`t${at}`))?.digest, manifest.descriptor.digest);
    }
  },

  "tags come in the order of their code points": async ({ store }) => {
    await putImage(store, sampleImage(1), ["b", "3.9", "A", "3.10", "_x"]);
    assert.equal(await all(store.tags()), ["3.10", "3.9", "A", "_x", "b"]);
  },

  "a manifest whose bytes are not those of its digest is refused, and the tag stays": async (
    { store },
  ) => {
    const [image, other] = [sampleImage(1), sampleImage(2)];
    await putImage(store, image, ["3.10"]);
    for (const blob of [other.layer, other.config]) await putBlob(store, blob);
    const forged = { descriptor: other.manifest.descriptor, bytes: image.manifest.bytes };
    await failsWith(["verification"], () => store.putManifest(forged, ["3.10"]));
    assert.is((await store.resolve("3.10"))?.digest, image.manifest.descriptor.digest);
    assert.is(await store.resolve(other.manifest.descriptor.digest), undefined);
  },

  "a manifest whose parts are missing is refused, and the tag stays": async ({ store }) => {
    const [image, other] = [sampleImage(1), sampleImage(2)];
    await putImage(store, image, ["3.10"]);
    await putBlob(store, other.config);
    await failsWith(NOT_THERE, () => store.putManifest(other.manifest, ["3.10"]));
    await failsWith(NOT_THERE, () => store.putManifest(sampleIndex([image, other]), ["3.10"]));
    assert.is((await store.resolve("3.10"))?.digest, image.manifest.descriptor.digest);
  },

  "referrers are those whose subject is the digest": async ({ store }) => {
    const [image, other] = [sampleImage(1), sampleImage(2)];
    const annotations = { "org.example.kind": "sbom" };
    const artifactType = "application/vnd.example+json";
    const plain = sampleImage(3, { subject: image.manifest });
    const typed = sampleImage(4, { subject: image.manifest, artifactType, annotations });
    await putImage(store, image, ["3.10"]);
    await putImage(store, other, ["3.9"]);
    await putImage(store, plain);
    await putImage(store, typed);
    const found = await all(store.referrers(image.manifest.descriptor.digest));
    const byDigest = new Map(found.map((descriptor) => [descriptor.digest, descriptor]));
    assert.is(found.length, 2);
    assert.is(byDigest.get(plain.manifest.descriptor.digest)?.artifactType, OCI.config);
    const full = byDigest.get(typed.manifest.descriptor.digest);
    assert.equal(full, { ...typed.manifest.descriptor, artifactType, annotations });
    assert.equal(await all(store.referrers(other.manifest.descriptor.digest)), []);
  },

  "referrers are listed by their type, which is their config's where they name none": async (
    { store },
  ) => {
    const image = sampleImage(1);
    const artifactType = "application/vnd.example+json; version=1";
    const plain = sampleImage(2, { subject: image.manifest });
    const typed = sampleImage(3, { subject: image.manifest, artifactType });
    for (const each of [image, plain, typed]) await putImage(store, each);
    const listed = async (type?: string): Promise<string[]> => {
      const found = await all(store.referrers(image.manifest.descriptor.digest, type));
      return found.map(({ digest }) => digest).sort();
    };
    const [one, other] = [plain, typed].map(({ manifest }) => manifest.descriptor.digest);
    assert.equal(await listed(), [one, other].sort());
    assert.equal(await listed(OCI.config), [one]);
    assert.equal(await listed(artifactType), [other]);
    assert.equal(await listed("application/vnd.example+json"), []);
  },

  "what was committed is there when the place is opened anew": async ({ store, reopen }) => {
    const image = sampleImage(1, { layerSize: 300_000 });
    const untagged = sampleImage(2);
    await putImage(store, image, ["3.10", "latest"]);
    await putImage(store, untagged);
    await store.commit();
    await store.abandon();
    const again = await reopen();
    assert.equal(await all(again.tags()), ["3.10", "latest"]);
    const { bytes } = await again.getManifest("latest");
    assert.equal(new Uint8Array(bytes), image.manifest.bytes);
    assert.equal(await readBlob(again, image.layer.descriptor), image.layer.bytes);
    assert.is(await again.hasBlob(image.config.descriptor), true);
    const { digest } = untagged.manifest.descriptor;
    assert.is((await again.resolve(digest))?.digest, digest);
  },

  ...Object.fromEntries(
    Object.entries(FAMILIES).map(([family, types]) => [
      `an index over images is kept with its media types, ${family}'s`,
      async ({ store, reopen }: Bench) => {
        const images = [sampleImage(1, { types }), sampleImage(2, { types })];
        const index = sampleIndex(images, types);
        for (const image of images) await putImage(store, image);
        await store.putManifest(index, ["3.10"]);
        await store.commit();
        const again = await reopen();
        assert.equal(pointer(await again.resolve("3.10")), pointer(index.descriptor));
        for (const { manifest } of images) {
          const read = await again.getManifest(manifest.descriptor.digest);
          assert.equal(pointer(read.descriptor), pointer(manifest.descriptor));
        }
      },
    ]),
  ),
};

function pointer(descriptor: Descriptor | undefined): Partial<Descriptor> | undefined {
  if (descriptor === undefined) return undefined;
  const { mediaType, digest, size } = descriptor;
  return { mediaType, digest, size };
}
