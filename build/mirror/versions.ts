import Range from "semver/classes/range.js";
import SemVer from "semver/classes/semver.js";
import { PauseError } from "../error.ts";

/** A tag that is a version. */
export interface Version {
  readonly tag: string;
  /** What follows a dash, `rc.1` or `alpine`: semver takes it for something before the release. */
  readonly isPrerelease: boolean;
  readonly parsed: SemVer;
}

/** Tags have no +, so Helm writes _ for it. */
const VERSION = /^v?(\d+)\.(\d+)(?:\.(\d+))?(?:-([\w.-]*?))?(?:_([\w.-]+))?$/;

/**
 * Reads a tag as a version: two or three numbers, with or without a `v`: `3.10` is 3.10.0. A number
 * alone is none: it is a build number, or a name that moves with each release of a major version.
 *
 * @see https://semver.org
 */
export function readVersion(tag: string): Version | undefined {
  const [, major, minor, patch = "0", before] = VERSION.exec(tag) ?? [];
  if (major === undefined || minor === undefined) return undefined;
  const numbers = `${major}.${minor}.${patch}`;
  try {
    // Loose: dates have leading zeros.
    const parsed = new SemVer(before === undefined ? numbers : `${numbers}-${before}`, {
      loose: true,
    });
    return { tag, parsed, isPrerelease: parsed.prerelease.length > 0 };
  } catch {
    // Numbers beyond 2^53, and empty words between dots.
    return undefined;
  }
}

/**
 * Reads a range as npm does: `>=3.9 <4`, `^1.30`, `1.29.x || 1.30.x`.
 *
 * @param prereleases whether a pre-release is in the range as any other version is; otherwise only
 * when the range names one of the same version
 * @throws PauseError `usage` when it is none, or empty: what nobody filled in is not every version
 * @see https://github.com/npm/node-semver#ranges
 */
export function readRange(text: string, prereleases = false): (version: Version) => boolean {
  if (text.trim() === "") {
    throw new PauseError(
      "usage",
      `Cannot use the version range "${text}": it is empty. Write "*" for every version.`,
    );
  }
  try {
    const range = new Range(text, { includePrerelease: prereleases });
    return ({ parsed }) => range.test(parsed);
  } catch (cause) {
    throw new PauseError(
      "usage",
      `Cannot use the version range "${text}": it is none. Write it as npm does, such as ">=3.9 <4" or "^1.30".`,
      { cause },
    );
  }
}

/** Orders versions, the newest first; those that semver holds equal by the code points of their tags. */
export function newestFirst(one: Version, other: Version): number {
  return other.parsed.compare(one.parsed) || (one.tag < other.tag ? 1 : -1);
}
