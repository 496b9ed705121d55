import { TARGETS } from "../../compile/targets.ts";
import { hasSystem } from "../../compile/target.ts";
import { didYouMean } from "../../did-you-mean.ts";
import { PauseError } from "../../error.ts";
import { WINDOWS_VERSIONS, type WindowsVersion } from "../../image/windows-versions.ts";
import { listed } from "../listed.ts";

/** Which images for Windows are to be built. */
export interface WindowsSettings {
  /** The architectures that there are images for. */
  readonly arches: readonly string[];
  /** From the oldest to the newest, whatever the order in which they were picked. */
  readonly versions: readonly WindowsVersion[];
  /** Whether OSVERSION leaves out some of ALL_OSVERSIONS. */
  readonly isSubset: boolean;
}

/**
 * @param arches ALL_ARCH_WINDOWS
 * @param picked OSVERSION
 * @param all ALL_OSVERSIONS, whose words are known ones
 * @throws PauseError `usage` for what there is not, with what there is
 */
export function readWindows(arches: string, picked: string, all: string): WindowsSettings {
  const possible = TARGETS.filter((target) => hasSystem(target, "windows")).map(({ arch }) => arch);
  const known = WINDOWS_VERSIONS.map(({ name }) => name).filter((name) =>
    listed(all).includes(name)
  );
  const versions = chosen("OSVERSION", "the versions of Windows", picked, known);
  return {
    arches: chosen("ALL_ARCH_WINDOWS", "the architectures of Windows", arches, possible),
    versions: WINDOWS_VERSIONS.filter(({ name }) => versions.includes(name)),
    isSubset: versions.length < known.length,
  };
}

/** Those that are named; all of them when none is. */
function chosen(name: string, what: string, text: string, known: readonly string[]): string[] {
  const words = listed(text);
  const unknown = words.find((word) => !known.includes(word));
  if (unknown === undefined) {
    return known.filter((word) => words.length === 0 || words.includes(word));
  }
  throw new PauseError(
    "usage",
    `Cannot use ${name}="${unknown}": ${what} are ${known.join(", ")}.${
      didYouMean(unknown, known)
    }`,
  );
}
