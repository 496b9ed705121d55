import { gunzipSync } from "node:zlib";
import { unpackTar } from "modern-tar";
import type { ContextEntry, ReadContext } from "../../build/image/context.ts";
import { buildImage, type ImageRequest } from "../../build/image/image.ts";
import { PauseError } from "../../build/error.ts";
import type { ImageConfig, Manifest } from "../../build/oci/manifest.ts";
import { OCI } from "../../build/oci/media-types.ts";

/** An image, read back from its bytes. */
export interface Built {
  readonly config: ImageConfig;
  readonly manifest: Manifest;
  /** Of each layer, the entries in their order: `755 0:0 /pause = text`, `755 0:0 /data/`, `777 0:0 /a -> b`. */
  readonly layers: readonly (readonly string[])[];
}

/** What a build context holds: the texts of files by path, with a mode other than 644 before a colon. */
export type Files = Readonly<Record<string, string>>;

/** The files that most tests copy from. */
export const FILES: Files = {
  "bin/pause": "755:PAUSE",
  "dir/a": "A",
  "dir/sub/b": "600:B",
};

/** Builds the Dockerfile of these lines with {@link FILES} as context, unless `request` says otherwise. */
export async function buildFrom(
  lines: readonly string[],
  request: Partial<ImageRequest> = {},
): Promise<Built> {
  const image = await buildImage({
    dockerfile: lines.join("\n"),
    path: "Dockerfile",
    contextDir: contextOf(FILES),
    platform: { architecture: "amd64", os: "linux" },
    created: 0,
    mediaTypes: OCI,
    ...request,
  });
  const json = (bytes: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(bytes));
  return {
    config: json(image.config.bytes) as ImageConfig,
    manifest: json(image.manifest.bytes) as Manifest,
    layers: await Promise.all(image.layers.map(({ bytes }) => listing(gunzipSync(bytes)))),
  };
}

/** The message of the `dockerfile` error with which building these lines ends. */
export async function refusalOf(
  lines: readonly string[],
  request: Partial<ImageRequest> = {},
): Promise<string> {
  try {
    await buildFrom(lines, request);
  } catch (error) {
    if (error instanceof PauseError && error.code === "dockerfile") return error.message;
    throw error;
  }
  throw new Error(`This was built: ${lines.join(" / ")}`);
}

/** The entries of an archive, one line each. */
export async function listing(tar: Uint8Array): Promise<string[]> {
  return (await unpackTar(tar)).map(({ header, data }) => {
    const { name, type, mode = 0, uid, gid, linkname } = header;
    const tail = { file: ` = ${new TextDecoder().decode(data)}`, symlink: ` -> ${linkname}` };
    return `${(mode & 0o7777).toString(8)} ${uid}:${gid} /${name}${
      tail[type as "file" | "symlink"] ?? ""
    }`;
  });
}

/** A build context in memory. */
export function contextOf(files: Files): ReadContext {
  const entries = Object.entries(files).flatMap(([path, text]) => [
    ...foldersOf(path).map((folder) => ({ kind: "folder", path: folder, mode: 0o755 }) as const),
    fileOf(path, text),
  ]);
  const unique = [...new Map(entries.map((entry) => [entry.path, entry])).values()];
  return (path) => {
    const prefix = path === "." ? "" : `${path}/`;
    const below = unique.filter((entry) => entry.path.startsWith(prefix))
      .map((entry) => ({ ...entry, path: entry.path.slice(prefix.length) }));
    const self = path === "."
      ? { kind: "folder", path: "", mode: 0o755 } as const
      : unique.find((entry) => entry.path === path);
    return Promise.resolve(self && [{ ...self, path: "" }, ...below]);
  };
}

function foldersOf(path: string): string[] {
  return path.split("/").slice(0, -1).map((_, at, parts) => parts.slice(0, at + 1).join("/"));
}

function fileOf(path: string, text: string): ContextEntry {
  const [, mode = "644", rest = text] = /^(\d+):(.*)$/s.exec(text) ?? [];
  const bytes = new TextEncoder().encode(rest);
  return { kind: "file", path, mode: Number.parseInt(mode, 8), bytes };
}
