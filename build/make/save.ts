import { join, resolve } from "node:path";
import { carrier } from "../copy/copy.ts";
import { everySettled } from "../host/settle.ts";
import { isForeign } from "../oci/foreign.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { layoutStore } from "../store/layout/layout.ts";
import type { Place } from "../store/place.ts";
import type { Store } from "../store/store.ts";
import { readLock } from "./windows/base-lock.ts";
import { readsIntact } from "./context.ts";
import { digestFile, digestFiles, type Digests, digestText } from "./digests.ts";
import {
  isEngine,
  leavesIndex,
  loadedAs,
  namesAt,
  openOutput,
  type Output,
  readOutput,
  requireOutput,
} from "./engines/output.ts";
import { editionsOf } from "./windows/editions.ts";
import { attachedKey, isListed, piecesOfAttached, takesReferrers } from "./attached/saved.ts";
import { lastMade, makeAnew, type Making } from "./stamp.ts";
import type { Attached, Delivered, Graph, Images, Missing, Workshop } from "./workshop.ts";

/** What is delivered: the images, each under its own tag, or the index over them. */
export type Kind = "images" | "index";

/** What lies at the OUTPUT. */
export interface Saved extends Delivered {
  /** Every manifest and blob. */
  readonly pieces: readonly Descriptor[];
  /** What each tag points at. */
  readonly tags: Digests;
  /** The Dockerfiles, and the archive that was made. */
  readonly files: Digests;
  /** What an engine said of each tag when it had loaded it. */
  readonly loaded: Readonly<Record<string, string>>;
  /** What of the working directory went into the images, the programs apart. */
  readonly reads: Digests;
  /** The programs that the images are of. */
  readonly programs: Digests;
  readonly missing: readonly Missing[];
  /** As {@link Images.lent}. */
  readonly lent: Images["lent"];
}

/**
 * Writes the images, or the index over them, to the OUTPUT, once all of them are built.
 *
 * @throws PauseError `dockerfile`, `storage`; the OUTPUT then has its old content
 */
export async function save(workshop: Workshop, kind: Kind): Promise<Saved> {
  const place = readOutput(workshop.settings);
  const saving = making(workshop, kind, place);
  await requirePlace(workshop, kind);
  const last = await lastSaved(workshop, saving);
  const saved = last ?? await makeAnew(saving);
  for (const reference of saved.references) {
    workshop.emit({ type: "saved", outcome: saved === last ? "fresh" : "written", ...reference });
  }
  return saved;
}

/** What was saved before, if it is still right: then the programs in it are those that there are now. */
async function lastSaved(
  workshop: Workshop,
  saving: Making<Saved>,
): Promise<Saved | undefined> {
  const last = await lastMade(saving);
  if (last === undefined) return undefined;
  const programs = await everySettled(workshop.programs());
  return programs.every(({ path, digest }) => last.programs[path] === digest) ? last : undefined;
}

/**
 * The images and their index, where the OUTPUT is a layout that has them, as fresh as they can be.
 * Undefined where they have to be built.
 */
export async function findSaved(workshop: Workshop): Promise<Saved | undefined> {
  if (workshop.settings.output === "registry") return undefined;
  return await lastSaved(
    workshop,
    making(workshop, "index", readOutput(workshop.settings)),
  );
}

/**
 * Refuses an OUTPUT that is somebody else's or not there, and a builder that is not, before anything
 * is compiled for them.
 *
 * @throws PauseError `usage`, `verification`, `storage`, `toolchain`
 */
export async function requirePlace(workshop: Workshop, kind: Kind): Promise<void> {
  await requireOutput(workshop, kind === "index");
  await workshop.engine();
}

/** Whether the OUTPUT has what {@link save} would write, when no program is to be compiled for it. */
export async function isSaved(workshop: Workshop, kind: Kind): Promise<boolean> {
  const place = readOutput(workshop.settings);
  const last = await lastMade(making(workshop, kind, place));
  return last !== undefined && await filesIntact(workshop.directory, last.programs);
}

/** Opens what was saved for reading; undefined where that takes longer than to build it. */
export function openSaved(workshop: Workshop, saved: Saved): Images | undefined {
  const { images, index, lent } = saved;
  const attached = () => Promise.resolve(saved.attached);
  const place = readOutput(workshop.settings);
  if (place.form !== "oci" || index === undefined) return undefined;
  return { store: openLayout(workshop, place), images, index, lent, attached };
}

/** One graph to carry: what its top is, and the tag that shall point at it. */
interface Root {
  readonly descriptor: Descriptor;
  readonly tag: string;
}

