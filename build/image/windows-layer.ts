import { posix } from "node:path";
import type { LayerFile } from "./layer-file.ts";
import { securityDescriptor } from "./security-descriptor.ts";
import { MTIME, type TarEntry } from "./tar-entry.ts";

/**
 * How the files of a layer stand in the archive of one for Windows, as BuildKit writes it: all of
 * them below `Files`, beside `Hives`, where a layer has its changes to the registry, of which ours
 * have none. Owners and permissions of Unix mean nothing there, and are the same for all; what
 * Windows knows in their place stands in records of its own.
 *
 * @param files in the order of their paths' bytes; no links
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.0/layer.md#platform-specific-attributes
 * @see https://github.com/moby/buildkit/blob/master/util/winlayers/differ.go
 */
export function windowsEntries(files: readonly LayerFile[]): TarEntry[] {
  const known = new Set(["/"]);
  const entries = files.flatMap((file) => {
    const above = missingFolders(posix.dirname(file.path), known);
    known.add(file.path);
    return [
      ...above.map(folderEntry),
      file.kind === "file" ? fileEntry(file) : folderEntry(file.path),
    ];
  });
  return [root("Hives"), root("Files"), ...entries];
}

/**
 * Windows makes no folder that is not in the layer, though a layer below has it.
 * @see https://github.com/microsoft/hcsshim/blob/main/internal/wclayer/legacy.go
 */
function missingFolders(path: string, known: Set<string>): string[] {
  if (known.has(path)) return [];
  const above = missingFolders(posix.dirname(path), known);
  known.add(path);
  return [...above, path];
}

/** The two folders that are no files of the image, and so are nobody's. */
function root(name: string): TarEntry {
  return folder(name, records("folder"));
}

function folderEntry(path: string): TarEntry {
  return folder(`Files${path}/`, secured("folder"));
}

function fileEntry({ path, bytes }: Extract<LayerFile, { kind: "file" }>): TarEntry {
  const header = { ...COMMON, name: `Files${path}`, mode: MODES.file, pax: secured("file") };
  return { header: { ...header, type: "file", size: bytes.length }, body: bytes };
}

function folder(name: string, pax: Record<string, string>): TarEntry {
  return { header: { ...COMMON, name, type: "directory", mode: MODES.folder, size: 0, pax } };
}

const COMMON = { uid: 0, gid: 0, mtime: MTIME };

/** With the bits that say what kind of entry it is, which other archives leave to the type. */
const MODES = { file: 0o100755, folder: 0o040755 } as const;

/** @see https://learn.microsoft.com/windows/win32/fileio/file-attribute-constants */
const ATTRIBUTES = { file: "32", folder: "16" } as const;

type Kind = keyof typeof MODES;

/** In the order of their names, as Go writes them. */
function records(kind: Kind): Record<string, string> {
  return { "LIBARCHIVE.creationtime": "0", "MSWINDOWS.fileattr": ATTRIBUTES[kind] };
}

function secured(kind: Kind): Record<string, string> {
  return { ...records(kind), "MSWINDOWS.rawsd": securityDescriptor(kind) };
}
