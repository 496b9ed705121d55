import { PauseError, reason } from "../error.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Store } from "../store/store.ts";
import { readAll } from "../store/verified.ts";

/** The reading half of a store. */
export type Source = Pick<Store, "name" | "resolve" | "getManifest" | "hasBlob" | "getBlob">;

/** The bytes of a part, or what is wrong with them. */
export type Part = { readonly bytes: Uint8Array } | { readonly fault: string };

/**
 * Reads a blob whole. What is missing or has other bytes is a fault; a store that cannot tell is an
 * error, because that says nothing about the image.
 *
 * @throws PauseError `registry`, `authentication`, `storage`, `interrupted`
 */
export async function readBlob(source: Source, blob: Descriptor): Promise<Part> {
  try {
    return { bytes: await readAll(await source.getBlob(blob), blob.size) };
  } catch (error) {
    return await faultOf(error, blob, () => source.hasBlob(blob));
  }
}

/**
 * Reads a manifest as the descriptor says it is.
 * @throws PauseError as {@link readBlob} does
 */
export async function readManifestPart(source: Source, manifest: Descriptor): Promise<Part> {
  const { digest, size } = manifest;
  try {
    const { bytes } = await source.getManifest(digest);
    if (bytes.length === size) return { bytes };
    return { fault: `the manifest ${digest} has ${bytes.length} bytes, not ${size}` };
  } catch (error) {
    // Layouts keep what does not look like a manifest too.
    if (isAbsence(error) && await source.hasBlob(manifest)) return await readBlob(source, manifest);
    const isThere = async (): Promise<boolean> => await source.resolve(digest) !== undefined;
    return await faultOf(error, manifest, isThere);
  }
}

async function faultOf(
  error: unknown,
  { digest }: Descriptor,
  isThere: () => Promise<boolean>,
): Promise<Part> {
  if (error instanceof PauseError && error.code === "verification") {
    return { fault: reason(error) };
  }
  if (isAbsence(error) && !await isThere()) return { fault: `${digest} is not there` };
  throw error;
}

function isAbsence(error: unknown): boolean {
  return error instanceof PauseError && (error.code === "storage" || error.code === "registry");
}
