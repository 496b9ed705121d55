import { PauseError } from "../error.ts";
import { everySettled } from "../host/settle.ts";
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
  const parts = children(descriptor, bytes).filter(({ urls = [] }) => urls.length === 0);
  const there = await everySettled(parts.map((part) => store.hasBlob(part)));
  const missing = parts.find((_, at) => !there[at]);
  if (missing === undefined) return;
  throw new PauseError(
    "storage",
    `Cannot store the manifest ${descriptor.digest} in ${store.name}: its part ${missing.digest} ` +
      "is not there. Store the parts of an image before the image.",
  );
}
