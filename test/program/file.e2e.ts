import { test } from "uvu";
import * as assert from "uvu/assert";
import { readElf, SEGMENT_FLAGS, SEGMENT_TYPES } from "../../build/compile/elf.ts";
import { checkProgram } from "../../build/compile/program.ts";
import type { Target } from "../../build/compile/target.ts";
import { TARGETS } from "../../build/compile/targets.ts";
import { LARGE_PAGES } from "./pages.ts";
import { programBytes } from "./programs.ts";

/** Bytes on disk. */
const MOST: Readonly<Record<string, number>> = { amd64: 512 };
const MOST_ELSEWHERE = 1024;

/** Adds a test for each architecture. */
function inEachFile(
  behaviour: string,
  body: (bytes: Uint8Array, target: Target) => void,
  version?: string,
): void {
  for (const target of TARGETS) {
    test(`${target.arch}: pause ${behaviour}`, async () => {
      body(await programBytes(target, "pause", version), target);
    });
  }
}

const isSmall = (bytes: Uint8Array, { arch }: Target): void =>
  assert.ok(bytes.length <= (MOST[arch] ?? MOST_ELSEWHERE), `${bytes.length} bytes`);

inEachFile("is as small with a version of nine characters", isSmall, "v3.10.100");

inEachFile("is a few hundred bytes in one segment that nobody can write to", (bytes, target) => {
  isSmall(bytes, target);
  assert.equal(checkProgram(bytes, target), []);
  const { read, write, execute } = SEGMENT_FLAGS;
  const size = { filesz: bytes.length, memsz: bytes.length };
  const [program, stack, ...others] = readElf(bytes).segments;
  const facts = { type: SEGMENT_TYPES.load, flags: read | execute, ...size };
  assert.equal(program, { ...program, ...facts });
  assert.is(stack?.type, SEGMENT_TYPES.gnuStack);
  assert.is(stack?.flags, read | write);
  assert.equal(others, []);
});

// QEMU loads what a kernel with such pages would refuse, so the file itself is looked at.
inEachFile("can be mapped in pages of each size that its architecture has", (bytes, { arch }) => {
  const size = LARGE_PAGES.includes(arch) ? 0x1_0000 : 0x1000;
  const [program] = readElf(bytes).segments;
  const place = { offset: 0, vaddr: 0x1_0000, align: size };
  assert.equal(program, { ...program, ...place });
});

test.run();
