import { gunzipSync } from "fflate/browser";
import { unpackTar } from "modern-tar";
import { type Hashed, hashed } from "./bill.ts";

/**
 * Lists the files of layers that were built here, the later ones over the earlier ones, in the
 * order of their paths. Folders and links are no files.
 *
 * @param layers as they are stored, compressed or not; those of Windows have all under `Files/`
 */
export async function filesOf(layers: readonly Uint8Array[]): Promise<Hashed[]> {
  const found = new Map<string, Hashed>();
  for (const layer of layers) {
    for (const { header: { name, type }, data } of await unpackTar(unzipped(layer))) {
      if (type !== "file") continue;
      const path = name.replace(/^(\.?\/)?(Files\/)?/, "");
      found.set(path, hashed(path, data ?? new Uint8Array()));
    }
  }
  return [...found.values()].sort((one, other) => one.path < other.path ? -1 : 1);
}

function unzipped(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes;
}
