import type { Digest } from "../oci/digest.ts";
import type { Store } from "../store/store.ts";
import { turns } from "./turns.ts";

/** What one command learns about places while it mirrors one image after another. */
export interface MirrorMemory {
  /** Another repository of the destination's registry that holds the blob, if one is known. */
  neighbour(blob: Digest, destination: Store): Store | undefined;
  /** The store holds the blob now. */
  holds(store: Store, blob: Digest): void;
  /**
   * Carries a piece to a store. Of several images under way that have it, one carries it, and the
   * others then find it there. A blob, which registries mount, goes to one repository of a registry
   * first.
   *
   * @param carry looks whether it is there, too; it waits for the turns of what is below the piece
   * and of nothing else
   */
  inTurn(
    kind: "manifest" | "blob",
    piece: Digest,
    destination: Store,
    carry: () => Promise<void>,
  ): Promise<void>;
  /** The registry of this store mounts nothing: it is not asked again. */
  mountsNothing(store: Store): void;
  /** All tags of a store, read once. @throws PauseError what the store throws */
  tagsOf(store: Store): Promise<ReadonlySet<string>>;
  /** Whether {@link tagsOf} costs nothing any more. */
  knowsTags(store: Store): boolean;
}

/** Starts with nothing known. Keep the stores of one command, too: a neighbour is known by its store. */
export function mirrorMemory(): MirrorMemory {
  const holders = new Map<string, Set<Store>>();
  const unmountable = new Set<string>();
  const tags = new WeakMap<Store, Promise<ReadonlySet<string>>>();
  const [inRepository, atRegistry] = [turns(), turns()];
  return {
    neighbour(blob, destination) {
      const registry = registryOf(destination);
      if (unmountable.has(registry)) return undefined;
      const held = holders.get(`${registry} ${blob}`);
      // What the destination itself holds needs no mount.
      return held === undefined || isAmong(held, destination) ? undefined : [...held][0];
    },
    holds(store, blob) {
      const key = `${registryOf(store)} ${blob}`;
      holders.set(key, (holders.get(key) ?? new Set()).add(store));
    },
    async inTurn(kind, piece, destination, carry) {
      const registry = registryOf(destination);
      const key = `${registry} ${piece}`;
      const held = holders.get(key);
      if (held !== undefined && isAmong(held, destination)) return await carry();
      await inRepository(`${destination.name} ${piece}`, () => {
        const isMounted = kind === "blob" && !holders.has(key) && !unmountable.has(registry);
        return isMounted ? atRegistry(key, carry) : carry();
      });
    },
    mountsNothing: (store) => void unmountable.add(registryOf(store)),
    tagsOf(store) {
      const known = tags.get(store) ?? tagsIn(store);
      tags.set(store, known);
      return known;
    },
    knowsTags: (store) => tags.has(store),
  };
}

/** What the stores of one registry have in common; every other store is a world of its own. */
export function registryOf({ name }: Store): string {
  return name.split("/", 1)[0] ?? name;
}

function isAmong(held: ReadonlySet<Store>, destination: Store): boolean {
  return [...held].some(({ name }) => name === destination.name);
}

async function tagsIn(store: Store): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for await (const tag of store.tags()) found.add(tag);
  return found;
}
