import { join } from "node:path";
import { readIfThere, writeWhole } from "../host/files.ts";
import { everySettled } from "../host/settle.ts";
import type { Image as BuiltImage } from "../image/image.ts";
import { ANNOTATION } from "../oci/annotations.ts";
import { type Digest, sha256 } from "../oci/digest.ts";
import { memoryStore } from "../store/memory.ts";
import { openContext, type RecordedContext } from "./context.ts";
import type { Graph, Image, Recipe, Workshop } from "./workshop.ts";

/**
 * Writes the Dockerfiles into `bin/` and builds the images that they describe, each as soon as its
 * program is compiled, and their index.
 *
 * @throws PauseError `dockerfile`, with the line, for a template that cannot be rendered or built;
 * `storage`
 */
export async function makeGraph(workshop: Workshop): Promise<Graph> {
  const recipes = await workshop.recipes();
  // The compilers run while that is loaded which a run with nothing to build does without.
  workshop.programs();
  const { buildIndex } = await import("../image/index.ts");
  const { mediaTypes } = workshop.settings;
  const context = await openContext(workshop);
  const files: Record<string, Digest> = {};
  const built = (await everySettled(
    recipes.map((recipe, place) => buildTarget(workshop, recipe, place, context, files)),
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
  { target: { arch }, path, dockerfile, plans }: Recipe,
  place: number,
  context: RecordedContext,
  files: Record<string, Digest>,
): Promise<Built[]> {
  const { buildPlanned } = await import("../image/image.ts");
  const { settings: { tag, mediaTypes, epoch } } = workshop;
  await workshop.programs()[place];
  files[path] = await keep(join(workshop.directory, path), dockerfile);
  return await everySettled(plans.map(async (plan, variant) => {
    const contents = await buildPlanned(plan, {
      contextDir: context.read,
      created: epoch ?? (await workshop.commit()).epoch,
      mediaTypes,
    });
    const { manifest: { descriptor: manifest } } = contents;
    const { platform } = plan;
    // The second variant of an architecture has no tag of its own: upstream's names know none.
    const name = variant === 0 ? { tag: `${tag}-${platform.os}-${arch}` } : {};
    return { contents, image: { arch, platform, manifest, ...name } };
  }));
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
