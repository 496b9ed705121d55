import { PauseError } from "../../error.ts";
import { fileStream } from "../../host/files.ts";
import type { LayoutFiles } from "../layout/files.ts";
import { type LayoutReader, layoutReader } from "../layout/reader.ts";
import type { Store } from "../store.ts";
import { readAll } from "../verified.ts";
import { type Extent, indexTar } from "./tar-reader.ts";

/** The files of a layout. All others in an archive are of no use here. */
const LAYOUT_PATH = /^(oci-layout|index\.json|blobs\/(sha256|sha512)\/[0-9a-f]+)$/;

/**
 * An archive that is there, to be read: an OCI layout in a tar, as this software, skopeo, podman,
 * buildx and `docker save` (since Docker 25) write it. Nothing is unpacked, and memory does not
 * grow with the blobs.
 *
 * @throws PauseError from its functions: `storage` when the file cannot be read; `verification`
 * when it is no such archive, damaged or cut off; `usage` from those that write
 */
export function archiveSource(file: string): Store & LayoutReader {
  const name = `oci-archive:${file}`;
  const reader = layoutReader(name, tarFiles(file));
  const refuse = (): Promise<never> => Promise.reject(readOnly(name));
  return {
    ...reader,
    putManifest: refuse,
    putBlob: refuse,
    delete: refuse,
    commit: () => Promise.resolve(),
    abandon: () => Promise.resolve(),
  };
}

/** The files of a layout in a tar. */
function tarFiles(file: string): LayoutFiles {
  let indexed: Promise<Map<string, Extent>> | undefined;
  const extent = async (path: string): Promise<Extent | undefined> => {
    indexed ??= indexTar(file, (name) => LAYOUT_PATH.test(name));
    return (await indexed).get(path);
  };
  const stream = async (path: string): Promise<ReadableStream<Uint8Array>> => {
    const { start, size } = await extent(path) ?? { start: 0, size: 0 };
    return fileStream(file, start, size);
  };
  return {
    remedy: "Make or fetch the archive anew.",
    isBlank: () => Promise.resolve(false),
    size: async (path) => (await extent(path))?.size,
    read: async (path) => await readAll(await stream(path), Infinity),
    stream,
  };
}

function readOnly(name: string): PauseError {
  return new PauseError(
    "usage",
    `Cannot write to ${name}: it was opened to be read. Name another place to write to.`,
  );
}
