import { packLayer } from "../../build/image/layer.ts";
import { windowsEntries } from "../../build/image/windows-layer.ts";
import { type Content, type Descriptor, jsonContent } from "../../build/oci/descriptor.ts";
import { DOCKER } from "../../build/oci/media-types.ts";
import type { Platform } from "../../build/oci/platform.ts";
import { memoryStore } from "../../build/store/memory.ts";
import type { Store } from "../../build/store/store.ts";
import { putBlob } from "../store/put.ts";

/** The type of Microsoft's own layers, as they were until 2023, and in images that are older. */
const FOREIGN = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";

/** A base for pause images, in the shape of Microsoft's: one image for each version of Windows. */
export interface WindowsBase {
  readonly index: Content;
  readonly images: readonly BaseImage[];
}

export interface BaseImage {
  readonly version: string;
  readonly manifest: Content;
  readonly config: Content;
  /** From the lowest; the first is Windows itself. */
  readonly layers: readonly Content[];
}

export interface BaseOptions {
  /** @default one of each that upstream has */
  readonly versions?: readonly string[];
  /** Whether Windows' own layer stays with Microsoft. @default true */
  readonly foreign?: boolean;
  /** Of the images' configurations. @default windows/amd64 */
  readonly platform?: Platform;
  /** What the index says of an image, when that is not what is so. */
  readonly said?: (version: string) => Partial<Platform>;
  /** Makes other bytes. @default 1 */
  readonly seed?: number;
}

export const VERSIONS: readonly string[] = [
  "10.0.17763.6893",
  "10.0.20348.3207",
  "10.0.26100.3194",
];

/** The same options make the same bytes. */
export async function windowsBase(options: BaseOptions = {}): Promise<WindowsBase> {
  const { versions = VERSIONS, said = () => ({}) } = options;
  const images = await Promise.all(versions.map((version) => baseImage(version, options)));
  const index = jsonContent(DOCKER.index, {
    schemaVersion: 2,
    mediaType: DOCKER.index,
    manifests: images.map(({ manifest, version }) => ({
      ...manifest.descriptor,
      platform: { ...platformOf(options), "os.version": version, ...said(version) },
    })),
  });
  return { index, images };
}

function platformOf({ platform }: BaseOptions): Platform {
  return platform ?? { architecture: "amd64", os: "windows" };
}

async function baseImage(version: string, options: BaseOptions): Promise<BaseImage> {
  const { foreign = true, seed = 1 } = options;
  const windows = await layer(`Windows ${version} ${seed}`, foreign ? FOREIGN : DOCKER.layer);
  const own = await layer(`keylight ${version} ${seed}`, DOCKER.layer);
  const config = jsonContent(DOCKER.config, {
    ...platformOf(options),
    config: {
      Hostname: "",
      User: "ContainerUser",
      Env: ["Path=C:\\Windows\\system32;C:\\Windows;C:\\tools", "BASE=yes"],
      Cmd: ["c:\\windows\\system32\\cmd.exe"],
      ArgsEscaped: true,
      WorkingDir: "",
      Labels: null,
    },
    created: "2025-02-11T20:00:00Z",
    history: [
      { created: "2025-02-08T20:00:00Z", created_by: `Apply image ${version}` },
      { created: "2025-02-11T20:00:00Z", created_by: "COPY binaries /tools" },
      { created: "2025-02-11T20:00:00Z", created_by: "USER ContainerUser", empty_layer: true },
    ],
    "os.version": version,
    rootfs: { type: "layers", diff_ids: [windows.diffId, own.diffId] },
  });
  const { digest } = windows.content.descriptor;
  const urls = [`https://mcr.example/v2/windows/nanoserver/blobs/${digest}`];
  const layers: Descriptor[] = [
    { ...windows.content.descriptor, ...(foreign && { urls }) },
    own.content.descriptor,
  ];
  const manifest = jsonContent(DOCKER.manifest, {
    schemaVersion: 2,
    mediaType: DOCKER.manifest,
    config: config.descriptor,
    layers,
  });
  return { version, manifest, config, layers: [windows.content, own.content] };
}

function layer(text: string, mediaType: string): ReturnType<typeof packLayer> {
  const bytes = new TextEncoder().encode(text);
  const owner = { uid: 0, gid: 0, mode: 0o644 };
  const file = { kind: "file", path: "/Windows/base.txt", bytes, ...owner } as const;
  return packLayer([file], mediaType, windowsEntries);
}

/** Puts a base into a store under a tag, as it is on Microsoft's registry: without foreign layers. */
export async function storeBase(
  store: Store,
  { index, images }: WindowsBase,
  tags: readonly string[],
): Promise<void> {
  for (const { manifest, config, layers } of images) {
    for (const blob of [config, ...layers]) {
      if (blob.descriptor.mediaType !== FOREIGN) await putBlob(store, blob);
    }
    await store.putManifest(manifest, []);
  }
  await store.putManifest(index, tags);
}

/** A store that holds a base as `v1`. */
export async function baseStore(base: WindowsBase, name = "base.example/x"): Promise<Store> {
  const store = memoryStore(name);
  await storeBase(store, base, ["v1"]);
  return store;
}
