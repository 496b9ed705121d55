import { stat } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { PauseError } from "../../error.ts";
import { fileStream, namesIn, sizeIfThere, storageError } from "../../host/files.ts";
import { readAll } from "../verified.ts";
import { indexTar } from "./tar-reader.ts";

/**
 * What the archives of images are made of, and nothing else is: an OCI layout, or the files of
 * `docker save`, which are named after their digests.
 */
const PIECE = /^(\.\/)?(oci-layout$|blobs\/sha(256|512)\/|(sha256:)?[0-9a-f]{64}\b)/;

/**
 * Sees that nothing foreign is lost when an archive of images takes the place of a file.
 *
 * @param file may be missing
 * @throws PauseError `usage` when it is something else than an archive of images, whole or damaged, or `-`;
 * `storage` when it is no file, or cannot be read
 */
export async function requireReplaceable(file: string): Promise<void> {
  if (file === "-") throw noStream();
  const size = await sizeIfThere(file);
  // "." has another name in the folder above it.
  const path = resolve(file);
  if (size === undefined && (await namesIn(dirname(path))).includes(basename(path))) {
    throw await noFile(file);
  }
  if (!size || await beginsAsArchive(file) || await holdsPieces(file)) return;
  throw new PauseError(
    "usage",
    `Cannot write to ${file}: there is a file that is no archive of images. ` +
      "Move it away, or name another file.",
  );
}

/** Who means the file of that name writes `./-`. */
function noStream(): PauseError {
  return new PauseError(
    "usage",
    'Cannot write to "-": an archive is written whole, and compared with what is there. Name a file, and read that.',
  );
}

/** The error of a name that is taken: by a folder, a device, a link to nothing. */
async function noFile(file: string): Promise<PauseError> {
  const found = await stat(file).catch(() => undefined);
  if (found?.isDirectory()) {
    return storageError(
      "write",
      file,
      Object.assign(new Error("it is no file"), { code: "EISDIR" }),
    );
  }
  return new PauseError(
    "storage",
    `Cannot write ${file}: it is ${
      found === undefined ? "a link to nothing" : "no ordinary file"
    }, and an archive takes the place of one. Name another file.`,
  );
}

/** Bytes of the first name in a tar. */
const NAME_LENGTH = 100;

/** Of an archive that was cut off, its first name is left. */
async function beginsAsArchive(file: string): Promise<boolean> {
  const bytes = await readAll(fileStream(file, 0, NAME_LENGTH));
  return PIECE.test(new TextDecoder().decode(bytes).replace(/\0.*$/s, ""));
}

/** Other tools have other files first. */
async function holdsPieces(file: string): Promise<boolean> {
  try {
    return (await indexTar(file, (name) => PIECE.test(name))).size > 0;
  } catch (error) {
    if (error instanceof PauseError && error.code === "verification") return false;
    throw error;
  }
}
