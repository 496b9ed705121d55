import { hasSystem, type Target } from "../../compile/target.ts";
import type { WindowsVersion } from "../../image/windows-versions.ts";
import type { Settings } from "../settings.ts";

/** One image for Windows: an architecture, and the version whose base it is built on. */
export interface Edition {
  readonly target: Target;
  readonly version: WindowsVersion;
  /** For messages: `windows/amd64 ltsc2022`. */
  readonly name: string;
  /** What its files and tags end with: `windows-amd64-ltsc2022`. */
  readonly suffix: string;
}

/** The images for Windows, in the order of the list. */
export function editionsOf({ systems, targets, windows }: Settings): Edition[] {
  if (!systems.includes("windows")) return [];
  return targets
    .filter((target) => hasSystem(target, "windows") && windows.arches.includes(target.arch))
    .flatMap((target) =>
      windows.versions.map((version) => ({
        target,
        version,
        name: `windows/${target.arch} ${version.name}`,
        suffix: `windows-${target.arch}-${version.name}`,
      }))
    );
}
