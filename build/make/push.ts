import { type Naming, refuseToMove } from "../copy/clobber.ts";
import { isAttestation } from "../check/attestation.ts";
import { carrier, type CopyEvent, type CopyOptions } from "../copy/copy.ts";
import { PauseError } from "../error.ts";
import { isForeign } from "../oci/foreign.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { readIndex } from "../oci/document.ts";
import { isIndex } from "../oci/media-types.ts";
import { nameOf, type Platform } from "../oci/platform.ts";
import { formatReference, type Repository } from "../oci/reference.ts";
import type { Store } from "../store/store.ts";
import { lenders, sendForeign } from "./windows/elsewhere.ts";
import type { Settings } from "./settings.ts";
import type { Attached, Delivered, Images, Workshop } from "./workshop.ts";

/** What is pushed: the images under their own tags, the index under TAG, or both. */
export type Selection = "images" | "index" | "everything";

/**
 * The repository to push to.
 * @throws PauseError `usage` without a REGISTRY: there is no place that everybody may write to
 */
export function requireRepository({ repository }: Settings): Repository {
  if (repository !== undefined) return repository;
  throw new PauseError(
    "usage",
    "Cannot push: REGISTRY is not set. Say where to, such as REGISTRY=registry.example.com/k8s; the image is then registry.example.com/k8s/pause.",
  );
}

/**
 * Publishes images. The index's tag comes last and once, after all that it refers to.
 *
 * @param source where the images are read from
 * @throws PauseError `registry`, `authentication`, `verification`; TAG then points where it did
 */
export async function push(
  workshop: Workshop,
  selection: Selection,
  source: Images,
): Promise<Delivered> {
  const { settings, signal, emit } = workshop;
  const repository = requireRepository(settings);
  const where = formatReference(repository);
  const destination = await openDestination(workshop, repository);
  if (settings.isSubset && selection !== "images") {
    await refuseToShrink(destination, source, settings);
  }
  const archTags = archTagsOf(source);
  const roots = rootsOf(selection, source, settings);
  if (!settings.clobber) await refuseToMove(destination, roots.flatMap(namingsOf));
  const attached = await attachedHere(workshop, source, roots);
  const options = {
    ...(selection === "everything" && settings.archTags && { childTags: archTags }),
    clobber: settings.clobber,
    beforeMove: keeperOfSystems(destination, settings),
    leaveOut: isForeign,
    mountFrom: await lenders(workshop, source.lent),
    signal,
    onEvent: (event: CopyEvent) => emit({ type: "copy", where, ...event }),
  };
  if (settings.systems.includes("windows")) await sendForeign(source, destination, options);
  await carryRoots(source.store, destination, options, roots, attached);
  const { images, index } = source;
  const tagged = selection === "everything" && settings.archTags
    ? [...rootsOf("images", source, settings), ...roots]
    : roots;
  return {
    references: tagged.flatMap(([{ digest }, tags]) =>
      tags.map((tag) => ({ reference: formatReference({ ...repository, tag }), digest }))
    ),
    images,
    attached,
    ...(selection !== "images" && { index }),
  };
}

/** What hangs on what is pushed: on the index with all below it, or on single images. */
async function attachedHere(
  { settings }: Workshop,
  source: Images,
  roots: readonly Root[],
): Promise<readonly Attached[]> {
  if (settings.attach.length === 0) return [];
  const { attachedTo } = await import("./attached/attach.ts");
  const tops = roots.map(([root]) => root);
  const below = tops.includes(source.index) ? source.images.map(({ manifest }) => manifest) : [];
  return await attachedTo(source, [...tops, ...below]);
}

/**
 * Carries each graph, and before its tag is given what hangs on it: nobody who finds the image finds
 * it bare. A registry takes a referrer before its subject.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#pushing-manifests-with-subject
 */
async function carryRoots(
  store: Store,
  destination: Store,
  options: Omit<CopyOptions, "tags">,
  roots: readonly Root[],
  attached: readonly Attached[],
): Promise<void> {
  const images = carrier(store, destination, options);
  if (attached.length === 0) {
    for (const [root, tags] of roots) await images.carry(root.digest, tags);
    return;
  }
  const { carryAttached, listedAt } = await import("./attached/attach.ts");
  const { signal } = options;
  const documents = carrier(store, destination, signal ? { signal } : {});
  for (const [root, tags] of roots) {
    const hanging = roots.length === 1
      ? attached
      : attached.filter(({ subject }) => subject === root.digest);
    const before = () => carryAttached(documents, hanging, listedAt(destination, root));
    await images.carry(root.digest, tags, { before });
  }
}

