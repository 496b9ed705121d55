import { PauseError } from "../error.ts";
import type { Content, Descriptor } from "../oci/descriptor.ts";
import { isIndex } from "../oci/media-types.ts";
import type { Store } from "../store/store.ts";

/**
 * Reads a manifest that an index points at, and holds it to what the index says. Its digest the
 * store has compared; containerd fetches no more and no less than the size, and takes no index for
 * a manifest. Between OCI's and Docker's name for the same thing everybody reads it all the same.
 *
 * @throws PauseError `verification` for another size, for an index in place of a manifest, and for a
 * manifest in place of an index; what the store throws
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.0/descriptor.md#properties
 */
export async function readChild(
  source: Pick<Store, "getManifest">,
  child: Descriptor,
): Promise<Content> {
  const content = await source.getManifest(child.digest);
  const { descriptor, bytes } = content;
  const kind = ({ mediaType }: Descriptor): string =>
    isIndex(mediaType) ? "an index" : "a manifest";
  const found = bytes.length !== child.size
    ? `has ${bytes.length} bytes, and the index that names it says ${child.size}`
    : kind(descriptor) !== kind(child)
    ? `is ${kind(descriptor)}, and the index that names it says ${kind(child)}`
    : undefined;
  if (found === undefined) return content;
  throw new PauseError(
    "verification",
    `Cannot copy ${child.digest}: it ${found}. Runtimes refuse such an index: have it made anew.`,
  );
}
