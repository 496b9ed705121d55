/**
 * What a user of the library writes to move an image, as a program: `carry FROM TO [PLATFORM]`,
 * from a registry to a registry, or to `oci:DIR:TAG`. Without a platform, all there is.
 */
import process from "node:process";
import { isWanted, readPlatform } from "../../build/oci/platform.ts";
import { copy } from "../../build/copy/copy.ts";
import type { Descriptor } from "../../build/oci/descriptor.ts";
import { children } from "../../build/oci/document.ts";
import { parseReference } from "../../build/oci/reference.ts";
import { openPlace, readPlace } from "../../build/store/place.ts";
import { registryStore } from "../../build/store/registry/registry.ts";
import type { Store } from "../../build/store/store.ts";

interface End {
  readonly store: Store;
  readonly tag: string;
}

function openEnd(name: string, access: "pull" | "push"): End {
  if (name.startsWith("oci:")) {
    const place = readPlace(name);
    return { store: openPlace(place, "pause"), tag: place.tag ?? "latest" };
  }
  const reference = parseReference(name);
  return { store: registryStore(reference, { access }), tag: reference.tag ?? "latest" };
}

async function imageFor({ store, tag }: End, platform: string): Promise<Descriptor> {
  const { descriptor, bytes } = await store.getManifest(tag);
  const wanted = readPlatform(platform);
  const image = children(descriptor, bytes).find((child) =>
    child.platform !== undefined && isWanted(child.platform, wanted)
  );
  if (image === undefined) throw new Error(`${store.name}:${tag} has no image for ${platform}.`);
  return image;
}

async function carry([from = "", to = "", platform]: readonly string[]): Promise<void> {
  const source = openEnd(from, "pull");
  const destination = openEnd(to, "push");
  const root = platform === undefined ? source.tag : (await imageFor(source, platform)).digest;
  await copy(source.store, root, destination.store, { tags: [destination.tag] });
  await destination.store.commit();
}

await carry(process.argv.slice(2));
