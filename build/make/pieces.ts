import { hasSystem, type System, type Target } from "../compile/target.ts";
import type { Settings } from "./settings.ts";

/** What a goal compiles: what the images hold, or the tool that makes orphans for tests. */
export type ProgramSet = "pause" | "orphan";

/** One program of a system, `src/<system>/<name>.c`. */
interface Source {
  readonly name: string;
  /** The libraries of Windows that it imports from. */
  readonly libraries?: readonly string[];
}

/** The programs that there are. Port forwarding into a pod on Windows needs one of its own. */
const SOURCES: Readonly<Record<ProgramSet, Readonly<Record<System, readonly Source[]>>>> = {
  pause: {
    linux: [{ name: "pause" }],
    windows: [
      { name: "pause", libraries: ["kernel32"] },
      { name: "wincat", libraries: ["kernel32", "ws2_32"] },
    ],
  },
  orphan: { linux: [{ name: "orphan" }], windows: [] },
};

/** Names in `bin/`: upstream's for Linux, and with the system in it for Windows. */
const NAMES: Readonly<Record<System, (name: string, arch: string) => string>> = {
  linux: (name, arch) => `${name}-${arch}`,
  windows: (name, arch) => `${name}-windows-${arch}.exe`,
};

/** One program for one target. */
export interface Piece {
  readonly source: Source;
  readonly system: System;
  readonly target: Target;
  /** Where it is, below the working directory. */
  readonly path: string;
}

/** All programs to compile, those for Linux first. */
export function piecesOf(
  { systems, targets }: Pick<Settings, "systems" | "targets">,
  set: ProgramSet,
): Piece[] {
  return systems.flatMap((system) =>
    SOURCES[set][system].flatMap((source) =>
      targets.filter((target) => hasSystem(target, system)).map((target) => {
        const path = `bin/${NAMES[system](source.name, target.arch)}`;
        return { source, system, target, path };
      })
    )
  );
}
