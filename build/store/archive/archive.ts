import { basename, dirname, join } from "node:path";
import { PauseError } from "../../error.ts";
import { hasContent, namesIn, removeAll, sizeIfThere, writeWhole } from "../../host/files.ts";
import { sweep } from "../../host/sweep.ts";
import { readTemporary, temporaryName } from "../../host/temporary.ts";
import { ANNOTATION } from "../../oci/annotations.ts";
import type { Digest } from "../../oci/digest.ts";
import { children } from "../../oci/document.ts";
import { isManifest } from "../../oci/media-types.ts";
import { formatReference, parseRepository } from "../../oci/reference.ts";
import type { Annotate } from "../layout/entries.ts";
import { blobPath, folderFiles, INDEX_FILE, LAYOUT_FILE } from "../layout/files.ts";
import { layoutStore } from "../layout/layout.ts";
import { layoutReader } from "../layout/reader.ts";
import type { Store } from "../store.ts";
import { type Loadable, manifestJson, type NameOf, withManifest } from "./docker.ts";
import { bytesEntry, fileEntry, pack, type PackEntry } from "./pack.ts";
import { requireReplaceable } from "./replaceable.ts";

export interface ArchiveOptions {
  /** `oci`: an OCI layout in a tar. `docker`: that with what `docker load` needs, images without an index. */
  readonly form: "oci" | "docker";
  /** What `docker load` and the like shall call the image, without a tag. @default it gets no name */
  readonly repository?: string;
  /** The time of the files in the archive, seconds since 1970. @default 0 */
  readonly epoch?: number;
  /** What the entry of a tag says besides the tag, its name included. @default its name in `repository` */
  readonly annotate?: Annotate;
  /**
   * The folder in which the archive is put together. It stays, also after {@link Store.commit}, and
   * blobs that are in it need not be put again. One process at a time. @default a new one, removed
   */
  readonly stage?: string;
  /** Writes the file. @param bytes opens them, the same each time. @default whole, unless it has them */
  readonly write?: (file: string, bytes: () => ReadableStream<Uint8Array>) => Promise<unknown>;
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
  const folder = options.stage ?? temporaryName(file);
  const { annotate = namer(options.repository) } = options;
  const stage = layoutStore(folder, { name, annotate });
  const held = new Set<Digest>();
  let begun: Promise<void> | undefined;
  let loadable: readonly Loadable[] = [];
  const begin = (): Promise<void> => begun ??= beginArchive(file, folder);
  const abandon = async (): Promise<void> => {
    if (options.stage === undefined) await removeAll(folder);
  };

  return {
    ...stage,
    // What an earlier run left in the stage is no part of this archive before it is put again.
    async resolve(ref) {
      const found = await stage.resolve(ref);
      return found && held.has(found.digest) ? found : undefined;
    },
    async putManifest(manifest, tags) {
      if (options.form === "docker") loadable = withManifest(loadable, manifest, tags, name);
      await begin();
      await stage.putManifest(manifest, tags);
      held.add(manifest.descriptor.digest);
    },
    async putBlob(blob, open) {
      await begin();
      await stage.putBlob(blob, open);
    },
    delete: () => Promise.reject(writtenWhole(name)),
    async commit() {
      if (begun === undefined) return;
      await stage.commit();
      const wanted = await (options.stage === undefined ? blobsIn(folder) : reachable(folder));
      const entries = await layoutEntries(folder, wanted);
      if (loadable.length > 0) {
        const text = manifestJson(loadable, namesFor(options));
        entries.push(bytesEntry("manifest.json", new TextEncoder().encode(text)));
      }
      await (options.write ?? writeOther)(file, () => pack(entries, options.epoch ?? 0));
      await abandon();
    },
    abandon,
  };
}

function writtenWhole(name: string): PauseError {
  return new PauseError(
    "usage",
    `Cannot delete from ${name}: an archive is written whole. Make it anew without that image.`,
  );
}

async function writeOther(file: string, bytes: () => ReadableStream<Uint8Array>): Promise<void> {
  if (!await hasContent(file, bytes())) await writeWhole(file, bytes());
}

/** docker adds what a short name lacks. */
function namesFor({ repository, annotate = () => ({}) }: ArchiveOptions): NameOf {
  if (repository !== undefined) return (tag) => `${repository}:${tag}`;
  return (tag) => annotate(tag)[ANNOTATION.containerdName];
}

/** containerd and podman look for the name in index.json, docker in manifest.json. */
function namer(name: string | undefined): Annotate {
  if (name === undefined) return () => ({});
  const repository = parseRepository(name);
  return (tag) => ({ [ANNOTATION.containerdName]: formatReference({ ...repository, tag }) });
}

/** Sees that the file can be replaced, before anything is written, and removes killed processes' stages. */
async function beginArchive(file: string, folder: string): Promise<void> {
  await requireReplaceable(file);
  await removeAll(join(folder, INDEX_FILE));
  await sweep(dirname(file), (becoming) => becoming === basename(file));
}

/** The blobs of a layout that nobody else wrote to: their paths. */
async function blobsIn(folder: string): Promise<ReadonlySet<string>> {
  const blobs = (await namesIn(join(folder, "blobs"))).map(async (algorithm) =>
    (await namesIn(join(folder, "blobs", algorithm)))
      .filter((name) => !readTemporary(name))
      .map((name) => `blobs/${algorithm}/${name}`)
  );
  return new Set((await Promise.all(blobs)).flat());
}

/** The blobs that the layout's index.json leads to: their paths. */
async function reachable(folder: string): Promise<ReadonlySet<string>> {
  const reader = layoutReader(`oci:${folder}`, folderFiles(folder));
  const found = new Set<string>();
  const left = (await reader.entries()).list.map(({ descriptor }) => descriptor);
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const path = blobPath(next.digest);
    if (found.has(path)) continue;
    found.add(path);
    if (!isManifest(next.mediaType)) continue;
    const { descriptor, bytes } = await reader.getManifest(next.digest);
    left.push(...children(descriptor, bytes));
  }
  return found;
}

/** The files of a staged layout: `wanted` ones, as far as they are there. Foreign layers are not. */
async function layoutEntries(folder: string, wanted: ReadonlySet<string>): Promise<PackEntry[]> {
  const entries = await Promise.all([LAYOUT_FILE, INDEX_FILE, ...wanted].map(async (name) => {
    const path = join(folder, name);
    const size = await sizeIfThere(path);
    return size === undefined ? [] : [fileEntry(name, path, size)];
  }));
  return entries.flat();
}
