import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { PauseError } from "../error.ts";
import { removeAll, sizeIfThere, storageError } from "../host/files.ts";
import { withLock } from "../host/lock.ts";
import { ANNOTATION } from "../oci/annotations.ts";
import type { Digest } from "../oci/digest.ts";
import { archiveStore } from "../store/archive/archive.ts";
import { requireReplaceable } from "../store/archive/replaceable.ts";
import type { Store, TagOrDigest } from "../store/store.ts";
import { checksumFile, writeChecksum } from "./checksum.ts";
import { mirrorMemory } from "./memory.ts";
import { mirrorImage } from "./mirror.ts";
import { inRepository } from "./named.ts";
import type { MirrorOptions } from "./options.ts";
import type { Mirrored } from "./report.ts";
import { imageFor } from "./single.ts";
import { isAttachmentTag } from "./tags.ts";

/** An image that goes into an archive. */
export interface Saving {
  readonly store: Store;
  readonly ref: TagOrDigest;
  /** What it is called there, without a tag: `registry.k8s.io/pause`. */
  readonly repository: string;
  readonly tag: string;
}

export interface SaveOptions extends Omit<MirrorOptions, "refresh" | "memory"> {
  /** `docker`: what `docker load` of any version takes: one image, of one platform. @default "oci" */
  readonly form?: "oci" | "docker";
}

export interface Saved {
  readonly file: string;
  /** Bytes of the file. */
  readonly size: number;
  readonly checksumFile: string;
  /** Of the file. */
  readonly sha256: Digest;
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
 * file is something else than an archive of images, or the form `docker` cannot hold these
 */
export async function saveImages(
  images: readonly Saving[],
  file: string,
  options: SaveOptions = {},
): Promise<Saved> {
  requireNames(images, options.form);
  await requireReplaceable(file);
  await mkdir(dirname(file), { recursive: true }).catch((error) => {
    throw storageError("make", dirname(file), error);
  });
  return await withLock(`${file}.lock`, async () => {
    const stage = `${file}.part`;
    const mirrored = await pack(images, file, stage, options);
    const hex = await writeChecksum(file);
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

async function pack(
  images: readonly Saving[],
  file: string,
  stage: string,
  options: SaveOptions,
): Promise<Mirrored[]> {
  const { form = "oci" } = options;
  const archive = archiveStore(file, {
    form,
    stage,
    ...(form === "docker" && { repository: images[0]?.repository ?? "" }),
    ...(form === "oci" && { annotate }),
  });
  const memory = mirrorMemory();
  const mirrored: Mirrored[] = [];
  for (const image of images) {
    const found = form === "oci"
      ? await mirrorImage(image.store, image.ref, [{
        store: inRepository(archive, image.repository),
        tags: [image.tag],
      }], { ...options, memory })
      : await saveOne(image, archive, options);
    const error = found.deliveries.find((delivery) => delivery.error)?.error;
    if (error !== undefined) throw error;
    mirrored.push(found);
  }
  // The old checksum must not stand beside a new file.
  await removeAll(checksumFile(file));
  await archive.commit();
  return mirrored;
}

/** `docker load` takes an image, and knows of no index and no signatures. */
async function saveOne(
  { store, ref, tag }: Saving,
  archive: Store,
  { subset, ...options }: SaveOptions,
): Promise<Mirrored> {
  const digest = await imageFor(store, ref, subset?.platforms ?? []);
  const destination = { store: archive, tags: [tag] };
  return await mirrorImage(store, digest, [destination], { ...options, referrers: false });
}

/** Engines import what has a name, and unpack it: what hangs on an image must not look like one. */
function annotate(name: string): Readonly<Record<string, string>> {
  const tag = name.slice(name.lastIndexOf(":") + 1);
  return isAttachmentTag(tag)
    ? { [ANNOTATION.hangingName]: name }
    : { [ANNOTATION.containerdName]: name };
}

/** @throws PauseError `usage` for two images of one name, or more than the form holds */
function requireNames(images: readonly Saving[], form: SaveOptions["form"]): void {
  const seen = new Map<string, TagOrDigest>();
  for (const { repository, tag, ref } of images) {
    const name = `${repository}:${tag}`;
    if ((seen.get(name) ?? ref) !== ref) {
      throw new PauseError("usage", `Cannot save ${name} twice. Name each image once.`);
    }
    seen.set(name, ref);
  }
  if (form !== "docker" || seen.size <= 1) return;
  throw new PauseError(
    "usage",
    `Cannot save ${seen.size} images for "docker load": such an archive holds one. Save each to a file of its own.`,
  );
}
