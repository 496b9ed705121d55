import { join } from "node:path";
import type { Target } from "../compile/target.ts";
import { PauseError } from "../error.ts";
import { readIfThere, writeWhole } from "../host/files.ts";
import { everySettled } from "../host/settle.ts";
import type { Image as BuiltImage } from "../image/image.ts";
import { ANNOTATION } from "../oci/annotations.ts";
import { type Digest, sha256 } from "../oci/digest.ts";
import { memoryStore } from "../store/memory.ts";
import { openContext, type RecordedContext } from "./context.ts";
import type { Graph, Image, Workshop } from "./workshop.ts";

/** The parts of the image floor that a run with nothing to build does not load. */
async function loadBuilder() {
  const [{ renderTemplate }, { parseDockerfile }, { planImage }, { buildImage }, { buildIndex }] =
    await Promise.all([
      import("../image/template.ts"),
      import("../image/dockerfile.ts"),
      import("../image/plan.ts"),
      import("../image/image.ts"),
      import("../image/index.ts"),
    ]);
  return { renderTemplate, parseDockerfile, planImage, buildImage, buildIndex };
}

/**
 * Renders the template for every target and reads what came out, and writes nothing.
 * @throws PauseError `dockerfile`, with the line, for what cannot be rendered or is not done
 */
export async function checkTemplate(workshop: Workshop): Promise<void> {
  const { parseDockerfile, planImage } = await loadBuilder();
  await everySettled(workshop.settings.targets.map(async (target) => {
    const path = dockerfilePath(target);
    const dockerfile = await parseDockerfile(await render(workshop, target), path);
    planImage(dockerfile, path, target.platforms[0], {});
  }));
}

/** Where the rendered Dockerfile of a target is, below the working directory. */
function dockerfilePath(target: Target): string {
  return `bin/Dockerfile-${target.arch}`;
}

/**
 * Renders the Dockerfiles into `bin/` and builds the images that they describe, each as soon as its
 * program is compiled, and their index.
 *
 * @throws PauseError `dockerfile`, with the line, for a template that cannot be rendered or built;
 * `storage`
 */
export async function makeGraph(workshop: Workshop): Promise<Graph> {
  const { buildIndex } = await loadBuilder();
  const { settings: { targets, mediaTypes } } = workshop;
  const context = await openContext(workshop);
  const files: Record<string, Digest> = {};
  const built = (await everySettled(
    targets.map((target, place) => buildTarget(workshop, target, place, context, files)),
  )).flat();
  const index = buildIndex(
    built.map(({ image: { platform }, contents: { manifest } }) => ({ platform, manifest })),
    mediaTypes,
    await indexAnnotations(workshop, built),
  );
  const contents = [
    ...built.flatMap(({ contents: { layers, config, manifest } }) => [...layers, config, manifest]),
    index,
  ];
  return {
    store: memoryStore("the freshly built image", contents),
    images: built.map(({ image }) => image),
    index: index.descriptor,
    pieces: contents.map(({ descriptor }) => descriptor),
    files,
    reads: context.reads,
  };
}

interface Built {
  readonly image: Image;
  readonly contents: BuiltImage;
}

/** One image for each platform of a target; they differ in their config alone. */
async function buildTarget(
  workshop: Workshop,
  target: Target,
  place: number,
  context: RecordedContext,
  files: Record<string, Digest>,
): Promise<Built[]> {
  const { buildImage } = await loadBuilder();
  const { settings: { tag, mediaTypes, epoch } } = workshop;
  const path = dockerfilePath(target);
  const dockerfile = await render(workshop, target);
  await workshop.checked();
  await workshop.programs()[place];
  files[path] = await keep(join(workshop.directory, path), dockerfile);
  return await everySettled(target.platforms.map(async (platform, variant) => {
    const contents = await buildImage({
      dockerfile,
      path,
      contextDir: context.read,
      platform,
      created: epoch ?? (await workshop.commit()).epoch,
      mediaTypes,
    });
    const { manifest: { descriptor: manifest } } = contents;
    // The second variant of an architecture has no tag of its own: upstream's names know none.
    const name = variant === 0 ? { tag: `${tag}-${platform.os}-${target.arch}` } : {};
    return { contents, image: { arch: target.arch, platform, manifest, ...name } };
  }));
}

async function render({ settings, source }: Workshop, target: Target): Promise<string> {
  const { renderTemplate } = await loadBuilder();
  const variables = {
    ARCH: target.arch,
    OS: target.platforms[0].os,
    TAG: settings.tag,
    VERSION: settings.version,
    BASE: settings.base,
  };
  const template = await readIfThere(source.template);
  if (template === undefined) {
    throw new PauseError("dockerfile", `Cannot render ${source.template}: there is no such file.`);
  }
  return renderTemplate(new TextDecoder().decode(template), variables, source.template);
}

/** Writes a file, unless it is there with that content. */
async function keep(path: string, text: string): Promise<Digest> {
  const bytes = new TextEncoder().encode(text);
  const digest = sha256(bytes);
  const there = await readIfThere(path);
  if (there === undefined || sha256(there) !== digest) await writeWhole(path, bytes);
  return digest;
}

/** What all images say of themselves, and the source they were made of. */
async function indexAnnotations(workshop: Workshop, [first]: readonly Built[]) {
  const revision = workshop.settings.revision ?? (await workshop.commit()).revision;
  return {
    ...first?.contents.annotations,
    ...(revision !== "" && { [ANNOTATION.revision]: revision }),
  };
}
