import { PauseError } from "../error.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { type ElsewhereOptions, getElsewhere } from "../store/registry/elsewhere.ts";
import { verified } from "../store/verified.ts";

/** Opens the bytes of a foreign layer from where its descriptor says that they are. */
export type OpenForeign = (blob: Descriptor) => Promise<ReadableStream<Uint8Array>>;

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
