import type { packTar } from "modern-tar";
import type { LayerFile } from "./layer-file.ts";

/** An entry of an archive, as it is written. */
export type TarEntry = Parameters<typeof packTar>[0][number];

/** Says how the files of a layer stand in its archive. @param files in the order of their paths' bytes */
export type Arrange = (files: readonly LayerFile[]) => readonly TarEntry[];

/**
 * Files carry the time 0 and not the image's: a program that did not change stays the same blob when
 * the commit, and with it the image's time, did.
 */
export const MTIME: Date = new Date(0);
