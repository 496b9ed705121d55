import { createTarPacker, type TarHeader } from "modern-tar";
import { fileStream } from "../../host/files.ts";

/** A file to be packed: from where, or the bytes themselves. */
export interface PackEntry {
  /** Its path in the archive, with `/`. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly open: () => ReadableStream<Uint8Array>;
}

/** An entry of the file at `path`. */
export function fileEntry(name: string, path: string, size: number): PackEntry {
  return { name, size, open: () => fileStream(path) };
}

/** An entry of bytes that are at hand. */
export function bytesEntry(name: string, bytes: Uint8Array<ArrayBuffer>): PackEntry {
  const open = (): ReadableStream<Uint8Array> => new Blob([bytes]).stream();
  return { name, size: bytes.length, open };
}

/**
 * Packs files into a tar, the same bytes for the same entries and epoch: sorted by name, owned by
 * root, readable by all. Nothing is read before it is asked for.
 *
 * @param epoch the time of every entry, seconds since 1970
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06
 */
export function pack(entries: readonly PackEntry[], epoch: number): ReadableStream<Uint8Array> {
  const { readable, controller } = createTarPacker();
  fill().catch((error) => controller.error(error));
  return readable;

  async function fill(): Promise<void> {
    for (const entry of [...entries].sort((one, other) => one.name < other.name ? -1 : 1)) {
      await entry.open().pipeTo(controller.add(headerOf(entry, epoch)));
    }
    controller.finalize();
  }
}

function headerOf({ name, size }: PackEntry, epoch: number): TarHeader {
  return {
    name,
    size,
    type: "file",
    mode: 0o644,
    uid: 0,
    gid: 0,
    uname: "",
    gname: "",
    mtime: new Date(epoch * 1000),
  };
}
