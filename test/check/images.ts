import { gzipSync } from "node:zlib";
import { packTar } from "modern-tar";
import type { Target } from "../../build/check/open.ts";
import { type Report, verifyTarget } from "../../build/check/verify.ts";
import { type Content, content, type Descriptor, jsonContent } from "../../build/oci/descriptor.ts";
import { sha256 } from "../../build/oci/digest.ts";
import { type MediaTypes, OCI } from "../../build/oci/media-types.ts";
import type { Platform } from "../../build/oci/platform.ts";
import { memoryStore } from "../../build/store/memory.ts";
import { elfBytes, goodElf } from "../compile/elf-file.ts";

/** A JSON document that a test may change in every way. */
export type Json = Record<string, unknown>;

/** One entry of a layer. */
export interface File {
  readonly path: string;
  readonly bytes?: Uint8Array;
  readonly mode?: number;
  readonly uid?: number;
  readonly type?: "file" | "directory" | "symlink" | "link" | "character-device";
  readonly to?: string;
  /** Extended attributes. */
  readonly attributes?: Readonly<Record<string, string>>;
}

/** The parts of an image, each of which a test may replace or change before the next is made from it. */
export interface Recipe {
  readonly platform?: Platform;
  /** The files of each layer. */
  readonly layers?: readonly (readonly File[])[];
  /** How a layer's tar becomes a blob. @default gzip */
  readonly compress?: (tar: Uint8Array) => Uint8Array;
  /** Changes the configuration in place. */
  readonly config?: (config: Json) => void;
  /** Changes the manifest in place. */
  readonly manifest?: (manifest: Json) => void;
  /** Changes the index's entry in place; `false`: there is no index. */
  readonly entry?: ((entry: Json) => void) | false;
  /** Changes the index in place. */
  readonly index?: (index: Json) => void;
  /** What happens to the blobs once all are made: `held` is by what they are in the image. */
  readonly spoil?: (held: Parts) => void;
  readonly types?: MediaTypes;
}

/** What a store is given; a part without content is missing. */
export type Parts = {
  config?: Content;
  manifest?: Content;
  layer?: Content;
};

/** A program for amd64 with nothing wrong in it. */
export const PROGRAM: Uint8Array<ArrayBuffer> = elfBytes(goodElf());

export const AMD64: Platform = { os: "linux", architecture: "amd64" };

/** The one file of a good image. */
export const PAUSE: File = { path: "pause", bytes: PROGRAM, mode: 0o755 };

/** Makes an image, good but for what the recipe says, ready to be verified. */
export async function imageOf(recipe: Recipe): Promise<Target> {
  const { platform = AMD64, layers = [[PAUSE]], types = OCI } = recipe;
  const tars = await Promise.all(layers.map(tarOf));
  const compress = recipe.compress ?? ((tar) => new Uint8Array(gzipSync(tar)));
  const blobs = tars.map((tar) => content(types.layer, compress(tar)));
  const config = document(types.config, configOf(platform, tars), recipe.config);
  const manifest = document(types.manifest, {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: config.descriptor,
    layers: blobs.map(({ descriptor }) => descriptor),
  }, recipe.manifest);
  const parts: Parts = { config, manifest, ...(blobs[0] && { layer: blobs[0] }) };
  recipe.spoil?.(parts);
  const held = [parts.config, parts.manifest, parts.layer, ...blobs.slice(1)];
  const source = memoryStore("memory", held.flatMap((one) => one ?? []));
  const root = recipe.entry === false ? manifest : indexOf(manifest.descriptor, platform, recipe);
  return { kind: "image", name: "memory", source, root };
}

/** What came out for an image made by the recipe. Nothing is run. */
export async function reportOn(recipe: Recipe): Promise<Report> {
  return await verifyTarget(await imageOf(recipe), { static: true });
}

/** The ids of the rows that came out so, in their order. */
export function idsOf(report: Report, outcome: "pass" | "fail" | "unchecked"): string[] {
  return report.subjects.flatMap(({ rows }) =>
    rows.filter((judged) => judged.outcome === outcome).map(({ row }) => row.id)
  );
}

/** Makes an archive. */
export async function tarOf(files: readonly File[]): Promise<Uint8Array> {
  return await packTar(
    files.map(({ path, bytes, mode = 0o644, uid = 0, type, to, attributes }) => ({
      header: {
        name: path,
        mode,
        uid,
        gid: 0,
        mtime: new Date(0),
        size: bytes?.length ?? 0,
        type: type ?? "file",
        ...(to !== undefined && { linkname: to }),
        ...(attributes && { pax: attributes }),
      },
      ...(bytes && { body: bytes }),
    })),
  );
}

function configOf(platform: Platform, tars: readonly Uint8Array[]): Json {
  return {
    created: "1970-01-01T00:00:00Z",
    ...platform,
    config: { User: "65535:65535", Entrypoint: ["/pause"], WorkingDir: "/" },
    rootfs: { type: "layers", diff_ids: tars.map(sha256) },
    history: tars.map(() => ({ created_by: "a test" })),
  };
}

function indexOf(manifest: Descriptor, platform: Platform, recipe: Recipe): Content {
  const { types = OCI, entry } = recipe;
  const listed: Json = { ...manifest, platform };
  if (entry) entry(listed);
  return document(types.index, {
    schemaVersion: 2,
    mediaType: types.index,
    manifests: [listed],
  }, recipe.index);
}

function document(mediaType: string, value: Json, change?: (value: Json) => void): Content {
  change?.(value);
  return jsonContent(mediaType, value);
}
