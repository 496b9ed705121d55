import { PauseError } from "../error.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { type ElsewhereOptions, getElsewhere } from "../store/registry/elsewhere.ts";
import { verified } from "../store/verified.ts";

/** Opens the bytes of a foreign layer from where its descriptor says that they are. */
export type OpenForeign = (blob: Descriptor) => Promise<ReadableStream<Uint8Array>>;

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

/** As many addresses of one layer are tried. */
const MOST_ADDRESSES = 8;

/**
 * Fetches foreign layers from their addresses, one after another until one has it. The bytes are
 * held to the layer's digest.
 *
 * @throws PauseError from what it returns: `registry` when none has it, `interrupted`; in the stream
 * `verification`
 */
export function foreignReader(options: ElsewhereOptions = {}): OpenForeign {
  return async (blob) => {
    const failures: string[] = [];
    for (const address of (blob.urls ?? []).slice(0, MOST_ADDRESSES)) {
      if (!URL.canParse(address)) continue;
      const url = new URL(address);
      try {
        return verified(await getElsewhere(url, options), blob, url.origin);
      } catch (error) {
        if (!(error instanceof PauseError) || error.code === "interrupted") throw error;
        failures.push(error.message);
      }
    }
    throw new PauseError(
      "registry",
      `Cannot include the foreign layer ${blob.digest}: ${
        failures.join(" ") || "it names no address."
      } Mirror the image without it (leave out --include-foreign).`,
    );
  };
}
