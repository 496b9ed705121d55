import { copy, type CopyOptions } from "../copy/copy.ts";
import { isForeign } from "../mirror/foreign.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { children } from "../oci/document.ts";
import type { Store } from "../store/store.ts";
import { openBasePlace } from "./base-place.ts";
import type { Images, Workshop } from "./workshop.ts";

/**
 * Sends the images with layers that stay elsewhere, without a tag and before all others. Not every
 * registry takes those: it says so while nothing has a name yet.
 *
 * @throws PauseError what the destination throws
 */
export async function sendForeign(
  { store, images }: Pick<Images, "store" | "images">,
  destination: Store,
  options: Omit<CopyOptions, "tags">,
): Promise<void> {
  for (const { manifest } of images) {
    const { bytes } = await store.getManifest(manifest.digest);
    if (!children(manifest, bytes).some(isForeign)) continue;
    const { childTags: _, ...others } = options;
    await copy(store, manifest.digest, destination, { ...others, tags: [], onEvent: () => {} });
  }
}

/**
 * Opens the bases that lend layers, where the registry that is pushed to has them too: it takes the
 * layers from there itself.
 */
export async function lenders(
  workshop: Workshop,
  lent: Images["lent"],
): Promise<(blob: Descriptor) => Store | undefined> {
  const host = workshop.settings.repository?.host;
  const stores = new Map<string, Store>();
  for (const reference of new Set(Object.values(lent))) {
    const { store, repository } = await openBasePlace(workshop, reference);
    if (repository?.host === host) stores.set(reference, store);
  }
  return ({ digest }) => stores.get(lent[digest] ?? "");
}