function making(workshop: Workshop, kind: Kind, place: Output): Making<Saved> {
  const { settings, directory } = workshop;
  return {
    // One for each place: what is written to another place makes this one no older.
    name: `saved-${kind}-${digestText(settings.output).slice(-16)}`,
    directory,
    ingredients: async () => ({
      builder: workshop.builder(),
      place,
      tag: settings.tag,
      version: settings.version,
      targets: settings.targets.map((target) => target.arch),
      mediaTypes: settings.mediaTypes,
      base: settings.base,
      editions: editionsOf(settings).map(({ name }) => name),
      lock: editionsOf(settings).length > 0 ? await readLock(directory, workshop.source.root) : [],
      epoch: settings.epoch ?? null,
      revision: settings.revision ?? null,
      commit: await workshop.commit(),
      template: (await workshop.template()).digest ?? null,
      ignored: await digestFile(join(directory, ".dockerignore")) ?? null,
      // docker load gives an image the name that its archive says.
      repository: leavesIndex(place, settings) || isEngine(place)
        ? settings.repository ?? null
        : null,
      engine: (await workshop.engine())?.identity ?? null,
      attached: takesReferrers(place, settings) ? await attachedKey(workshop) : null,
    }),
    intact: async (saved) =>
      // What was missing may be there now.
      saved.missing.length === 0 &&
      await filesIntact(directory, saved.files) &&
      await readsIntact(workshop, saved.reads) &&
      (!isEngine(place) || await isLoaded(workshop, saved)) &&
      (place.form !== "oci" || await holds(openLayout(workshop, place), saved)) &&
      (place.form !== "oci" || await isListed(resolve(directory, place.path), saved.attached)),
    make: () => write(workshop, kind, place),
  };
}

async function write(workshop: Workshop, kind: Kind, place: Output): Promise<Saved> {
  const graph = await workshop.graph();
  const roots = rootsOf(workshop, kind, place, graph);
  const attached = takesReferrers(place, workshop.settings) ? await hangingOn(graph, roots) : [];
  const store = await openOutput(workshop, roots.some(isOf(graph.index)));
  try {
    const { signal } = workshop;
    const images = carrier(graph.store, store, { leaveOut: isForeign, signal });
    for (const { descriptor, tag } of roots) await images.carry(descriptor.digest, [tag]);
    if (attached.length > 0) {
      const { carryAttached } = await import("./attached/attach.ts");
      await carryAttached(images, attached);
    }
    await store.commit();
  } finally {
    await store.abandon();
  }
  const programs = await everySettled(workshop.programs());
  const archives = place.form === "oci" || isEngine(place) ? [] : [place.path];
  const tags = roots.map(({ tag }) => tag);
  const names = await namesAt(workshop, tags);
  return {
    references: roots.map(({ descriptor: { digest } }, at) => ({
      reference: names[at] ?? "",
      digest,
    })),
    images: leavesIndex(place, workshop.settings) ? graph.images.slice(0, 1) : graph.images,
    ...(roots.some(isOf(graph.index)) && { index: graph.index }),
    attached,
    pieces: [...graph.pieces, ...piecesOfAttached(attached)],
    tags: Object.fromEntries(roots.map(({ tag, descriptor }) => [tag, descriptor.digest])),
    files: { ...graph.files, ...await digestFiles(workshop.directory, archives) },
    loaded: await loadedAs(workshop, tags),
    reads: graph.reads,
    programs: Object.fromEntries(programs.map(({ path, digest }) => [path, digest])),
    missing: graph.missing,
    lent: graph.lent,
  };
}

/** What hangs on what is saved: on the index with all images, or on those that have a tag. */
async function hangingOn(graph: Graph, roots: readonly Root[]): Promise<readonly Attached[]> {
  const all = await graph.attached();
  if (roots.some(isOf(graph.index))) return all;
  return all.filter(({ subject }) => roots.some(({ descriptor }) => descriptor.digest === subject));
}

/** An archive for `docker load` holds one image; the index over it stays outside. */
function rootsOf(
  { settings }: Workshop,
  kind: Kind,
  place: Output,
  { images, index }: Graph,
): Root[] {
  if (kind === "images") {
    return images.flatMap((image) =>
      image.tag === undefined ? [] : [{ descriptor: image.manifest, tag: image.tag }]
    );
  }
  const top = leavesIndex(place, settings) ? images[0]?.manifest : index;
  return top === undefined ? [] : [{ descriptor: top, tag: place.tag ?? settings.tag }];
}

function isOf(index: Descriptor): (root: Root) => boolean {
  return ({ descriptor }) => descriptor === index;
}

function openLayout({ directory }: Workshop, { path }: Place): Store {
  return layoutStore(resolve(directory, path));
}

/** Whether the engine says of every tag what it said when it had loaded it. */
async function isLoaded(workshop: Workshop, { tags, loaded }: Saved): Promise<boolean> {
  const now = await loadedAs(workshop, Object.keys(tags));
  return Object.keys(tags).every((tag) => tag in now && now[tag] === loaded[tag]);
}

/** Whether every tag points where it did, and every piece is there. */
async function holds(store: Store, { tags, pieces }: Saved): Promise<boolean> {
  for (const [tag, digest] of Object.entries(tags)) {
    if ((await store.resolve(tag))?.digest !== digest) return false;
  }
  // A layout keeps manifests as it keeps blobs.
  const there = await Promise.all(pieces.map((piece) => store.hasBlob(piece)));
  return there.every(Boolean);
}

async function filesIntact(
  directory: string,
  files: Digests,
): Promise<boolean> {
  const now = await digestFiles(directory, Object.keys(files));
  return Object.entries(files).every(([path, digest]) => now[path] === digest);
}
