import { join } from "node:path";
import type { System } from "../compile/target.ts";
import { readIfThere, writeWhole } from "../host/files.ts";
import { everySettled } from "../host/settle.ts";
import type { Image as ImageContents } from "../image/assemble.ts";
import { ANNOTATION } from "../oci/annotations.ts";
import { type Digest, sha256 } from "../oci/digest.ts";
import { backedStore } from "../store/backed.ts";
import { memoryStore } from "../store/memory.ts";
import { borrowedFrom } from "./windows/borrowed.ts";
import { openContext, type RecordedContext } from "./context.ts";
import { buildsOf } from "./engines/build.ts";
import { piecesOf } from "./pieces.ts";
import type { Attached, BuiltImage, Graph, Image, Recipe, Workshop } from "./workshop.ts";

/**
 * Writes the Dockerfiles into `bin/` and builds the images that they describe, each as soon as its
 * program is compiled, and their index.
 *
 * @throws PauseError `dockerfile`, with the line, for a template that cannot be rendered or built;
 * `storage`
 */
export async function makeGraph(workshop: Workshop): Promise<Graph> {
  await workshop.engine();
  const recipes = await workshop.recipes();
  // The compilers run while that is loaded which a run with nothing to build does without.
  workshop.programs();
  const { buildIndex } = await import("../image/index.ts");
  const { found, missing } = await workshop.bases();
  const { mediaTypes } = workshop.settings;
  const context = await openContext(workshop);
  const files: Record<string, Digest> = {};
  const built = (await everySettled(
    recipes.map((recipe) => buildTarget(workshop, recipe, context, files)),
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
  const { layers, stores, lent } = borrowedFrom(found);
  let attached: Promise<readonly Attached[]> | undefined;
  const graph: Graph = {
    built: built.map(asBuilt),
    attached: () => attached ??= attachTo(workshop, graph),
    store: backedStore(memoryStore("the freshly built image", contents), stores),
    images: built.map(({ image }) => image),
    index: index.descriptor,
    lent,
    pieces: [...contents.map(({ descriptor }) => descriptor), ...layers],
    files,
    reads: context.reads,
    missing: missing.map(({ edition: { name }, reason: { message } }) => ({
      name,
      reason: message,
    })),
  };
  return graph;
}

/** Where nothing is attached nothing of it is loaded. */
async function attachTo(workshop: Workshop, graph: Graph): Promise<readonly Attached[]> {
  if (workshop.settings.attach.length === 0) return [];
  return await (await import("./attached/attach.ts")).makeAttached(workshop, graph);
}

function asBuilt({ image, contents: { layers }, base }: Built): BuiltImage {
  return { image, arch: image.arch, layers, ...(base && { base }) };
}

interface Built extends Pick<BuiltImage, "base"> {
  readonly image: Image;
  readonly contents: ImageContents;
}

/** One image for each platform of a target; they differ in their config alone. */
async function buildTarget(
  workshop: Workshop,
  recipe: Recipe,
  context: RecordedContext,
  files: Record<string, Digest>,
): Promise<Built[]> {
  const { target: { arch }, edition, path, dockerfile } = recipe;
  const { settings: { tag, mediaTypes, epoch } } = workshop;
  await ownPrograms(workshop, arch, edition === undefined ? "linux" : "windows");
  files[path] = await keep(join(workshop.directory, path), dockerfile);
  const created = epoch ?? (await workshop.commit()).epoch;
  const materials = { contextDir: context.read, created, mediaTypes };
  const orders = buildsOf(await workshop.engine(), recipe, materials);
  const base = await baseOf(workshop, recipe);
  return await everySettled(orders.map(async ({ platform, build }, variant) => {
    const contents = await build();
    const { manifest: { descriptor: manifest } } = contents;
    // The second variant of an architecture has no tag of its own: upstream's names know none.
    const name = variant === 0 ? { tag: `${tag}-${edition?.suffix ?? `linux-${arch}`}` } : {};
    return { contents, image: { arch, platform, manifest, ...name }, ...(base && { base }) };
  }));
}

async function baseOf(
  { bases }: Workshop,
  { edition }: Recipe,
): Promise<BuiltImage["base"]> {
  const { found } = await bases();
  const own = found.find((base) => base.edition === edition);
  return own && { name: own.name.replace(/@.*/, ""), digest: own.image.descriptor.digest };
}

/** The Dockerfile appears when what it is about is compiled. */
async function ownPrograms(workshop: Workshop, arch: string, system: System): Promise<void> {
  const programs = workshop.programs();
  const own = piecesOf(workshop.settings, "pause").map((piece, at) =>
    piece.system === system && piece.target.arch === arch ? programs[at] : undefined
  );
  await everySettled(own.flatMap((program) => program ?? []));
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
