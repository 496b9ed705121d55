/** What every store does, as tests that each kind of store has to pass. */

import { test } from "uvu";
import * as assert from "uvu/assert";
import type { ErrorCode } from "../../build/error.ts";
import { type Content, content, type Descriptor } from "../../build/oci/descriptor.ts";
import { sha256 } from "../../build/oci/digest.ts";
import { OCI } from "../../build/oci/media-types.ts";
import type { Store } from "../../build/store/store.ts";
import { failsWith } from "../support/fails.ts";
import {
  bytesOf,
  FAMILIES,
  type SampleImage,
  sampleImage,
  sampleIndex,
  streamOf,
} from "../support/images.ts";

/** A place made for one test. */
export interface Bench {
  /** Writes and reads; empty. */
  readonly store: Store;
  /** The same place, looked at anew: nothing of `store`'s memory is left. After `store.commit()`. */
  readonly reopen: () => Promise<Store>;
  /** Takes the place down. */
  readonly dispose?: () => Promise<void>;
}

/**
 * Declares the tests. The file that calls it ends with `test.run()`.
 *
 * @param kind what the store is called in the tests' names
 */
export function storeBehaviour(kind: string, makeBench: () => Promise<Bench>): void {
  for (const [name, act] of Object.entries(BEHAVIOUR)) {
    test(`${kind}: ${name}`, async () => {
      const bench = await makeBench();
      try {
        await act(bench);
      } finally {
        await bench.store.abandon();
        await bench.dispose?.();
      }
    });
  }
}

/** Puts an image, parts first, as a copy does. */
export async function putImage(
  store: Store,
  { layer, config, manifest }: SampleImage,
  tags: readonly string[] = [],
): Promise<void> {
  for (const blob of [layer, config]) await putBlob(store, blob);
  await store.putManifest(manifest, tags);
}

/** Puts a blob of bytes that are at hand. */
export async function putBlob(store: Store, { descriptor, bytes }: Content): Promise<void> {
  await store.putBlob(descriptor, () => Promise.resolve(streamOf(bytes)));
}

/** The bytes of a blob, read to the end. */
export async function readBlob(store: Store, blob: Descriptor): Promise<Uint8Array> {
  const stream = await store.getBlob(blob);
  return new Uint8Array(
    await new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>)
      .arrayBuffer(),
  );
}

const NOT_THERE: readonly ErrorCode[] = ["storage", "registry"];

const BEHAVIOUR: Readonly<Record<string, (bench: Bench) => Promise<void>>> = {
  "an empty store holds nothing": async ({ store }) => {
    const { manifest, layer } = sampleImage(1);
    assert.is(await store.resolve("3.10"), undefined);
    assert.is(await store.resolve(manifest.descriptor.digest), undefined);
    assert.is(await store.hasBlob(layer.descriptor), false);
    assert.equal(await all(store.tags()), []);
    assert.equal(await all(store.referrers(manifest.descriptor.digest)), []);
  },

  "what is not there cannot be read": async ({ store }) => {
    const { manifest, layer } = sampleImage(1);
    await failsWith(NOT_THERE, () => store.getManifest("3.10"));
    await failsWith(NOT_THERE, () => store.getManifest(manifest.descriptor.digest));
    await failsWith(NOT_THERE, () => readBlob(store, layer.descriptor));
  },

  "a blob comes back as it was put, whatever its size": async ({ store }) => {
    for (const size of [0, 1, 511, 65_536, 3_000_000]) {
      const blob = content(OCI.layer, bytesOf(size, size));
      await putBlob(store, blob);
      assert.is(await store.hasBlob(blob.descriptor), true, `${size} bytes`);
      assert.is(sha256(await readBlob(store, blob.descriptor)), blob.descriptor.digest);
    }
  },

  "blobs put side by side are all there": async ({ store }) => {
    const blobs = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => content(OCI.layer, bytesOf(seed, 9000)));
    await Promise.all(blobs.map((blob) => putBlob(store, blob)));
    for (const { descriptor } of blobs) assert.is(await store.hasBlob(descriptor), true);
  },

  "the same blob put twice at once is there once": async ({ store }) => {
    const blob = content(OCI.layer, bytesOf(1, 100_000));
    await Promise.all([putBlob(store, blob), putBlob(store, blob)]);
    assert.equal(await readBlob(store, blob.descriptor), blob.bytes);
  },

  "a blob whose bytes are not those of its digest is refused": async ({ store }) => {
    const { descriptor } = content(OCI.layer, bytesOf(1, 100));
    const lies = { flipped: bytesOf(2, 100), short: bytesOf(1, 99), long: bytesOf(1, 101) };
    for (const bytes of Object.values(lies)) {
      await failsWith(["verification"], () => putBlob(store, { descriptor, bytes }));
      assert.is(await store.hasBlob(descriptor), false);
    }
  },

  "a blob whose source breaks is not there, and can be put anew": async ({ store }) => {
    const blob = content(OCI.layer, bytesOf(1, 200_000));
    const broken = (): Promise<ReadableStream<Uint8Array>> => Promise.resolve(breaksAfter(blob));
    const outcome = await store.putBlob(blob.descriptor, broken).then(() => "put", () => "failed");
    assert.is(outcome, "failed");
    assert.is(await store.hasBlob(blob.descriptor), false);
    await putBlob(store, blob);
    assert.equal(await readBlob(store, blob.descriptor), blob.bytes);
  },

  "a blob read by a descriptor of the wrong size fails": async ({ store }) => {
    const { descriptor, bytes } = content(OCI.layer, bytesOf(1, 100));
    await putBlob(store, { descriptor, bytes });
    for (const size of [99, 101]) {
      await failsWith(["verification"], () => readBlob(store, { ...descriptor, size }));
    }
  },

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

/** All that a store lists. */
async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}

function pointer(descriptor: Descriptor | undefined): Partial<Descriptor> | undefined {
  if (descriptor === undefined) return undefined;
  const { mediaType, digest, size } = descriptor;
  return { mediaType, digest, size };
}

/** Gives the first half of a blob and then fails, as a connection does that is cut. */
function breaksAfter({ bytes }: Content): ReadableStream<Uint8Array> {
  const half = bytes.slice(0, bytes.length / 2);
  let given = false;
  return new ReadableStream({
    pull(controller): void {
      if (given) controller.error(new Error("the source broke"));
      else controller.enqueue(half);
      given = true;
    },
  });
}
