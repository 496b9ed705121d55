/** The programs for Windows as files. Nothing here runs those for arm64. */
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readPe, SECTION_FLAGS } from "../../../build/compile/pe.ts";
import { readDefinition } from "../../../build/compile/windows.ts";
import { VERSION } from "../programs.ts";
import { inEachExecutable } from "./places.ts";

const MOST_PAUSE = 3072;
const MOST_WINCAT = 6144;

/** The libraries and functions that a program's definitions name. */
const declared = (...names: readonly string[]): unknown[] =>
  names.map((name) => readDefinition(readFileSync(`src/windows/${name}.def`, "utf8")));

/** In the order of a definition, which is that of the import library as well. */
const imported = (bytes: Uint8Array): unknown[] =>
  readPe(bytes).imports.map(({ library, functions }) => ({
    library,
    functions: [...functions].sort(),
  }));

inEachExecutable("pause", "is 3 KiB at most, with the longest version too", (bytes) => {
  assert.ok(bytes.length <= MOST_PAUSE, `${bytes.length} bytes`);
}, "v".repeat(129));

inEachExecutable(
  "pause",
  "has its version, and imports what its definition names of kernel32",
  (bytes) => {
    const text = new TextDecoder("latin1").decode(bytes);
    assert.ok(text.includes(`pause.c ${VERSION}\r\n`));
    assert.equal(imported(bytes), declared("pause.kernel32"));
  },
);

inEachExecutable("wincat", "is 6 KiB at most, and imports what its definitions name", (bytes) => {
  assert.ok(bytes.length <= MOST_WINCAT, `${bytes.length} bytes`);
  assert.equal(imported(bytes), declared("wincat.kernel32", "wincat.ws2_32"));
});

for (const name of ["pause", "wincat"] as const) {
  inEachExecutable(
    name,
    "is for the console, anywhere in memory, and runs no data",
    (bytes, { windows }) => {
      const program = readPe(bytes);
      const facts = { class: 64, machine: windows?.machine, timeStamp: 0, subsystem: 3 } as const;
      assert.equal(program, { ...program, ...facts });
      // HIGH_ENTROPY_VA, DYNAMIC_BASE, NX_COMPAT; the fourth is for what knows of terminal services.
      assert.is(program.dllCharacteristics, 0x20 | 0x40 | 0x100 | 0x8000);
      const { write, execute } = SECTION_FLAGS;
      const isBoth = ({ flags }: { flags: number }) =>
        (flags & write) !== 0 && (flags & execute) !== 0;
      assert.equal(program.sections.filter(isBoth), []);
    },
  );
}

test.run();
