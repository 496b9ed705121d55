import type { Content } from "../../../../build/oci/descriptor.ts";
import { DOCKER } from "../../../../build/oci/media-types.ts";
import { type SampleImage, sampleImage, sampleIndex } from "../../../support/images.ts";

/** An image or a list of images, with all that is below it. */
export interface Graph {
  readonly root: Content;
  readonly contents: readonly Content[];
}

function listOf(images: readonly SampleImage[], list: Content): Graph {
  const below = images.flatMap(({ layer, config, manifest }) => [layer, config, manifest]);
  return { root: list, contents: [...below, list] };
}

function imageOf({ layer, config, manifest }: SampleImage): Graph {
  return { root: manifest, contents: [layer, config, manifest] };
}

const small = [1, 2, 3].map((seed) => sampleImage(seed));
const docker = [4, 5].map((seed) => sampleImage(seed, { types: DOCKER }));
const large = [sampleImage(6, { layerSize: 20_000 }), sampleImage(7)];
const huge = [sampleImage(8, { layerSize: 4 * 1024 * 1024 + 9 })];

/** What schedules carry. One has a layer that is asked for before it is sent, one a layer that is streamed. */
export const GRAPHS: Readonly<Record<string, Graph>> = {
  image: imageOf(sampleImage(1)),
  index: listOf(small, sampleIndex(small)),
  "Docker list": listOf(docker, sampleIndex(docker, DOCKER)),
  large: listOf(large, sampleIndex(large)),
  huge: listOf(huge, sampleIndex(huge)),
};

export const OLD: Graph = imageOf(sampleImage(9));
