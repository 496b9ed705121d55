import { existsSync } from "node:fs";
import { open } from "node:fs/promises";
import { PauseError } from "../error.ts";
import { readIfThere, sizeIfThere, storageError } from "../host/files.ts";
import type { Content } from "../oci/descriptor.ts";
import { ANNOTATION } from "../oci/annotations.ts";
import { isDigest } from "../oci/digest.ts";
import { formatReference, parseReference } from "../oci/reference.ts";
import type { LayoutReader } from "../store/layout/reader.ts";
import { openSource, type Place, readPlace } from "../store/place.ts";
import { UNPACKED_LIMIT } from "./layers.ts";
import type { Source } from "./source.ts";

/** What is to be checked. */
export type Target =
  | { readonly kind: "program"; readonly name: string; readonly bytes: Uint8Array }
  | {
    readonly kind: "image";
    readonly name: string;
    readonly source: Source;
    readonly root: Content;
  };

/** How to reach what is to be checked. */
export interface OpenOptions {
  /** Speaks to a host that is not this machine without TLS. @default false */
  readonly plainHttp?: boolean;
  /** Gives up when it fires. */
  readonly signal?: AbortSignal;
}

/**
 * Opens what a user named: a program, an OCI layout, an archive, or an image on a registry. What
 * exists as a file or folder is that; everything else is a registry's.
 *
 * @throws PauseError `usage` when the name is none, or names several images; `storage`, `registry`,
 * `authentication` when it cannot be read; `verification` when its first document is malformed
 */
export async function openTarget(text: string, options: OpenOptions = {}): Promise<Target> {
  if (/^(oci|oci-archive|docker-archive):/.test(text)) return await openPlaceNamed(readPlace(text));
  if (await isProgram(text)) return await openProgram(text);
  const place = existsSync(text) || isPath(text) ? readPlace(text) : undefined;
  if (place && existsSync(place.path)) return await openPlaceNamed(await withForm(place));
  const untagged = text.replace(/:[^/:]*$/, "");
  if (place === undefined && existsSync(untagged)) {
    return await openPlaceNamed(await withForm(readPlace(text)));
  }
  if (place || !/[/:@]/.test(text)) throw notThere(text);
  return await openReference(text, options);
}

/** Words that are meant as paths, whether or not there is such a file. */
function isPath(text: string): boolean {
  return /^\.{0,2}\//.test(text) || text.endsWith(".tar");
}

async function isProgram(path: string): Promise<boolean> {
  return await sizeIfThere(path) !== undefined && !path.endsWith(".tar") && !await isTar(path);
}

/** A file is an archive whatever it is called. */
async function withForm(place: Place): Promise<Place> {
  const isFile = await sizeIfThere(place.path) !== undefined;
  return { ...place, form: isFile ? "oci-archive" : "oci" };
}

/** Whether the file says "ustar" where tars do. */
async function isTar(path: string): Promise<boolean> {
  const bytes = new Uint8Array(5);
  try {
    const file = await open(path, "r");
    try {
      await file.read(bytes, 0, bytes.length, 257);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw storageError("read", path, error);
  }
  return new TextDecoder().decode(bytes) === "ustar";
}

async function openProgram(path: string): Promise<Target> {
  const size = await sizeIfThere(path) ?? 0;
  if (size > UNPACKED_LIMIT) {
    throw new PauseError(
      "verification",
      `Cannot verify ${path}: it has ${size} bytes, and a program has at most ${UNPACKED_LIMIT}.`,
    );
  }
  return { kind: "program", name: path, bytes: await readIfThere(path) ?? new Uint8Array() };
}

async function openPlaceNamed(place: Place): Promise<Target> {
  const { path, tag } = place;
  if (!existsSync(path)) throw notThere(path);
  const source = openSource(place);
  const root = await source.getManifest(tag ?? await onlyRoot(source));
  return { kind: "image", name: tag ? `${source.name}:${tag}` : source.name, source, root };
}

/** The one image of a layout: the one with a tag, or else the one there is. */
async function onlyRoot(source: LayoutReader): Promise<string> {
  const { list } = await source.entries();
  const tags: string[] = [];
  for await (const tag of source.tags()) tags.push(tag);
  const tagged = list.filter(({ descriptor }) => descriptor.annotations?.[ANNOTATION.refName]);
  const digests = (tagged.length > 0 ? tagged : list).map(({ descriptor }) => descriptor.digest);
  const [root] = digests;
  if (root !== undefined && new Set(digests).size === 1) return root;
  const roots = tags.length > 0 ? tags : digests;
  throw new PauseError(
    "usage",
    root === undefined
      ? `Cannot verify ${source.name}: it holds no image. Run "pause-image all" first.`
      : `Cannot verify ${source.name}: it holds ${roots.length} images. Name one: ${
        roots.slice(0, 10).map((name) => isDigest(name) ? name : `${source.name}:${name}`)
          .join(", ")
      }.`,
  );
}

async function openReference(
  text: string,
  { plainHttp = false, signal }: OpenOptions,
): Promise<Target> {
  const reference = parseReference(text);
  // Whoever checks a file does not load the client.
  const { registryStore } = await import("../store/registry/registry.ts");
  const source = registryStore(reference, { access: "pull", plainHttp, ...(signal && { signal }) });
  const root = await source.getManifest(reference.digest ?? reference.tag ?? "latest");
  return { kind: "image", name: formatReference(reference), source, root };
}

function notThere(text: string): PauseError {
  return new PauseError(
    "usage",
    `Cannot verify ${text}: there is no such file or folder. ` +
      "Write an image on a registry with its host, such as registry.k8s.io/pause:3.10.",
  );
}
