import type { Descriptor } from "./descriptor.ts";

/**
 * Layers that are not to be handed on with the image: Windows base layers, in the main.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.0/layer.md#non-distributable-layers
 */
const FOREIGN =
  /^application\/vnd\.(docker\.image\.rootfs\.foreign|oci\.image\.layer\.nondistributable)\./;

/**
 * Whether an image is whole without this layer: it is of a type that stays where it is, and says
 * where. Other layers that have `urls` are kept by registries like any layer.
 */
export function isForeign({ mediaType, urls = [] }: Descriptor): boolean {
  return urls.length > 0 && FOREIGN.test(mediaType);
}
