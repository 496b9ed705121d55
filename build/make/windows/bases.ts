import { PauseError } from "../../error.ts";
import { everySettled } from "../../host/settle.ts";
import type { Base } from "../../image/base.ts";
import type { Platform } from "../../oci/platform.ts";
import { isSameBase, LOCK_FILE, type LockedBase, readLock } from "./base-lock.ts";
import { digestIn, openBasePlace } from "./base-place.ts";
import type { BasePlace, Bases, Lacking } from "./edition-base.ts";
import { type Edition, editionsOf } from "./editions.ts";
import type { Workshop } from "../workshop.ts";

/**
 * What upstream's images for Windows are built on: one image for each version.
 * @see https://github.com/kubernetes/kubernetes/blob/master/build/pause/Makefile
 */
export const DEFAULT_BASE = "mcr.microsoft.com/oss/v2/kubernetes/windows-pause-image-base:v0.4.1";

/** What the bases are asked for by: BASE, or upstream's. */
export function baseReference({ settings: { base } }: Workshop): string {
  return base.windows ?? DEFAULT_BASE;
}

/**
 * Finds the base of every image for Windows, each by its digest: the one in BASE, else the one in the
 * lock file. Nothing is asked of anybody when there is no image for Windows to build.
 *
 * @param all whether nothing may be missing: a list that is pushed has all that it was to have
 * @throws PauseError `verification` for a base that is not what was locked; `usage` for one without
 * the version or the architecture. When nothing may be missing, and when nothing but Windows is built,
 * why something is
 */
export async function findBases(
  workshop: Workshop,
  { all }: { readonly all: boolean },
): Promise<Bases> {
  const editions = editionsOf(workshop.settings);
  if (editions.length === 0) return { found: [], missing: [] };
  const reference = baseReference(workshop);
  const pinned = digestIn(reference);
  const lock = pinned === undefined ? await readLock(workshop.directory, workshop.source.root) : [];
  const place = await openBasePlace(workshop, reference);
  const results = await everySettled(editions.map(async (edition) => {
    const entry = lock.find((entry) => isSameBase(entry, keyOf(edition, reference)));
    if (entry === undefined && pinned === undefined) {
      return { edition, reason: notLocked(edition, reference) };
    }
    const { findBase } = await import("../../image/base.ts");
    try {
      const image = entry === undefined
        ? await findBase(place.store, place.ref, wantedFor(edition), reference)
        : await findLocked(place, entry, edition);
      return { edition, image };
    } catch (error) {
      if (isOutOfReach(error)) return { edition, reason: error };
      throw error;
    }
  }));
  const missing = results.flatMap(({ edition, reason }) =>
    reason === undefined ? [] : [{ edition, reason }]
  );
  const hasLinux = workshop.settings.systems.includes("linux");
  if (all || !hasLinux) refuseMissing(missing, hasLinux);
  const found = results.flatMap(({ edition, image }) =>
    image === undefined ? [] : [{ edition, image, place, name: nameFor(reference, image) }]
  );
  return { found, missing };
}

function refuseMissing([first, ...others]: readonly Lacking[], hasLinux: boolean): void {
  if (first === undefined) return;
  const { code, message } = first.reason;
  const more = others.length === 0
    ? ""
    : ` So it is with ${others.map(({ edition: { name } }) => name).join(", ")}.`;
  const hint = hasLinux ? " Linux alone is OS=linux." : "";
  throw new PauseError(code, message + more + hint, { cause: first.reason });
}

/** How FROM names a base, whatever its tag names tomorrow. */
function nameFor(reference: string, { descriptor: { digest } }: Base): string {
  return `${reference.replace(/@.*/, "")}@${digest}`;
}

/** The platform that an edition's base is for, the version without its update. */
export function wantedFor({ target, version }: Edition): Platform {
  const { architecture } = target.platforms[0];
  return { os: "windows", architecture, "os.version": version.build };
}

/** What the lock files an edition's base under. */
export function keyOf(
  { target: { arch: architecture }, version: { name: osVersion } }: Edition,
  reference: string,
): Pick<LockedBase, "reference" | "osVersion" | "architecture"> {
  return { reference, osVersion, architecture };
}

function notLocked({ name }: Edition, reference: string): PauseError {
  return new PauseError(
    "usage",
    `Cannot build ${name}: no base is locked for it (${LOCK_FILE} has none of ${reference}). Lock what it names now with "./make update-base", or write BASE with a digest.`,
  );
}

/** Finds what was locked, which is what counts: what the tag names now is asked when it is gone. */
async function findLocked(
  { store, ref }: BasePlace,
  entry: LockedBase,
  edition: Edition,
): Promise<Base> {
  const { reference, manifest, "os.version": version } = entry;
  const next = 'See what changed, and take it, with "./make update-base".';
  const changed = (found: string): PauseError =>
    new PauseError(
      "verification",
      `Cannot build ${edition.name} on ${reference}: ${found}. ${next}`,
    );
  if (await store.resolve(manifest) === undefined) {
    const now = (await store.resolve(ref))?.digest;
    throw changed(
      `it was locked as ${manifest} (${version}), which is not there any more, and ${
        now === undefined ? "now there is no such image" : `its tag now names ${now}`
      }`,
    );
  }
  const { findBase } = await import("../../image/base.ts");
  const base = await findBase(store, manifest, wantedFor(edition), reference);
  const is = base.platform["os.version"];
  if (is === version) return base;
  throw changed(`${manifest} was locked as ${version}, and is of ${is}`);
}

/** Whether a base could not be read, rather than be wrong. */
function isOutOfReach(error: unknown): error is PauseError {
  return error instanceof PauseError &&
    (error.code === "registry" || error.code === "authentication");
}
