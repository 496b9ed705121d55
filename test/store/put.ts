import type { Content, Descriptor } from "../../build/oci/descriptor.ts";
import type { Store } from "../../build/store/store.ts";
import { type SampleImage, streamOf } from "../support/images.ts";

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

/** All that a store lists. */
export async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}