async function openDestination(
  { settings, signal, credentials }: Workshop,
  repository: Repository,
): Promise<Store> {
  // A run that pushes nothing does not load the client.
  const { registryStore } = await import("../store/registry/registry.ts");
  const { dockerConfig } = await import("../store/registry/login/docker-config.ts");
  const { openNetwork } = await import("../store/registry/http/network.ts");
  const { plainHttp, certDir } = settings;
  return registryStore(repository, {
    credentials: credentials ?? dockerConfig(undefined, { ownHost: repository.host, signal }),
    network: openNetwork(certDir === undefined ? {} : { certDir }),
    plainHttp,
    signal,
  });
}

/**
 * A list is replaced whole. What ARCH picks for one build is not to take the other platforms away
 * from everybody who pulls the tag. Nothing is sent before.
 */
async function refuseToShrink(
  destination: Store,
  source: Images,
  { tag }: Settings,
): Promise<void> {
  const there = await destination.resolve(tag);
  if (there === undefined) return;
  const lost = (await platformsOf(destination, there)).filter((platform) =>
    !source.images.some((ours) => buildOf(ours.platform) === buildOf(platform))
  );
  refuseToLose(
    destination,
    tag,
    lost,
    'which ARCH, OS or OSVERSION leave out. Push single images with "push", or say with ALL_ARCH, ALL_OS and ALL_OSVERSIONS which ones the list shall have.',
  );
}

/**
 * The same for the systems, of which a build without a word about them has but Linux. Only a list
 * that is there and another one is asked for, and its tag was asked for anyhow.
 */
function keeperOfSystems(
  destination: Store,
  { tag, systems, replacesSystems }: Settings,
): NonNullable<CopyOptions["beforeMove"]> {
  return async (moved, there) => {
    if (moved !== tag || replacesSystems) return;
    const known: readonly string[] = systems;
    const lost = (await platformsOf(destination, there)).filter(({ os }) => !known.includes(os));
    refuseToLose(
      destination,
      tag,
      lost,
      'which OS leaves out. Build them too with OS="linux windows", push single images with "push", or say with ALL_OS which systems the list shall have.',
    );
  };
}

/** What a list is for, but for entries that are no images. */
async function platformsOf(destination: Store, there: Descriptor): Promise<Platform[]> {
  if (!isIndex(there.mediaType)) return [];
  const { bytes } = await destination.getManifest(there.digest);
  return readIndex(bytes).manifests.filter((entry) => !isAttestation(entry))
    .flatMap(({ platform }) => platform ?? []);
}

function refuseToLose(
  { name }: Store,
  tag: string,
  lost: readonly Platform[],
  next: string,
): void {
  if (lost.length === 0) return;
  const platforms = [...new Set(lost.map(buildOf))].join(", ");
  throw new PauseError(
    "usage",
    `Cannot push ${name}:${tag}: it would lose ${platforms}, ${next}`,
  );
}

/** The platform, of Windows with the build and without its update: another update takes its place. */
function buildOf(platform: Platform): string {
  const version = platform["os.version"]?.split(".").slice(0, 3).join(".");
  return nameOf({ ...platform, ...(version !== undefined && { "os.version": version }) });
}

type Root = readonly [descriptor: Descriptor, tags: readonly string[]];

function namingsOf([{ digest }, tags]: Root): Naming[] {
  return tags.map((tag) => [tag, digest]);
}

function rootsOf(selection: Selection, source: Images, { tag }: Settings): Root[] {
  if (selection !== "images") return [[source.index, [tag]]];
  return source.images.flatMap((image) =>
    image.tag === undefined ? [] : [[image.manifest, [image.tag]] as const]
  );
}

function archTagsOf({ images }: Images): (child: Descriptor) => readonly string[] {
  return ({ digest }) =>
    images.flatMap(({ manifest, tag }) =>
      manifest.digest === digest && tag !== undefined ? [tag] : []
    );
}
