import { PauseError } from "../error.ts";
import type { Content } from "../oci/descriptor.ts";
import { children } from "../oci/document.ts";
import type { Store } from "./store.ts";

/**
 * Refuses a manifest whose parts the store lacks, as registries do. Parts that say where else they
 * are to be had (`urls`: Windows base layers) may be missing.
 *
 * @throws PauseError `storage` when a part is missing; `verification` when the manifest is none
 */
export async function requireParts(
  store: Pick<Store, "name" | "hasBlob">,
  { descriptor, bytes }: Content,
): Promise<void> {
  for (const part of children(descriptor, bytes)) {
    if (part.urls?.length || await store.hasBlob(part)) continue;
    throw new PauseError(
      "storage",
      `Cannot store the manifest ${descriptor.digest} in ${store.name}: its part ${part.digest} ` +
        "is not there. Store the parts of an image before the image.",
    );
  }
}
