import { PauseError } from "../../error.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { readObject, unreadable } from "../../oci/json.ts";
import { faultOf } from "../verified.ts";
import { readEntries } from "./entries.ts";
import { blobPath, INDEX_FILE, LAYOUT_FILE, type LayoutFiles, readDocument } from "./files.ts";

/**
 * Whether there is a layout, or else nothing at all.
 * @throws PauseError `usage` when there is something else; `verification` when the layout's version
 * is none that we know, or its file is lost
 */
export async function findLayout(name: string, files: LayoutFiles): Promise<boolean> {
  // In this order: another process that begins the layout right now writes this file first.
  const isBlank = await files.isBlank();
  const bytes = await readDocument(files, LAYOUT_FILE);
  if (bytes === undefined && isBlank) return false;
  if (bytes === undefined && await isRemains(files)) {
    throw unreadable(`layout ${name}`, `its file ${LAYOUT_FILE} is lost`, files.remedy);
  }
  if (bytes === undefined) {
    throw new PauseError(
      "usage",
      `Cannot use ${name}: there is something else than an OCI layout (no file ${LAYOUT_FILE}). ` +
        "Name an OCI layout or a new place.",
    );
  }
  const what = `${LAYOUT_FILE} of ${name}`;
  const version = readObject(bytes, what, files.remedy).imageLayoutVersion;
  if (typeof version === "string" && /^1\.\d+\.\d+$/.test(version)) return true;
  const found = `its imageLayoutVersion is ${JSON.stringify(version)}, not 1.0.0`;
  throw unreadable(what, found, files.remedy);
}

/**
 * Whether there is a layout but for its first file: an index.json that names manifests, and one of
 * them. Others have files of that name too.
 */
export async function isRemains(files: LayoutFiles): Promise<boolean> {
  try {
    const bytes = await readDocument(files, INDEX_FILE);
    if (bytes === undefined) return false;
    for (const { descriptor } of readEntries(bytes, INDEX_FILE, files.remedy).list) {
      if (await files.size(blobPath(descriptor.digest)) !== undefined) return true;
    }
    return false;
  } catch {
    return false;
  }
}

/** Bytes. A blob up to here counts as there when its digest is right, a larger one by its size. */
const REHASH_LIMIT = 8 * 1024 * 1024;

/** Whether the bytes are there: of the right size and, where hashing costs little, digest. */
export async function isIntact(files: LayoutFiles, descriptor: Descriptor): Promise<boolean> {
  const path = blobPath(descriptor.digest);
  if (await files.size(path) !== descriptor.size) return false;
  if (descriptor.size > REHASH_LIMIT) return true;
  const bytes = await files.read(path);
  return bytes !== undefined && faultOf({ descriptor, bytes }) === undefined;
}
