import { createHash } from "node:crypto";
import { basename, dirname } from "node:path";
import { PauseError } from "../error.ts";
import {
  fileStream,
  hasContent,
  readIfThere,
  removeFile,
  writeBeside,
  writeWhole,
} from "../host/files.ts";
import { sweep } from "../host/sweep.ts";

/** Where the checksum of a file is. */
export function checksumFile(file: string): string {
  return `${file}.sha256`;
}

/**
 * Writes a file, unless it has these bytes, and its checksum beside it, as `sha256sum --check` reads
 * it.
 *
 * They are two files, and no step replaces both. Between them, a checksum of the other archive
 * would call a good one damaged, and a missing one calls it unchecked. So both are written beside
 * first; then the old checksum goes, the archive comes, and the new checksum comes: three steps in a
 * row that take no time. Until then the old archive has its checksum.
 *
 * @param open opens the bytes, the same each time
 * @returns the SHA-256 as hex
 * @throws PauseError `storage`, and what the bytes throw; file and checksum are then the old ones
 */
export async function writeChecked(
  file: string,
  open: () => ReadableStream<Uint8Array>,
): Promise<string> {
  await sweep(dirname(file), (becoming) => becoming === basename(checksumFile(file)));
  const seen = hashed(open());
  if (await hasContent(file, seen.bytes)) {
    const hex = seen.hex();
    await writeWhole(checksumFile(file), checksumLine(file, hex));
    return hex;
  }
  const { bytes, hex } = hashed(open());
  const archive = await writeBeside(file, bytes);
  const found = hex();
  try {
    const checksum = await writeBeside(checksumFile(file), checksumLine(file, found));
    try {
      await withoutChecksum(file, archive.publish);
      await checksum.publish();
    } finally {
      await checksum.discard();
    }
  } finally {
    await archive.discard();
  }
  return found;
}

/** Takes the checksum away and acts; when that fails, the checksum is put back. */
async function withoutChecksum(file: string, act: () => Promise<void>): Promise<void> {
  const path = checksumFile(file);
  const before = await readIfThere(path);
  await removeFile(path);
  try {
    await act();
  } catch (error) {
    if (before !== undefined) await writeWhole(path, before);
    throw error;
  }
}

function checksumLine(file: string, hex: string): string {
  return `${hex}  ${basename(file)}\n`;
}

/** The same bytes, and the SHA-256 of all of them as hex once they have passed. */
function hashed(bytes: ReadableStream<Uint8Array>): {
  readonly bytes: ReadableStream<Uint8Array>;
  readonly hex: () => string;
} {
  const hash = createHash("sha256");
  const passing = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller): void {
      hash.update(chunk);
      controller.enqueue(chunk);
    },
  });
  return { bytes: bytes.pipeThrough(passing), hex: () => hash.digest("hex") };
}

/**
 * Holds a file to the checksum beside it.
 * @returns whether there is one
 * @throws PauseError `verification` when the file is another, or the checksum is none; `storage`
 */
export async function verifyChecksum(file: string): Promise<boolean> {
  const bytes = await readIfThere(checksumFile(file));
  if (bytes === undefined) return false;
  const [hex] = /^[0-9a-f]{64}(?=\s|$)/i.exec(new TextDecoder().decode(bytes)) ?? [];
  if (hex === undefined) {
    throw new PauseError(
      "verification",
      `Cannot check ${file}: ${checksumFile(file)} holds no SHA-256. Fetch it anew, or remove it.`,
    );
  }
  const found = await sha256OfFile(file);
  if (found === hex.toLowerCase()) return true;
  throw new PauseError(
    "verification",
    `Cannot use ${file}: its SHA-256 is ${found}, and ${
      checksumFile(file)
    } says ${hex}. Copy both anew.`,
  );
}

async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of fileStream(file)) hash.update(chunk);
  return hash.digest("hex");
}
