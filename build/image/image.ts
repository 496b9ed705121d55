import { ANNOTATION } from "../oci/annotations.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { layerTypeIn, type MediaTypes } from "../oci/media-types.ts";
import type { Platform } from "../oci/platform.ts";
import { assemble, formatTime, type Image } from "./assemble.ts";
import { type HistoryLine, imageConfig } from "./config.ts";
import { folderContext, type ReadContext } from "./context.ts";
import { parseDockerfile } from "./dockerfile.ts";
import { type Layer, packLayer } from "./layer.ts";
import type { LayerFile } from "./layer-file.ts";
import { refuse } from "./place.ts";
import { type NamedBase, type Plan, planImage, type Step } from "./plan.ts";
import { applyChange, emptyTree } from "./tree.ts";
import { windowsEntries } from "./windows-layer.ts";

/** What a planned image is made of beyond its Dockerfile. */
export interface Materials {
  /** The folder that ADD and COPY take from, or what reads from another place. */
  readonly contextDir: string | ReadContext;
  /** The image's time: whole seconds since 1970, up to the end of the year 9999. */
  readonly created: number;
  readonly mediaTypes: MediaTypes;
}

/** What an image is made of. */
export interface ImageRequest extends Materials {
  /** The text of the Dockerfile. */
  readonly dockerfile: string;
  /** How errors name it: `bin/Dockerfile-arm64`. */
  readonly path: string;
  readonly platform: Platform;
  /** Values of ARGs. @default none */
  readonly buildArgs?: Readonly<Record<string, string>>;
  /** What FROM names, and has to name. @default scratch */
  readonly base?: NamedBase;
}

/**
 * Builds the image that a Dockerfile describes, in memory, as Docker, BuildKit and buildah build it.
 * The same request gives the same bytes, on any machine. Nothing is written.
 *
 * @throws PauseError `dockerfile` with `path:line` for an instruction that is wrong or not done, before
 * any file is read; for a file of the context that is not there; for an image without files.
 * `storage` for a file that cannot be read; `usage` for a `created` out of range
 * @see docs/dockerfile.md
 */
export async function buildImage(request: ImageRequest): Promise<Image> {
  const { dockerfile, path, platform, buildArgs = {}, base } = request;
  const plan = planImage(parseDockerfile(dockerfile, path), path, platform, buildArgs, base);
  return await buildPlanned(plan, request);
}

/** Builds as {@link buildImage} does, by a Dockerfile that is understood already. */
export async function buildPlanned(plan: Plan, materials: Materials): Promise<Image> {
  const { path, platform, draft, base } = plan;
  const { mediaTypes } = materials;
  const created = formatTime(materials.created);
  const built = await buildLayers(plan, materials);
  const layers = built.layers.map(({ content }) => content);
  if (layers.length === 0) {
    throw refuse({ path, line: 1 }, "the image has no file", "ADD or COPY what it is to run.");
  }
  const diffIds = built.layers.map(({ diffId }) => diffId);
  const config = imageConfig(draft, platform, created, diffIds, built.history, base?.image.config);
  return assemble(
    { config, layers, below: below(base, mediaTypes), more: baseAnnotations(base) },
    mediaTypes,
  );
}

/** Reads every file first, so that nothing is packed for an image that cannot be built. */
async function buildLayers(
  { steps, platform: { os } }: Plan,
  { contextDir, mediaTypes }: Materials,
): Promise<{ layers: readonly Layer[]; history: readonly HistoryLine[] }> {
  const read = typeof contextDir === "string" ? folderContext(contextDir) : contextDir;
  const tree = emptyTree();
  const changes = [];
  for (const step of steps) {
    const { text, change } = step;
    const files = change === undefined ? [] : await applyChange(tree, change, read);
    if (os === "windows") requireNoLinks(step, files);
    changes.push({ text, files });
  }
  const full = changes.filter(({ files }) => files.length > 0);
  return {
    layers: await Promise.all(
      full.map(({ files }) => packLayer(files, mediaTypes.layer, ARRANGEMENTS[os])),
    ),
    history: changes.map(({ text, files }) => ({ text, empty: files.length === 0 })),
  };
}

/** How layers are arranged that are not as Linux has them, by operating system. */
const ARRANGEMENTS: Readonly<Record<string, typeof windowsEntries>> = { windows: windowsEntries };

/** A link would need to know on which drive, and whether to a file or a folder. */
function requireNoLinks({ change }: Step, files: readonly LayerFile[]): void {
  const link = files.find(({ kind }) => kind === "link");
  if (link === undefined || change === undefined) return;
  throw refuse(
    change.place,
    `${link.path} is a link, which is not done for Windows`,
    "Copy a file.",
  );
}

/** The layers of the base, by the names that the image's media types have for them. */
function below(base: NamedBase | undefined, mediaTypes: MediaTypes): Descriptor[] {
  return base?.image.layers.map((layer) => ({
    ...layer,
    mediaType: layerTypeIn(mediaTypes, layer.mediaType),
  })) ?? [];
}

function baseAnnotations(base: NamedBase | undefined): Record<string, string> {
  if (base === undefined) return {};
  const { name, image: { descriptor: { digest } } } = base;
  return {
    [ANNOTATION.baseName]: name.replace(/@.*/, ""),
    [ANNOTATION.baseDigest]: digest,
  };
}
