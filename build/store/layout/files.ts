import { join } from "node:path";
import { fileStream, namesIn, readIfThere, sizeIfThere } from "../../host/files.ts";
import { readTemporary } from "../../host/temporary.ts";
import { type Digest, digestParts } from "../../oci/digest.ts";
import { DOCUMENT_LIMIT, unreadable } from "../../oci/json.ts";

/** The files of a layout, wherever they are. Paths are relative, with `/`. */
export interface LayoutFiles {
  /** What to do when they are damaged, a sentence. */
  readonly remedy: string;
  /** Whether there is nothing at all: a layout can begin here. */
  isBlank(): Promise<boolean>;
  /** Bytes, or undefined when there is no such file. */
  size(path: string): Promise<number | undefined>;
  /** The whole of a small file, or undefined when there is none (any more). */
  read(path: string): Promise<Uint8Array | undefined>;
  /** The bytes of a file that is there, as they are asked for. */
  stream(path: string): Promise<ReadableStream<Uint8Array>>;
}

/** @see https://github.com/opencontainers/image-spec/blob/v1.1.0/image-layout.md */
export const LAYOUT_FILE = "oci-layout";
export const INDEX_FILE = "index.json";

/** Where a layout has the bytes of that digest. */
export function blobPath(digest: Digest): string {
  const { algorithm, hex } = digestParts(digest);
  return `blobs/${algorithm}/${hex}`;
}

/** The files of a layout in a folder, which need not be there yet. */
export function folderFiles(folder: string): LayoutFiles {
  return {
    remedy: 'Remove the folder ("./make clean" removes out/), then make or fetch the image anew.',
    // What a killed process left of its first write makes no folder somebody's.
    isBlank: async () => (await namesIn(folder)).every(readTemporary),
    size: (path) => sizeIfThere(join(folder, path)),
    read: (path) => readIfThere(join(folder, path)),
    stream: (path) => Promise.resolve(fileStream(join(folder, path))),
  };
}

/**
 * The whole of a JSON file, or undefined when there is none.
 * @throws PauseError `verification` when it is larger than a document may be
 */
export async function readDocument(
  files: LayoutFiles,
  path: string,
): Promise<Uint8Array | undefined> {
  const size = await files.size(path);
  if (size === undefined) return undefined;
  if (size > DOCUMENT_LIMIT) throw unreadable(path, `it has ${size} bytes`, files.remedy);
  return await files.read(path);
}
