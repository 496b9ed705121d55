import { existsSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { PauseError } from "../error.ts";
import { readIfThere, sizeIfThere, storageError } from "../host/files.ts";
import type { Content, Descriptor } from "../oci/descriptor.ts";
import { isAttachmentTag } from "../oci/attachment-tag.ts";
import { ANNOTATION } from "../oci/annotations.ts";
import { type Digest, isDigest } from "../oci/digest.ts";
import { formatReference, parseReference, splitDigest } from "../oci/reference.ts";
import type { LayoutReader } from "../store/layout/reader.ts";
import { openSource, type Place, readPlace } from "../store/place.ts";
import type { CredentialSource } from "../store/registry/login/credentials.ts";
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
  /** A folder of certificates for registries. @default the system's places */
  readonly certDir?: string;
  /** Where logins are looked up. @default the environment and docker's and podman's files */
  readonly credentials?: CredentialSource;
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
  const { name, digest } = splitDigest(text);
  if (/^(oci|oci-archive|docker-archive):/.test(name)) {
    return await openPlaceNamed(readPlace(name), digest);
  }
  if (existsSync(name)) {
    const form = await formOf(name);
    if (form === "program") return await openProgram(name);
    return await openPlaceNamed({ form, path: name }, digest);
  }
  const path = name.replace(/:[^/:]*$/, "");
  if (existsSync(path)) {
    const form = await formOf(path);
    if (form !== "program") return await openPlaceNamed(readPlace(`${form}:${name}`), digest);
  }
  if (isPath(path) || !/[/:@]/.test(text)) {
    throw notThere(
      text,
      "Write an image on a registry with its host, such as registry.k8s.io/pause:3.10.",
    );
  }
  return await openReference(text, options);
}

/** Words that are meant as paths, whether or not there is such a file. */
function isPath(text: string): boolean {
  return /^\.{0,2}\//.test(text) || text.endsWith(".tar");
}

/** What lies at a path. A file is an archive whatever it is called. */
async function formOf(path: string): Promise<Place["form"] | "program"> {
  if (await sizeIfThere(path) !== undefined) {
    return path.endsWith(".tar") || await isTar(path) ? "oci-archive" : "program";
  }
  if (statSync(path).isDirectory()) return "oci";
  throw new PauseError(
    "usage",
    `Cannot verify ${path}: it is neither a file nor a folder. Name one of these.`,
  );
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

async function openPlaceNamed(place: Place, digest?: Digest): Promise<Target> {
  const { form, path, tag } = place;
  if (!existsSync(path)) {
    throw notThere(`${form}:${path}`, 'Name another, or make it: "pause-image all" makes out.');
  }
  const source = openSource(place);
  const root = await source.getManifest(digest ?? tag ?? await onlyRoot(source));
  const words = [tag && `:${tag}`, digest && `@${digest}`].filter((word) => word !== undefined);
  return { kind: "image", name: source.name + words.join(""), source, root };
}

/** The one image of a layout: the one with a tag, or else the one there is. */
async function onlyRoot(source: LayoutReader): Promise<string> {
  const { list: entries } = await source.entries();
  const list = entries.filter(({ descriptor }) => !hangs(descriptor));
  const tags: string[] = [];
  for await (const tag of source.tags()) if (!isAttachmentTag(tag)) tags.push(tag);
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
        roots.slice(0, 10).map((name) => `${source.name}${isDigest(name) ? "@" : ":"}${name}`)
          .join(", ")
      }.`,
  );
}

/** Whether it is no image by itself: a signature, an SBOM, a list of these. */
function hangs({ annotations = {}, artifactType }: Descriptor): boolean {
  return artifactType !== undefined || ANNOTATION.hangingName in annotations ||
    isAttachmentTag(annotations[ANNOTATION.refName] ?? "");
}

async function openReference(
  text: string,
  options: OpenOptions,
): Promise<Target> {
  const reference = parseReference(text);
  // Whoever checks a file does not load the client.
  const { openPull } = await import("../store/registry/pull.ts");
  const source = openPull(reference, options);
  const root = await source.getManifest(reference.digest ?? reference.tag ?? "latest");
  return { kind: "image", name: formatReference(reference), source, root };
}

function notThere(text: string, next: string): PauseError {
  return new PauseError(
    "usage",
    `Cannot verify ${text}: there is no such file or folder. ${next}`,
  );
}
