import { everySettled } from "../../host/settle.ts";
import { findBase } from "../../image/base.ts";
import { PauseError } from "../../error.ts";
import {
  isSameBase,
  LOCK_FILE,
  type LockedBase,
  readLock,
  type UpdatedBase,
  writeLock,
} from "./base-lock.ts";
import { digestIn, openBasePlace } from "./base-place.ts";
import { baseReference, keyOf, wantedFor } from "./bases.ts";
import { editionsOf } from "./editions.ts";
import type { Workshop } from "../workshop.ts";

/**
 * Locks what BASE names now, for each version and architecture that is chosen; the others stay as
 * they are locked. Nothing is written when one of them is not to be had.
 *
 * @throws PauseError `usage` for a BASE that has a digest, or has no such version; what the base's
 * place throws; `storage`
 */
export async function updateBase(workshop: Workshop): Promise<UpdatedBase[]> {
  const { directory, source, settings, emit } = workshop;
  const reference = baseReference(workshop);
  if (digestIn(reference) !== undefined) {
    throw new PauseError(
      "usage",
      `Cannot lock ${reference}: it has a digest, which is all that a lock would add. Build with it as it is, or name a tag.`,
    );
  }
  const before = await readLock(directory, source.root);
  const { store, ref } = await openBasePlace(workshop, reference);
  const updated = await everySettled(
    editionsOf({ ...settings, systems: ["windows"] }).map(async (edition): Promise<UpdatedBase> => {
      const base = await findBase(store, ref, wantedFor(edition), reference);
      const key = keyOf(edition, reference);
      const now: LockedBase = {
        ...key,
        ...(base.index && { index: base.index.digest }),
        manifest: base.descriptor.digest,
        "os.version": base.platform["os.version"] ?? "",
      };
      const old = before.find((entry) => isSameBase(entry, key));
      return { name: edition.name, now, ...(old && { before: old }), outcome: outcomeOf(now, old) };
    }),
  );
  if (updated.some(({ outcome }) => outcome !== "unchanged")) {
    const others = before.filter((entry) => !updated.some(({ now }) => isSameBase(now, entry)));
    await writeLock(directory, [...others, ...updated.map(({ now }) => now)].sort(byKey));
  }
  for (const base of updated) emit({ type: "base", file: LOCK_FILE, ...base });
  return updated;
}

function outcomeOf(now: LockedBase, before: LockedBase | undefined): UpdatedBase["outcome"] {
  if (before === undefined) return "locked";
  const isSame = before.manifest === now.manifest && before.index === now.index &&
    before["os.version"] === now["os.version"];
  return isSame ? "unchanged" : "changed";
}

/** A file whose order depends on nothing but what is in it. */
function byKey(one: LockedBase, other: LockedBase): number {
  const [a, b] = [one, other].map(({ reference, architecture, osVersion }) =>
    [reference, architecture, osVersion].join(" ")
  );
  return (a ?? "") < (b ?? "") ? -1 : 1;
}
