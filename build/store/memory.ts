import { streamOf } from "../oci/bytes.ts";
import { PauseError } from "../error.ts";
import type { Content, Descriptor } from "../oci/descriptor.ts";
import { type Digest, isDigest } from "../oci/digest.ts";
import { referrer } from "../oci/document.ts";
import { isManifest } from "../oci/media-types.ts";
import { requireParts } from "./parts.ts";
import { isOfType, type Store, type TagOrDigest } from "./store.ts";
import { readAll, verified, verify } from "./verified.ts";

/**
 * A store in memory: a freshly built graph on its way to another store.
 *
 * @param name how messages name it
 * @param contents what it holds from the start, in any order, manifests and blobs alike
 */
export function memoryStore(name: string, contents: Iterable<Content> = []): Store {
  const held = new Map<Digest, Content>();
  const tagged = new Map<string, Content>();
  for (const content of contents) held.set(content.descriptor.digest, content);

  const find = (ref: TagOrDigest): Content | undefined => {
    const content = isDigest(ref) ? held.get(ref) : tagged.get(ref);
    return content && isManifest(content.descriptor.mediaType) ? content : undefined;
  };
  const hasBlob = ({ digest, size }: Descriptor): Promise<boolean> =>
    Promise.resolve(held.get(digest)?.bytes.length === size);

  return {
    name,
    complete: true,
    hasBlob,
    resolve: (ref) => Promise.resolve(find(ref)?.descriptor),
    async getManifest(ref) {
      return await Promise.resolve(find(ref) ?? absent(ref, name));
    },
    async putManifest(manifest, tags) {
      verify(manifest, name);
      await requireParts({ name, hasBlob }, manifest);
      held.set(manifest.descriptor.digest, manifest);
      for (const tag of tags) tagged.set(tag, manifest);
    },
    async getBlob(blob) {
      const { bytes } = await Promise.resolve(held.get(blob.digest) ?? absent(blob.digest, name));
      return verified(streamOf(bytes), blob, name);
    },
    async putBlob(blob, open) {
      const bytes = await readAll(verified(await open(), blob, name), blob.size);
      held.set(blob.digest, { descriptor: blob, bytes });
    },
    async *tags() {
      yield* [...tagged.keys()].sort();
    },
    async *referrers(digest, artifactType) {
      for (const content of held.values()) {
        const found = referrer(content);
        if (found?.subject === digest && isOfType(found.descriptor, artifactType)) {
          yield found.descriptor;
        }
      }
    },
    async delete(ref) {
      if (!isDigest(ref)) return await Promise.resolve(tagged.delete(ref));
      if (find(ref) === undefined) return false;
      for (const [tag, { descriptor }] of tagged) if (descriptor.digest === ref) tagged.delete(tag);
      return held.delete(ref);
    },
    commit: () => Promise.resolve(),
    abandon: () => Promise.resolve(),
  };
}

function absent(ref: TagOrDigest, name: string): never {
  throw new PauseError("storage", `Cannot read ${ref} from ${name}: it is not there.`);
}
