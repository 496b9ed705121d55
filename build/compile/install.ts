import process from "node:process";
import { findProgram } from "./find-program.ts";
import type { Target } from "./target.ts";

/** A system's package manager. */
export interface PackageManager {
  /** The program whose presence says that this is the system's. */
  readonly program: string;
  /** The command that comes first, where an installation may not know its packages yet. */
  readonly refresh?: string;
  /** The words before the packages. */
  readonly install: string;
  /** Only root may run it. */
  readonly asRoot: boolean;
  /** The packages that bring a tool; without any, the tool does not come this way. */
  readonly packages: {
    readonly clang: readonly string[];
    readonly zig: readonly string[];
    readonly docker: readonly string[];
    readonly gcc: (target: Target) => readonly string[];
  };
}

/** What can be missing. */
export type Tool = Exclude<keyof PackageManager["packages"], "gcc">;

/**
 * The package managers, in the order in which they are looked for. The launcher `make` runs the
 * same commands for clang; a test compares the two.
 */
export const PACKAGE_MANAGERS: readonly PackageManager[] = [
  {
    program: "apt-get",
    refresh: "apt-get update",
    install: "apt-get install -y --no-install-recommends",
    asRoot: true,
    packages: {
      // Unversioned, Debian 12 and Ubuntu 24.04 bring LLVM 14 and 18, whose lld does not link s390x.
      clang: ["clang-19", "lld-19"],
      zig: [],
      docker: ["docker.io"],
      gcc: ({ gnu }) => [gnu.debian],
    },
  },
  {
    program: "dnf",
    install: "dnf install -y",
    asRoot: true,
    packages: {
      clang: ["clang", "lld"],
      zig: ["zig"],
      docker: ["moby-engine"],
      gcc: ({ gnu }) => [`gcc-${gnu.prefix.replace(/-$/, "")}`],
    },
  },
  {
    program: "apk",
    install: "apk add",
    asRoot: true,
    packages: { clang: ["clang", "lld"], zig: ["zig"], docker: ["docker"], gcc: () => [] },
  },
  {
    program: "brew",
    install: "brew install",
    asRoot: false,
    packages: {
      clang: ["llvm", "lld"],
      zig: ["zig"],
      docker: ["docker", "colima"],
      gcc: () => [],
    },
  },
];

/** The command that installs a tool. */
export function installCommand(
  manager: PackageManager,
  packages: readonly string[],
  isRoot: boolean,
): string {
  return `${asRoot(manager, isRoot)}${manager.install} ${packages.join(" ")}`;
}

function asRoot(manager: PackageManager, isRoot: boolean): string {
  return manager.asRoot && !isRoot ? "sudo " : "";
}

/** Picks the packages wanted of a manager. */
type Choose = (packages: PackageManager["packages"]) => readonly string[];

/**
 * The line of a shell that installs what is missing, by the package manager found on PATH; undefined
 * on a system whose package manager is unknown or has no such package.
 */
export function installLine(choose: Choose): string | undefined {
  const manager = PACKAGE_MANAGERS.find(({ program }) => findProgram(program) !== undefined);
  const packages = manager ? choose(manager.packages) : [];
  if (!manager || packages.length === 0) return undefined;
  const isRoot = process.getuid?.() === 0;
  const first = manager.refresh ? `${asRoot(manager, isRoot)}${manager.refresh} && ` : "";
  return first + installCommand(manager, packages, isRoot);
}

/**
 * The sentence that tells how to get what is missing.
 * @param otherwise the sentence where {@link installLine} knows no command
 */
export function installHint(choose: Choose, otherwise: string): string {
  const line = installLine(choose);
  return line === undefined ? otherwise : `Install it with "${line}".`;
}
