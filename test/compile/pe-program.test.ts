import { test } from "uvu";
import * as assert from "uvu/assert";
import { checkPeProgram, type PeRule } from "../../build/compile/pe-program.ts";
import { dataSection, goodPe, KERNEL32, peBytes, type PeFile, textSection } from "./pe-file.ts";

const wanted = { machine: 0x8664, imports: [KERNEL32] };

const rules = (bytes: Uint8Array): PeRule[] =>
  checkPeProgram(bytes, wanted).map(({ rule }) => rule);

test("checkPeProgram() has nothing to say about a program with the declared imports", () => {
  assert.equal(checkPeProgram(peBytes(goodPe()), wanted), []);
});

test("checkPeProgram() takes another order of imports, another spelling of a library, and tables for unwinding and relocation", () => {
  const imports = [{ library: "KERNEL32.dll", functions: ["Sleep", "ExitProcess"] }];
  assert.equal(checkPeProgram(peBytes(goodPe({ imports, directories: [3, 5, 12] })), wanted), []);
});

const imports = (...functions: string[]): Partial<PeFile> => ({
  imports: [{ ...KERNEL32, functions }],
});

/** One fault each, with the rule that it breaks and what is said of it. */
const FAULTS: readonly (readonly [string, Partial<PeFile>, PeRule, string])[] = [
  ["another machine", { machine: 0xaa64 }, "machine", "is for machine 0xaa64, not 0x8664"],
  ["a library", { characteristics: 0x2022 }, "kind", "is a library"],
  ["an object", { characteristics: 0x20 }, "kind", "is not marked as executable"],
  ["a program with windows", { subsystem: 2 }, "subsystem", "is for subsystem 2, not 3 (console)"],
  ["a time stamp", { timeStamp: 1 }, "time-stamp", "has the time stamp 1, not 0"],
  ["data that may run", { dllCharacteristics: 0x8060 }, "protection", "ask for NX_COMPAT"],
  ["a fixed address", { dllCharacteristics: 0x8120 }, "protection", "ask for DYNAMIC_BASE"],
  ["a low address", { dllCharacteristics: 0x8140 }, "protection", "ask for HIGH_ENTROPY_VA"],
  [
    "no protection at all",
    { dllCharacteristics: 0 },
    "protection",
    "does not ask for HIGH_ENTROPY_VA, DYNAMIC_BASE, NX_COMPAT",
  ],
  ["relocations stripped", { characteristics: 0x23 }, "protection", "cannot be moved"],
  ["no large addresses", { characteristics: 0x2 }, "protection", "cannot be put beyond 2 GiB"],
  ["an entry in data", { entry: 0x2000 }, "entry", "starts at 0x2000"],
  ["an entry behind the code", { entry: 0x1180 }, "entry", "starts at 0x1180"],
  ["no entry", { entry: 0 }, "entry", "starts at 0x0"],
  [
    "code that is written to",
    { sections: [textSection({ flags: 0xe000_0020 }), dataSection()] },
    "write-execute",
    "both writable and executable",
  ],
  [
    "an import too many",
    imports("ExitProcess", "LoadLibraryA", "Sleep"),
    "imports",
    "imports kernel32.dll!LoadLibraryA, which is not declared",
  ],
  [
    "an import too few",
    imports("Sleep"),
    "imports",
    "does not import kernel32.dll!ExitProcess, which is declared",
  ],
  [
    "a function by another spelling",
    imports("ExitProcess", "sleep"),
    "imports",
    "imports kernel32.dll!sleep, which is not declared and does not import kernel32.dll!Sleep",
  ],
  ["a function by its number", imports("ExitProcess", "Sleep", "#7"), "imports", "dll!#7"],
  [
    "another library",
    { imports: [KERNEL32, { library: "msvcrt.dll", functions: ["exit"] }] },
    "imports",
    "imports msvcrt.dll!exit",
  ],
  [
    "a debug directory and code that runs before the entry",
    { directories: [6, 9] },
    "directories",
    "has directories of debug, TLS",
  ],
  ["bytes after the last section", { size: 0x801 }, "trailing", "has 1 bytes after"],
];

for (const [what, fault, rule, says] of FAULTS) {
  test(`checkPeProgram() finds ${what}`, () => {
    const findings = checkPeProgram(peBytes(goodPe(fault)), wanted);
    assert.equal(findings.map((finding) => finding.rule), [rule]);
    assert.match(findings[0]?.message ?? "", says);
  });
}

test("checkPeProgram() reports what is no PE file as a finding", () => {
  assert.equal(rules(new TextEncoder().encode("\x7fELF".padEnd(64))), ["pe"]);
});

test.run();
