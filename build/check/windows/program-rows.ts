import type { PeRule } from "../../compile/pe-program.ts";
import { type Row, row, saidOf } from "../row.ts";

/** Bytes: twenty times what ours have at most, so that a C runtime goes in. */
const SIZE_LIMIT = 64 * 1024;

/** A row that fails when one of these rules of the compiler's own check found something. */
function byRules(
  rules: readonly PeRule[],
  rest: Pick<Row, "id" | "states" | "why"> & { readonly link?: string },
): Row {
  return row({
    ...rest,
    os: "windows",
    needs: ["peFindings"],
    check: ({ peFindings }) => saidOf(peFindings.filter(({ rule }) => rules.includes(rule))),
  });
}

/** What holds for a program for Windows, in an image or alone. */
export const WINDOWS_PROGRAM_ROWS: readonly Row[] = [
  row({
    id: "pe",
    states: "the program is a whole PE file",
    why: "Windows says that it is no valid application, and the pod's sandbox never starts.",
    link: "https://learn.microsoft.com/windows/win32/debug/pe-format",
    os: "windows",
    needs: ["pe"],
    check: ({ pe }) => pe[0],
  }),
  byRules(["machine"], {
    id: "pe-machine",
    states: "the program's machine is that of the platform",
    why: "The node cannot execute it, though index and configuration promise that it can.",
  }),
  byRules(["kind", "subsystem"], {
    id: "pe-console",
    states: "the program is an executable for the console",
    why:
      "Only programs of the console hear of CTRL_C and CTRL_SHUTDOWN, by which they are stopped.",
    link: "https://learn.microsoft.com/windows/console/handlerroutine",
  }),
  byRules(["imports", "directories"], {
    id: "pe-imports",
    states:
      "the program imports what pause needs of kernel32.dll, or wincat also of ws2_32.dll, and nothing else",
    why: "Nano Server has few libraries, and what a program does not import it cannot call.",
  }),
  byRules(["time-stamp"], {
    id: "pe-time",
    states: "the program has no time stamp",
    why: "With one, nobody makes the same file again, and nobody can tell that it is the same.",
    link: "https://reproducible-builds.org/docs/timestamps/",
  }),
  byRules(["protection"], {
    id: "pe-protection",
    states: "the program asks for addresses at random (ASLR) and runs no data (DEP)",
    why: "Windows gives neither to a program that does not ask for it.",
    link: "https://learn.microsoft.com/windows/win32/debug/pe-format#dll-characteristics",
  }),
  byRules(["entry"], {
    id: "pe-start",
    states: "the program starts in an executable section",
    why: "It ends with a fault at its first instruction.",
  }),
  byRules(["write-execute"], {
    id: "pe-write-execute",
    states: "no section of the program is both writable and executable",
    why: "Whoever can write there can run what they wrote.",
  }),
  row({
    id: "pe-size",
    states: "the program has at most 64 KiB, and nothing after its last section",
    why: "There is one for each pod, and what no section claims is there to be hidden in.",
    os: "windows",
    needs: ["program", "peFindings"],
    check: ({ program, peFindings }) =>
      program.length > SIZE_LIMIT
        ? `it has ${program.length} bytes`
        : saidOf(peFindings.filter(({ rule }) => rule === "trailing")),
  }),
];
