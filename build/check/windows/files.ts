import { checkPeProgram } from "../../compile/pe-program.ts";
import { findTarget } from "../../compile/targets.ts";
import type { Platform } from "../../oci/platform.ts";
import { type FileTree, findFile } from "../tree.ts";

/** Rules that hold for a program of Windows, whoever made it. */
const RUNS: readonly string[] = ["pe", "machine", "kind", "subsystem"];

/** What is wrong with the program by which ports are forwarded into a pod. */
export function wincatFaults(files: FileTree, { architecture }: Platform): string[] {
  const found = findFile(files, "/windows/system32/wincat.exe");
  if ("fault" in found) return [found.fault];
  const machine = findTarget(architecture)?.windows?.machine;
  return checkPeProgram(found.node.bytes, { machine: machine ?? -1, imports: [] })
    .filter(({ rule }) => RUNS.includes(rule) && (rule !== "machine" || machine !== undefined))
    .map(({ message }) => `it ${message}`);
}

/** What is wrong with the file that keeps the service diagtrack from starting. */
export function diagtrackFaults(files: FileTree): string[] {
  const found = findFile(files, "/windows/system32/diagtrack.dll");
  if ("fault" in found) return [found.fault];
  const [first, second] = found.node.bytes;
  return first === 0x4d && second === 0x5a ? ["it is a library, which can be loaded"] : [];
}
