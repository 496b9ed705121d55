import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { PauseError } from "../error.ts";
import { removeAll, sizeIfThere, storageError } from "../host/files.ts";
import { withLock } from "../host/lock.ts";
import { isAttachmentTag } from "../oci/attachment-tag.ts";
import { ANNOTATION } from "../oci/annotations.ts";
import type { Digest } from "../oci/digest.ts";
import { archiveStore } from "../store/archive/archive.ts";
import { requireReplaceable } from "../store/archive/replaceable.ts";
import type { Store, TagOrDigest } from "../store/store.ts";
import { checksumFile, writeChecked } from "./checksum.ts";
import { mirrorMemory } from "./memory.ts";
import { mirrorImage } from "./mirror.ts";
import { inRepository } from "./named.ts";
import type { MirrorOptions } from "./options.ts";
import type { Mirrored } from "./report.ts";
import { imageFor } from "./single.ts";

/** An image that goes into an archive. */
export interface Saving {
  readonly store: Store;
  readonly ref: TagOrDigest;
  /** What it is called there, without a tag: `registry.k8s.io/pause`. */
  readonly repository: string;
  readonly tag: string;
}

/** How images are saved to an archive. */
export interface SaveOptions extends Omit<MirrorOptions, "refresh"> {
  /** `docker`: what `docker load` of any version takes: images of one platform each. @default "oci" */
  readonly form?: "oci" | "docker";
}

/** An archive that is complete. */
export interface Saved {
  /** Its path. */
  readonly file: string;
  /** Bytes of the file. */
  readonly size: number;
  /** The path of the file beside it that sha256sum checks it by. */
  readonly checksumFile: string;
  /** Of the file. */
  readonly sha256: Digest;
  /** In the order in which they were named. */
  readonly images: readonly Mirrored[];
}

/**
 * Saves images to one archive that can be carried anywhere: an OCI layout in a tar, with every
 * platform and all that hangs on the images, each under its whole name, and beside it the file's
 * checksum. The same images make the same bytes.
 *
 * What was fetched by a run that broke off is in `FILE.part` and is not fetched again; the folder
 * is gone when the archive is complete.
 *
 * @throws PauseError the first failure of any image; `file` is then what it was. `usage` when the
 * file is something else than an archive of images, or an image for `docker load` has several
 * platforms and none is chosen
 */
export async function saveImages(
  images: readonly Saving[],
  file: string,
  options: SaveOptions = {},
): Promise<Saved> {
  requireNames(images, file);
  await requireReplaceable(file);
  await mkdir(dirname(file), { recursive: true }).catch((error) => {
    throw storageError("make", dirname(file), error);
  });
  return await withLock(`${file}.lock`, async () => {
    const stage = `${file}.part`;
    const [mirrored, hex] = await pack(images, file, stage, options);
    await removeAll(stage);
    return {
      file,
      size: await sizeIfThere(file) ?? 0,
      checksumFile: checksumFile(file),
      sha256: `sha256:${hex}`,
      images: mirrored,
    };
  });
}

/** @returns the images, and the SHA-256 of the file as hex */
async function pack(
  images: readonly Saving[],
  file: string,
  stage: string,
  options: SaveOptions,
): Promise<[Mirrored[], string]> {
  const { form = "oci" } = options;
  let hex = "";
  const archive = archiveStore(file, {
    form,
    stage,
    annotate,
    write: async (path, bytes) => hex = await writeChecked(path, bytes),
  });
  const save = form === "oci" ? mirrorImage : saveOne;
  const memory = mirrorMemory();
  const mirrored: Mirrored[] = [];
  for (const { store, ref, repository, tag } of images) {
    const destination = { store: inRepository(archive, repository), tags: [tag] };
    const found = await save(store, ref, [destination], { ...options, memory });
    const error = found.deliveries.find((delivery) => delivery.error)?.error;
    if (error !== undefined) throw error;
    mirrored.push(found);
  }
  await archive.commit();
  return [mirrored, hex];
}

/** `docker load` takes images, and knows of no index and no signatures. */
const saveOne: typeof mirrorImage = async (store, ref, to, { subset, ...options } = {}) => {
  const digest = await imageFor(store, ref, subset?.platforms ?? []);
  return await mirrorImage(store, digest, to, { ...options, referrers: false });
};

/** Engines import what has a name, and unpack it: what hangs on an image must not look like one. */
function annotate(name: string): Readonly<Record<string, string>> {
  const tag = name.slice(name.lastIndexOf(":") + 1);
  return isAttachmentTag(tag)
    ? { [ANNOTATION.hangingName]: name }
    : { [ANNOTATION.containerdName]: name };
}

/** @throws PauseError `usage` for no image, and for two of one name */
function requireNames(images: readonly Saving[], file: string): void {
  if (images.length === 0) {
    throw new PauseError("usage", `Cannot save to ${file}: there is no image to save. Name one.`);
  }
  const seen = new Map<string, TagOrDigest>();
  for (const { repository, tag, ref } of images) {
    const name = `${repository}:${tag}`;
    if ((seen.get(name) ?? ref) !== ref) {
      throw new PauseError("usage", `Cannot save ${name} twice. Name each image once.`);
    }
    seen.set(name, ref);
  }
}
