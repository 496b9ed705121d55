import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { unpackTar } from "modern-tar";
import type { ImageConfig, Index, Manifest } from "../../build/oci/manifest.ts";
import { listing } from "./build-from.ts";

/** What an image is to who runs it, whatever built it. */
export interface Seen {
  readonly platform: readonly (string | undefined)[];
  readonly config: Readonly<Record<string, unknown>>;
  /** What a container finds, by path: permissions, owner and content. */
  readonly files: Readonly<Record<string, string>>;
}

/** Reads what `docker save`, `podman save` or `buildah push` wrote: a docker-archive or an oci-archive. */
export async function readSaved(archive: string): Promise<Seen> {
  const entries = await unpackTar(await readFile(archive));
  const files = new Map(
    entries.map(({ header, data }) => [header.name.replace(/^\.\//, ""), data]),
  );
  const bytes = (name: string): Uint8Array => files.get(name) ?? new Uint8Array();
  const json = (name: string): unknown => JSON.parse(new TextDecoder().decode(bytes(name)));
  if (files.has("index.json")) {
    const blob = (digest = ""): string => `blobs/${digest.replace(":", "/")}`;
    const index = json("index.json") as Index;
    const { config, layers } = json(blob(index.manifests[0]?.digest)) as Manifest;
    return await see(
      json(blob(config.digest)) as ImageConfig,
      layers.map(({ digest }) => bytes(blob(digest))),
    );
  }
  const [image] = json("manifest.json") as { Config: string; Layers: string[] }[];
  return await see(json(image?.Config ?? "") as ImageConfig, (image?.Layers ?? []).map(bytes));
}

/** What an image of this configuration and these layers is to who runs it. */
export async function see(config: ImageConfig, layers: readonly Uint8Array[]): Promise<Seen> {
  const lines = await Promise.all(layers.map((layer) => listing(unzipped(layer))));
  return {
    platform: [config.os, config.architecture, config.variant],
    config: comparable(config.config ?? {}),
    files: Object.fromEntries(
      lines.flat().map((line) => {
        const [, rights = "", path = "", what = ""] =
          /^(\S+ \S+) (.*?)(| = .*| -> .*)$/s.exec(line) ?? [];
        return [path, rights + what] as const;
      }).sort(([a], [b]) => a < b ? -1 : 1),
    ),
  };
}

function unzipped(layer: Uint8Array): Uint8Array {
  return layer[0] === 0x1f ? gunzipSync(layer) : layer;
}

/** The fields that a Dockerfile sets. Engines say nothing in several ways: null, "", "/" for a folder. */
function comparable(config: NonNullable<ImageConfig["config"]>): Record<string, unknown> {
  const { User, ExposedPorts, Env, Entrypoint, Cmd, Volumes, WorkingDir, Labels, StopSignal } =
    config;
  const { "io.buildah.version": _, ...labels } = Labels ?? {};
  return {
    User: User ?? "",
    ExposedPorts: ExposedPorts ?? {},
    Env: Env ?? [],
    Entrypoint: Entrypoint ?? [],
    Cmd: Cmd ?? [],
    Volumes: Volumes ?? {},
    WorkingDir: WorkingDir || "/",
    Labels: labels,
    StopSignal: StopSignal ?? "",
  };
}
