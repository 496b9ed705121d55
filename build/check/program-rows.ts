import { readElf, SEGMENT_TYPES } from "../compile/elf.ts";
import type { Finding, ProgramRule } from "../compile/program.ts";
import { dynamicNeeds } from "./dynamic.ts";
import { type Row, row, saidOf } from "./row.ts";

/** A row that fails when one of these rules of the compiler's own check found something. */
function byRules(
  rules: readonly ProgramRule[],
  rest: Pick<Row, "id" | "states" | "why"> & { readonly link?: string },
): Row {
  return row({
    ...rest,
    os: "linux",
    needs: ["program", "findings"],
    check: ({ program, findings }) =>
      saidOf(
        findings.filter((finding) => rules.includes(finding.rule) && !isPardoned(finding, program)),
      ),
  });
}

/** What holds for a program, in an image or alone. */
export const PROGRAM_ROWS: readonly Row[] = [
  row({
    id: "elf",
    states: "the program is a whole ELF file",
    why: 'The kernel answers "exec format error", and the pod\'s sandbox never starts.',
    link: "https://gabi.xinuos.com/elf/02-eheader.html",
    os: "linux",
    needs: ["elf"],
    check: ({ elf }) => elf[0],
  }),
  byRules(["machine", "class", "endian"], {
    id: "machine",
    states: "the program's machine, class and byte order are those of the platform",
    why: "The node cannot execute it, though index and configuration promise that it can.",
    link: "https://github.com/kubernetes/kubernetes/issues/87325",
  }),
  row({
    id: "static",
    states: "the program is static: it asks for no interpreter and no shared library",
    why: "There is no dynamic linker in the image, and nothing else to link to.",
    os: "linux",
    needs: ["program", "findings"],
    check: ({ program }) => {
      const { segments } = readElf(program);
      const interpreter = segments.some(({ type }) => type === SEGMENT_TYPES.interpreter);
      if (interpreter) return "it asks for an interpreter";
      return dynamicNeeds(program) ? "it asks for a shared library" : undefined;
    },
  }),
  byRules(["entry"], {
    id: "start",
    states: "the program starts in an executable segment",
    why: "It ends with a fault at its first instruction.",
    link: "https://gabi.xinuos.com/elf/02-eheader.html",
  }),
  byRules(["write-execute"], {
    id: "write-execute",
    states: "no segment of the program is both writable and executable",
    why: "Whoever can write there can run what they wrote; hardened kernels refuse to map it.",
  }),
  byRules(["stack"], {
    id: "stack",
    states: "the program says that its stack is not executable",
    why: "Without PT_GNU_STACK, kernels of several architectures make the stack executable.",
    link: "https://man7.org/linux/man-pages/man5/elf.5.html",
  }),
  byRules(["alignment", "page", "address"], {
    id: "page-size",
    states: "the program can be loaded with every page size of its architecture",
    why:
      "Kernels with 16 or 64 KiB pages (arm64, ppc64le, loong64, mips64le) cannot map it otherwise.",
  }),
];

/** A program that may lie anywhere (static PIE) names its addresses from 0. */
function isPardoned({ rule }: Finding, program: Uint8Array): boolean {
  const ET_DYN = 3;
  return rule === "address" && readElf(program).type === ET_DYN;
}
