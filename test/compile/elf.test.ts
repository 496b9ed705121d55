import { Buffer } from "node:buffer";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readElf, stripSections } from "../../build/compile/elf.ts";
import { PauseError } from "../../build/error.ts";
import { fc, runs } from "../support/properties.ts";
import { elfBytes, goodElf, goodLoad, stack } from "./elf-file.ts";

const SHAPES = ([32, 64] as const).flatMap((size) =>
  (["little", "big"] as const).map((endian) => ({ class: size, endian }))
);

const isVerification = (error: unknown): boolean =>
  error instanceof PauseError && error.code === "verification";

for (const shape of SHAPES) {
  test(`readElf() reads what a ${shape.class}-bit ${shape.endian}-endian file says`, () => {
    const segments = [goodLoad({ vaddr: 0x8001_0000, align: 0x1_0000 }), stack(7)];
    const file = goodElf({ ...shape, machine: 0x1234, entry: 0x8001_0080, segments, sections: 3 });
    assert.equal(readElf(elfBytes(file)), {
      ...shape,
      type: 2,
      machine: 0x1234,
      entry: 0x8001_0080,
      segments,
      sections: { offset: 0x100, count: 3 },
      end: 0x100,
    });
  });

  test(`stripSections() leaves a ${shape.class}-bit ${shape.endian}-endian file without sections`, () => {
    const stripped = stripSections(elfBytes(goodElf({ ...shape, sections: 5 })));
    assert.is(hex(stripped), hex(elfBytes(goodElf(shape))));
  });
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

test("stripSections() cuts what stands after the last segment and keeps the bytes given", () => {
  const bytes = elfBytes(goodElf({ size: 0x180, sections: 2 }));
  const before = bytes.slice();
  assert.is(stripSections(bytes).length, 0x100);
  assert.is(hex(bytes), hex(before));
});

test("stripSections() keeps the program headers when no segment covers them", () => {
  const segments = [goodLoad({ filesz: 4, memsz: 4 }), stack()];
  const stripped = stripSections(elfBytes(goodElf({ segments, sections: 1 })));
  assert.equal(readElf(stripped).segments, segments);
  assert.is(stripped.length, 64 + 2 * 56);
});

const REFUSED: Readonly<Record<string, Uint8Array>> = {
  "no bytes": new Uint8Array(),
  "a shell script": new TextEncoder().encode("#!/bin/sh\n"),
  "a magic number alone": Uint8Array.of(0x7f, 0x45, 0x4c, 0x46),
  "an unknown class": patched({ at: 4, byte: 3 }),
  "an unknown byte order": patched({ at: 5, byte: 0 }),
  "half a header": elfBytes(goodElf()).subarray(0, 63),
  "program headers that leave the file": patched({ at: 56, byte: 0xff }),
  "program headers of another size": patched({ at: 54, byte: 32 }),
  "a program header table beyond every file": patched({ at: 39, byte: 0xff }),
  "an entry that a number cannot tell exactly": patched({ at: 31, byte: 0xff }),
  "a segment that leaves the file": elfBytes(
    goodElf({ segments: [goodLoad({ filesz: 0x101 })] }),
  ),
};

for (const [what, bytes] of Object.entries(REFUSED)) {
  test(`readElf() refuses ${what}`, () => {
    assert.throws(() => readElf(bytes), isVerification);
    assert.throws(() => stripSections(bytes), isVerification);
  });
}

function patched({ at, byte }: { readonly at: number; readonly byte: number }): Uint8Array {
  const bytes = elfBytes(goodElf());
  bytes[at] = byte;
  return bytes;
}

test("readElf() takes any bytes without another error than its own", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (tail) => {
    assert.ok(isReadOrRefused(Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, ...tail)));
  }));
});

test("readElf() takes any damaged program without another error than its own", () => {
  const shape = fc.constantFrom(...SHAPES);
  const damage = fc.array(fc.tuple(fc.nat(0x13f), fc.nat(255)), { minLength: 1, maxLength: 12 });
  const length = fc.nat(0x140);
  fc.assert(
    fc.property(shape, damage, length, (shape, damage, length) => {
      const bytes = elfBytes(goodElf({ ...shape, sections: 1 })).subarray(0, 0x100 + length % 0x40);
      for (const [at, byte] of damage) if (at < bytes.length) bytes[at] = byte;
      assert.ok(isReadOrRefused(bytes.subarray(0, length)));
      assert.ok(isReadOrRefused(bytes));
    }),
    { numRuns: runs(2000) },
  );
});

function isReadOrRefused(bytes: Uint8Array): boolean {
  try {
    const { end } = readElf(bytes);
    return end <= bytes.length && stripSections(bytes).length === end;
  } catch (error) {
    return isVerification(error);
  }
}

test.run();
