import pLimit from "p-limit";
import { registryStore } from "../../build/store/registry/registry.ts";
import { putImage } from "../../test/store/put.ts";
import { sampleImage, sampleIndex } from "../../test/support/images.ts";
import type { Content } from "../../build/oci/descriptor.ts";

/** An index of five platforms, a small layer each. No two images share a layer. */
export interface FleetImage {
  /** `image07`: in the repository `fleet/image07`. */
  readonly name: string;
  readonly tag: string;
  readonly seed: number;
  readonly index: Content;
}

const PLATFORMS = 5;
const TAGS = 5;
/** Bytes: less than the layer of any pause image that is linked with a C library, and no mere config. */
const LAYER = 32 * 1024;
/** How many are put at once. */
const AT_ONCE = 4;

/** So many images, five tags in each repository. */
export function fleetOf(count: number): FleetImage[] {
  const repositories = Math.ceil(count / TAGS);
  return Array.from({ length: count }, (_, seed) => {
    const name = `image${String(seed % repositories).padStart(2, "0")}`;
    return { name, tag: `v${Math.floor(seed / repositories)}`, seed, index: indexOf(seed) };
  });
}

/** Where an image is: `fleet/image07` at the source. */
export function repositoryOf({ name }: FleetImage, folder = "fleet"): string {
  return `${folder}/${name}`;
}

/** Fills the source. */
export async function putFleet(host: string, fleet: readonly FleetImage[]): Promise<void> {
  const limit = pLimit(AT_ONCE);
  await Promise.all(fleet.map((image) =>
    limit(async () => {
      const store = registryStore({ host, repository: repositoryOf(image) });
      for (const platform of platformsOf(image.seed)) await putImage(store, platform);
      await store.putManifest(image.index, [image.tag]);
    })
  ));
}

/**
 * Sees that a registry has every tag of the fleet.
 * @throws Error with the first that names something else
 */
export async function requireFleet(
  host: string,
  folder: string,
  fleet: readonly FleetImage[],
): Promise<void> {
  for (const image of fleet) {
    const repository = repositoryOf(image, folder);
    const found = await registryStore({ host, repository }).resolve(image.tag);
    if (found?.digest === image.index.descriptor.digest) continue;
    throw new Error(`${repository}:${image.tag} names ${found?.digest ?? "nothing"}.`);
  }
}

function platformsOf(seed: number): ReturnType<typeof sampleImage>[] {
  const at = (platform: number): number => seed * PLATFORMS + platform;
  return Array.from({ length: PLATFORMS }, (_, one) => sampleImage(at(one), { layerSize: LAYER }));
}

function indexOf(seed: number): Content {
  return sampleIndex(platformsOf(seed));
}
