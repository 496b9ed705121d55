import type { Content } from "../../../build/oci/descriptor.ts";
import { isManifest } from "../../../build/oci/media-types.ts";
import type { Habits, Lagging } from "./habits.ts";

export interface HeldManifest {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

export interface HeldRepository {
  readonly blobs: Map<string, Uint8Array>;
  readonly manifests: Map<string, HeldManifest>;
  readonly tags: Map<string, string>;
}

/** An upload that is not finished. */
export interface HeldUpload {
  readonly bytes: Uint8Array;
  /** Whether a chunk came that only the last may be as short as. */
  readonly short: boolean;
}

/** What a registry holds. */
export interface Held {
  readonly habits: Habits;
  readonly repositories: Map<string, HeldRepository>;
  /** By id. */
  readonly uploads: Map<string, HeldUpload>;
  /** The repositories that have had a manifest. */
  readonly named: Set<string>;
  /** What was written and lags, by kind and name. */
  readonly fresh: Map<string, Fresh>;
  /** The origin of the storage. */
  readonly elsewhere: () => string;
}

interface Fresh {
  /** How many reads still come too early. */
  reads: number;
  /** Milliseconds since 1970. */
  readonly until: number;
  /** What is read instead. */
  readonly before: string | undefined;
}

export function emptyHeld(habits: Habits, elsewhere: () => string): Held {
  return {
    habits,
    repositories: new Map(),
    uploads: new Map(),
    named: new Set(),
    fresh: new Map(),
    elsewhere,
  };
}

/** A repository that holds `contents`, manifests and blobs, without anybody's having put them. */
export function holding(
  contents: Iterable<Content>,
  tags: Readonly<Record<string, Content>> = {},
): HeldRepository {
  const named = Object.entries(tags).map(([tag, { descriptor }]) => [tag, descriptor.digest]);
  const repository: HeldRepository = {
    blobs: new Map(),
    manifests: new Map(),
    tags: new Map(named as [string, string][]),
  };
  for (const { descriptor: { digest, mediaType }, bytes } of contents) {
    if (isManifest(mediaType)) repository.manifests.set(digest, { mediaType, bytes });
    else repository.blobs.set(digest, bytes);
  }
  return repository;
}

export function repositoryIn({ repositories }: Held, name: string): HeldRepository {
  return repositories.get(name) ?? { blobs: new Map(), manifests: new Map(), tags: new Map() };
}

/** The repository to write to: from then on it is there. */
export function kept(held: Held, name: string): HeldRepository {
  const repository = repositoryIn(held, name);
  held.repositories.set(name, repository);
  return repository;
}

/** Notes that something is written, which may lag. `before`: what was there. */
export function written(
  { habits: { lag }, fresh }: Held,
  kind: Lagging,
  name: string,
  before?: string,
): void {
  const { reads = 0, milliseconds = 0, of = ["blob", "manifest", "tag"] } = lag ?? {};
  if (lag === undefined || !of.includes(kind)) return;
  fresh.set(`${kind} ${name}`, { reads, until: Date.now() + milliseconds, before });
}

/** What a read finds, of `now`, which is there: that, or what was there before it. */
export function seen(
  { fresh }: Held,
  kind: Lagging,
  name: string,
  now: string | undefined,
): string | undefined {
  const lagging = fresh.get(`${kind} ${name}`);
  if (lagging === undefined) return now;
  if (lagging.reads-- > 0 || Date.now() < lagging.until) return lagging.before;
  fresh.delete(`${kind} ${name}`);
  return now;
}
