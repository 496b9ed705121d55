import { copy } from "../copy/copy.ts";
import { PauseError } from "../error.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { formatReference, type Repository } from "../oci/reference.ts";
import { readSaved } from "./save.ts";
import type { Settings } from "./settings.ts";
import type { Delivered, Images, Workshop } from "./workshop.ts";

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
 * Publishes the images: those of the OUTPUT where it has them, else freshly built ones. The index's
 * tag comes last and once, after all that it refers to.
 *
 * @throws PauseError `registry`, `authentication`, `verification`; TAG then points where it did
 */
export async function push(workshop: Workshop, selection: Selection): Promise<Delivered> {
  const { settings, signal, emit } = workshop;
  const repository = requireRepository(settings);
  const where = formatReference(repository);
  // A run that pushes nothing does not load the client.
  const { registryStore } = await import("../store/registry/registry.ts");
  const destination = registryStore(repository, { plainHttp: settings.plainHttp, signal });
  const graph = await readSaved(workshop) ?? await workshop.graph();
  const archTags = archTagsOf(graph);
  const roots = rootsOf(selection, graph, settings);
  for (const [root, tags] of roots) {
    await copy(graph.store, root.digest, destination, {
      tags,
      ...(selection === "everything" && settings.archTags && { childTags: archTags }),
      signal,
      onEvent: (event) => emit({ type: "copy", where, ...event }),
    });
  }
  const { images, index } = graph;
  const tagged = selection === "everything" && settings.archTags
    ? [...rootsOf("images", graph, settings), ...roots]
    : roots;
  return {
    references: tagged.flatMap(([{ digest }, tags]) =>
      tags.map((tag) => ({ reference: formatReference({ ...repository, tag }), digest }))
    ),
    images,
    ...(selection !== "images" && { index }),
  };
}

type Root = readonly [descriptor: Descriptor, tags: readonly string[]];

function rootsOf(selection: Selection, graph: Images, { tag }: Settings): Root[] {
  if (selection !== "images") return [[graph.index, [tag]]];
  return graph.images.flatMap((image) =>
    image.tag === undefined ? [] : [[image.manifest, [image.tag]] as const]
  );
}

function archTagsOf({ images }: Images): (child: Descriptor) => readonly string[] {
  return ({ digest }) =>
    images.flatMap(({ manifest, tag }) =>
      manifest.digest === digest && tag !== undefined ? [tag] : []
    );
}
