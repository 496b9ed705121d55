import { posix } from "node:path";
import { importsOf } from "../runner/source-code.ts";
import type { Source } from "./sources.ts";

/**
 * The floors of the house, from the ground up. What stands on one floor knows what is below it,
 * and nothing of its neighbours on the same floor.
 */
export const FLOORS: readonly (readonly string[])[] = [
  ["build/error.ts", "build/did-you-mean.ts", "build/version.ts"],
  ["build/oci/", "build/host/", "build/yaml/"],
  ["build/store/", "build/compile/"],
  ["build/copy/", "build/image/", "arch/"],
  ["build/mirror/", "build/attest/", "build/check/", "build/runtimes/", "build/pod/"],
  ["build/make/"],
  ["build/terminal/"],
  ["build/github/"],
  ["build/cli.ts", "build/action.ts", "build/mod.ts"],
];

/** The one import that goes up: the list of the architectures, which are data. */
const EXCEPTIONS: readonly (readonly [string, string])[] = [["build/compile/targets.ts", "arch/"]];

interface Edge {
  readonly from: string;
  readonly to: string;
}

/** The imports that do not go to the same room or to a lower floor, in words. */
export function wrongImports(files: readonly Source[]): string[] {
  return [
    ...files.filter(({ path }) => roomOf(path) === undefined)
      .map(({ path }) => `${path} stands on no floor`),
    ...files.flatMap(edgesOf).filter(isWrong).map(({ from, to }) => `${from} imports ${to}`),
  ];
}

/** The circles among the imports, each as `a → b → a`. */
export function circles(files: readonly Source[]): string[] {
  const targets = new Map(files.map((file) => [file.path, edgesOf(file).map(({ to }) => to)]));
  const done = new Set<string>();
  const visit = (path: string, way: readonly string[]): string[] => {
    const start = way.indexOf(path);
    if (start >= 0) return [[...way.slice(start), path].join(" → ")];
    if (done.has(path)) return [];
    done.add(path);
    return (targets.get(path) ?? []).flatMap((next) => visit(next, [...way, path]));
  };
  return files.flatMap(({ path }) => visit(path, []));
}

function edgesOf({ path, text }: Source): Edge[] {
  return importsOf(text)
    .filter(({ specifier }) => specifier.startsWith("."))
    .map(({ specifier }) => ({ from: path, to: posix.join(posix.dirname(path), specifier) }));
}

function isWrong({ from, to }: Edge): boolean {
  const [fromFloor, fromRoom] = roomOf(from) ?? [];
  const [toFloor, toRoom] = roomOf(to) ?? [];
  if (fromFloor === undefined || toFloor === undefined) return true;
  if (EXCEPTIONS.some(([file, room]) => file === from && to.startsWith(room))) return false;
  return fromRoom !== toRoom && toFloor >= fromFloor;
}

/** The floor and the room that a file is in. */
function roomOf(path: string): readonly [number, string] | undefined {
  for (const [floor, rooms] of FLOORS.entries()) {
    const room = rooms.find((room) =>
      room === path || (room.endsWith("/") && path.startsWith(room))
    );
    if (room !== undefined) return [floor, room];
  }
  return undefined;
}
