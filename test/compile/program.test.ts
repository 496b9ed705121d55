import { test } from "uvu";
import * as assert from "uvu/assert";
import { checkProgram, type ProgramRule } from "../../build/compile/program.ts";
import { processorTime } from "../support/processor-time.ts";
import { fc, runs } from "../support/properties.ts";
import { elfBytes, type ElfFile, goodElf, goodLoad, stack } from "./elf-file.ts";
import { someTarget } from "./some-target.ts";

const target = someTarget();

const rules = (bytes: Uint8Array): ProgramRule[] =>
  checkProgram(bytes, target).map(({ rule }) => rule);

test("checkProgram() has nothing to say about a static, read-only program", () => {
  assert.equal(checkProgram(elfBytes(goodElf()), target), []);
});

test("checkProgram() lets text follow read-only data on its page, as linkers do", () => {
  const segments = [goodLoad({ flags: 4 }), goodLoad({ offset: 0x100, vaddr: 0x20_0100 }), stack()];
  const file = goodElf({ segments, entry: 0x20_0100, size: 0x200 });
  assert.equal(checkProgram(elfBytes(file), target), []);
});

/** One fault each, with the rules that it breaks. */
const FAULTS: readonly (readonly [string, Partial<ElfFile>, readonly ProgramRule[]])[] = [
  ["a 32-bit program", { class: 32 }, ["class"]],
  ["the other byte order", { endian: "big" }, ["endian"]],
  ["another machine", { machine: 183 }, ["machine"]],
  ["a position-independent program", { type: 3 }, ["type"]],
  ["an object file", { type: 1, segments: [], entry: 0 }, ["type", "entry", "stack", "trailing"]],
  ["an entry before the program", { entry: 0x1f_ffff }, ["entry"]],
  ["an entry right after the program", { entry: 0x20_0100 }, ["entry"]],
  ["an entry in a segment that is only read", {
    segments: [goodLoad({ flags: 4 }), stack()],
  }, ["entry"]],
  ["a writable executable segment", {
    segments: [goodLoad({ flags: 7 }), stack()],
  }, ["write-execute", "writable"]],
  ["a writable segment", {
    segments: [goodLoad(), goodLoad({ vaddr: 0x21_0000, flags: 6 }), stack()],
  }, ["writable"]],
  ["memory beyond the file", {
    segments: [goodLoad({ memsz: 0x108 }), stack()],
  }, ["writable"]],
  ["no word on the stack", { segments: [goodLoad()] }, ["stack"]],
  ["an executable stack", { segments: [goodLoad(), stack(7)] }, ["stack"]],
  ["an interpreter", {
    segments: [goodLoad({ type: 3, flags: 4 }), goodLoad(), stack()],
  }, ["interpreter"]],
  ["a dynamic segment", {
    segments: [goodLoad(), goodLoad({ type: 2, flags: 4 }), stack()],
  }, ["dynamic"]],
  ["sections left over", { sections: 4 }, ["sections", "trailing"]],
  ["bytes after the last segment", { size: 0x101 }, ["trailing"]],
  ["an alignment that is no power of two", {
    segments: [goodLoad({ align: 0x1800 }), stack()],
  }, ["alignment"]],
  ["an offset that does not fit the largest page", {
    segments: [goodLoad({ vaddr: 0x20_1000 }), stack()],
    entry: 0x20_1000,
  }, ["alignment"]],
  ["text whose page is taken over by data", {
    segments: [goodLoad(), goodLoad({ flags: 4, offset: 0x100, vaddr: 0x20_0100 }), stack()],
    size: 0x200,
  }, ["page"]],
  ["segments out of order", {
    segments: [goodLoad({ vaddr: 0x30_0000 }), goodLoad(), stack()],
  }, ["page"]],
  ["an address that kernels keep free", {
    segments: [goodLoad({ vaddr: 0 }), stack()],
    entry: 0x80,
  }, ["address"]],
];

for (const [what, fault, broken] of FAULTS) {
  test(`checkProgram() finds ${what}`, () => {
    assert.equal(rules(elfBytes(goodElf(fault))), broken);
  });
}

test("checkProgram() says what was found in place of what was expected", () => {
  const [finding] = checkProgram(elfBytes(goodElf({ machine: 183 })), target);
  assert.is(finding?.message, "is for machine 183 (e_machine), not 62");
});

test("checkProgram() reports what is no ELF file as a finding", () => {
  assert.equal(rules(new TextEncoder().encode("MZ")), ["elf"]);
});

test("checkProgram() takes any damaged program", () => {
  const damage = fc.array(fc.tuple(fc.nat(0xff), fc.nat(255)), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(damage, (damage) => {
      const bytes = elfBytes(goodElf());
      for (const [at, byte] of damage) bytes[at] = byte;
      assert.ok(Array.isArray(checkProgram(bytes, target)));
    }),
    { numRuns: runs(2000) },
  );
});

test("checkProgram() is quick with as many segments as a file can name", () => {
  const segments = Array.from({ length: 0xffff }, () => goodLoad({ memsz: 0, filesz: 0 }));
  const file = goodElf({ segments, size: 64 + segments.length * 56 });
  const bytes = elfBytes(file);
  assert.ok(processorTime(() => checkProgram(bytes, target)) < 2000);
});

test.run();
