import { rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { PauseError } from "../../error.ts";
import { hasContent, namesIn, sizeIfThere, storageError, writeWhole } from "../../host/files.ts";
import { sweep } from "../../host/sweep.ts";
import { readTemporary, temporaryName } from "../../host/temporary.ts";
import { ANNOTATION } from "../../oci/annotations.ts";
import { formatReference, parseRepository } from "../../oci/reference.ts";
import type { Annotate } from "../layout/entries.ts";
import { INDEX_FILE, LAYOUT_FILE } from "../layout/files.ts";
import { layoutStore } from "../layout/layout.ts";
import type { Store } from "../store.ts";
import { type Loadable, manifestJson, withManifest } from "./docker.ts";
import { bytesEntry, fileEntry, pack, type PackEntry } from "./pack.ts";
import { requireReplaceable } from "./replaceable.ts";

export interface ArchiveOptions {
  /** `oci`: an OCI layout in a tar. `docker`: that with what `docker load` needs, of one platform. */
  readonly form: "oci" | "docker";
  /** What `docker load` and the like shall call the image, without a tag. @default it gets no name */
  readonly repository?: string;
  /** The time of the files in the archive, seconds since 1970. @default 0 */
  readonly epoch?: number;
}

/**
 * An archive that is made anew: it starts empty, and at {@link Store.commit} takes the place of the
 * file. Until then, and after {@link Store.abandon}, the file is what it was. The same content
 * makes the same bytes, and a file that has them already is left as it is.
 *
 * To read an archive that is there, see `archiveSource`.
 *
 * @throws PauseError `usage` when `options.repository` is none; from its functions: `storage` when it
 * cannot be written, `usage` for a second platform in the form `docker` and when the file is
 * something else than an archive of images, `verification` for wrong bytes
 */
export function archiveStore(file: string, options: ArchiveOptions): Store {
  const name = `${options.form}-archive:${file}`;
  const folder = temporaryName(file);
  const stage = layoutStore(folder, { name, annotate: namer(options.repository) });
  let begun: Promise<void> | undefined;
  let loadable: Loadable | undefined;
  const begin = (): Promise<void> => begun ??= beginArchive(file);
  const abandon = async (): Promise<void> => {
    await rm(folder, { recursive: true, force: true }).catch((error) => {
      throw storageError("remove", folder, error);
    });
  };

  return {
    ...stage,
    async putManifest(manifest, tags) {
      if (options.form === "docker") loadable = withManifest(loadable, manifest, tags, name);
      await begin();
      await stage.putManifest(manifest, tags);
    },
    async putBlob(blob, open) {
      await begin();
      await stage.putBlob(blob, open);
    },
    delete: () =>
      Promise.reject(
        new PauseError(
          "usage",
          `Cannot delete from ${name}: an archive is written whole. Make it anew without that image.`,
        ),
      ),
    async commit() {
      if (begun === undefined) return;
      await stage.commit();
      const entries = await layoutEntries(folder);
      if (loadable) {
        const text = manifestJson(loadable, options.repository);
        entries.push(bytesEntry("manifest.json", new TextEncoder().encode(text)));
      }
      const packed = (): ReadableStream<Uint8Array> => pack(entries, options.epoch ?? 0);
      if (!await hasContent(file, packed())) await writeWhole(file, packed());
      await abandon();
    },
    abandon,
  };
}

/** containerd and podman look for the name in index.json, docker in manifest.json. */
function namer(name: string | undefined): Annotate {
  if (name === undefined) return () => ({});
  const repository = parseRepository(name);
  return (tag) => ({ [ANNOTATION.containerdName]: formatReference({ ...repository, tag }) });
}

/** Sees that the file can be replaced, before anything is written, and removes killed processes' stages. */
async function beginArchive(file: string): Promise<void> {
  await requireReplaceable(file);
  await sweep(dirname(file), (becoming) => becoming === basename(file));
}

/** The files of a staged layout. */
async function layoutEntries(folder: string): Promise<PackEntry[]> {
  const blobs = (await namesIn(join(folder, "blobs"))).map(async (algorithm) =>
    (await namesIn(join(folder, "blobs", algorithm)))
      .filter((name) => !readTemporary(name))
      .map((name) => `blobs/${algorithm}/${name}`)
  );
  const names = [LAYOUT_FILE, INDEX_FILE, ...(await Promise.all(blobs)).flat()];
  return await Promise.all(names.map(async (name) => {
    const path = join(folder, name);
    return fileEntry(name, path, await sizeIfThere(path) ?? 0);
  }));
}
