import { copy, type CopyOptions } from "../../copy/copy.ts";
import { PauseError } from "../../error.ts";
import { isForeign } from "../../oci/foreign.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { children } from "../../oci/document.ts";
import type { Store } from "../../store/store.ts";
import { openBasePlace } from "./base-place.ts";
import type { Images, Workshop } from "../workshop.ts";

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
    const foreign = children(manifest, bytes).filter(isForeign);
    if (foreign.length === 0) continue;
    const { childTags: _, ...others } = options;
    try {
      await copy(store, manifest.digest, destination, { ...others, tags: [], onEvent: () => {} });
    } catch (error) {
      throw explained(error, foreign);
    }
  }
}

/** docker-registry 2.8 has no word for why it refuses such an image, and answers 500. */
function explained(error: unknown, foreign: readonly Descriptor[]): unknown {
  if (!(error instanceof PauseError) || error.code !== "registry") return error;
  const urls = foreign.flatMap(({ urls = [] }) => urls).filter((url) => URL.canParse(url));
  const origins = [...new Set(urls.map((url) => new URL(url).origin))].join(", ");
  return new PauseError(
    "registry",
    `${error.message} The image has foreign layers, which stay at ${origins}: a registry that refuses those has to allow them (docker-registry: validation.manifests.urls.allow), or BASE has to be one without.`,
    { cause: error },
  );
}

/** Opens the bases that lend layers: a registry that has one of them takes its layers from there itself. */
export async function lenders(
  workshop: Workshop,
  lent: Images["lent"],
): Promise<(blob: Descriptor) => Store | undefined> {
  const stores = new Map<string, Store>();
  for (const reference of new Set(Object.values(lent))) {
    stores.set(reference, (await openBasePlace(workshop, reference)).store);
  }
  return ({ digest }) => stores.get(lent[digest] ?? "");
}
