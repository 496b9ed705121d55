import { test } from "uvu";
import * as assert from "uvu/assert";
import { PauseError } from "../../build/error.ts";
import { readPe } from "../../build/compile/pe.ts";
import { fc, runs } from "../support/properties.ts";
import { dataSection, goodPe, KERNEL32, peBytes, textSection } from "./pe-file.ts";

const SOCKETS = { library: "ws2_32.dll", functions: ["send", "#7", "recv"] };

for (const width of [32, 64] as const) {
  test(`readPe() reads what a ${width}-bit program says of itself`, () => {
    const { size, ...file } = goodPe({ class: width, imports: [KERNEL32, SOCKETS] });
    const read = readPe(peBytes({ ...file, size }));
    assert.equal(read, { ...file, directories: [1], end: size });
  });
}

test("readPe() reads a program that is part of a larger buffer", () => {
  const bytes = peBytes(goodPe());
  const buffer = new Uint8Array(bytes.length + 7);
  buffer.set(bytes, 7);
  assert.equal(readPe(buffer.subarray(7)), readPe(bytes));
});

test("readPe() takes the addresses to fill in where there is no lookup table", () => {
  const bytes = peBytes(goodPe());
  new DataView(bytes.buffer).setUint32(0x400, 0, true);
  assert.equal(readPe(bytes).imports, [KERNEL32]);
});

test("readPe() finds nothing imported where there is no directory of it", () => {
  assert.equal(readPe(peBytes(goodPe({ imports: [] }))).imports, []);
});

/** What the reader says of a file that is no PE file, or a broken one. */
function refusal(bytes: Uint8Array): string {
  try {
    readPe(bytes);
  } catch (error) {
    assert.instance(error, PauseError);
    assert.is((error as PauseError).code, "verification");
    return (error as PauseError).message;
  }
  throw new Error("It was read.");
}

/** The bytes of a good program in which a number is another one. */
function patched(at: number, value: number): Uint8Array {
  const bytes = peBytes(goodPe());
  new DataView(bytes.buffer).setUint32(at, value, true);
  return bytes;
}

const BROKEN: readonly (readonly [what: string, bytes: Uint8Array, says: string])[] = [
  ["nothing", new Uint8Array(), "it ends too soon"],
  ["an ELF file", new TextEncoder().encode("\x7fELF".padEnd(64)), "it does not begin as one"],
  ["a DOS header alone", peBytes(goodPe()).slice(0, 0x40), "it ends too soon"],
  ["a program for DOS", patched(0x40, 0x454e), "it is a program for DOS alone"],
  ["a signature beyond the file", patched(0x3c, 0xffff_fff0), "it ends too soon"],
  ["an optional header of another kind", patched(0x58, 0x107), "optional header is of kind 263"],
  ["a section beyond the file", peBytes(goodPe({ size: 0x7ff })), "section 1 leaves the file"],
  [
    "more sections than Windows takes",
    peBytes(goodPe({ sections: Array.from({ length: 97 }, () => textSection()), size: 0x2000 })),
    "it has 97 sections",
  ],
  [
    "imports that are in no section",
    peBytes(goodPe({ sections: [textSection()] })),
    "names the address 0x2000",
  ],
  ["imports in what only memory has", patched(0x58 + 112 + 8, 0x2400), "the address 0x2400"],
  ["a name beyond its section", patched(0x40c, 0x9000), "the address 0x9000"],
];

for (const [what, bytes, says] of BROKEN) {
  test(`readPe() refuses ${what}`, () => assert.match(refusal(bytes), says));
}

test("readPe() gives up on a file that imports without an end, however it says so", () => {
  const bytes = new Uint8Array(0x20_0000).fill(1);
  const filesz = bytes.length - 0x400;
  bytes.set(peBytes(goodPe({ sections: [textSection(), dataSection({ filesz, memsz: filesz })] })));
  const view = new DataView(bytes.buffer);
  for (let at = 0x400; at < bytes.length; at += 4) view.setUint32(at, 0x2000, true);
  assert.match(refusal(bytes), "it imports more than 10000 functions");
  // The same libraries again and again, each without a function.
  view.setUint32(bytes.length - 8, 0, true);
  view.setUint32(bytes.length - 4, 0, true);
  for (let at = 0x400; at < bytes.length - 8; at += 20) {
    view.setUint32(at, filesz - 8 + 0x2000, true);
  }
  assert.match(refusal(bytes), "it imports more than 10000 functions");
});

test("readPe() reads or refuses any damaged program", () => {
  const damage = fc.array(fc.tuple(fc.nat(0x7ff), fc.nat(255)), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(damage, fc.nat(0x800), (damage, length) => {
      const bytes = peBytes(goodPe()).slice(0, length);
      for (const [at, byte] of damage) bytes[at] = byte;
      try {
        readPe(bytes);
      } catch (error) {
        assert.instance(error, PauseError);
      }
    }),
    { numRuns: runs(2000) },
  );
});

test.run();
