import { test } from "uvu";
import * as assert from "uvu/assert";
import { first, MOST_DIFFERENCES } from "../../../build/attest/reproduce/difference.ts";
import { jsonDifferences } from "../../../build/attest/reproduce/json.ts";
import { programDifferences } from "../../../build/attest/reproduce/program.ts";
import { toolDifferences } from "../../../build/attest/reproduce/tools.ts";

const places = (image: unknown, rebuilt: unknown): string[] =>
  [...jsonDifferences(image, rebuilt)].map(({ at }) => at);

test("documents are compared by the paths of what differs in them, both sides beside each", () => {
  const image = { config: { Labels: { "a.b": "1", same: "x" } }, layers: [1, 2] };
  const rebuilt = { config: { Labels: { "a.b": "2", same: "x" } }, layers: [1] };
  assert.equal([...jsonDifferences(image, rebuilt)], [
    { at: 'config.Labels["a.b"]', image: '"1"', rebuilt: '"2"' },
    { at: "layers[1]", image: "2", rebuilt: "" },
  ]);
  assert.equal(places({ a: null }, { a: [] }), ["a"]);
  assert.equal(places({ a: { b: 1 } }, { a: { b: 1 } }), []);
});

test("a key that every object has is compared as any other", () => {
  assert.equal(places(JSON.parse('{"__proto__":1,"toString":2}'), {}), ["__proto__", "toString"]);
});

test("no more differences are listed than tell what is wrong, and no longer ones", () => {
  const zeros = Array.from({ length: 1000 }, () => 0);
  assert.is(first(jsonDifferences(zeros, zeros.map(() => 1))).length, MOST_DIFFERENCES);
  const [{ image = "" } = {}] = jsonDifferences("x".repeat(100_000), "y");
  assert.ok(image.length < 300);
});

/** An ELF file of 64 bits with one segment, which is all of it, at 0x10000. */
function elf(code: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(120 + code.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 2, true);
  view.setUint16(18, 62, true);
  view.setBigUint64(24, 0x10078n, true);
  view.setBigUint64(32, 64n, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, 1, true);
  view.setUint32(64, 1, true);
  view.setUint32(68, 5, true);
  view.setBigUint64(80, 0x10000n, true);
  view.setBigUint64(96, BigInt(bytes.length), true);
  view.setBigUint64(104, BigInt(bytes.length), true);
  bytes.set(code, 120);
  return bytes;
}

test("a byte of a program is told by its segment, its offset and its address", () => {
  assert.equal([...programDifferences(elf([1, 2, 3]), elf([1, 9, 3]))], [
    { at: "segment 0, offset 0x79, address 0x10079", image: "02", rebuilt: "09" },
  ]);
  assert.equal([...programDifferences(elf([1]), elf([1]))], []);
});

test("a longer program says so in its headers, and what it has more is told", () => {
  const found = [...programDifferences(elf([1]), elf([1, 2]))].map(({ at }) => at);
  assert.ok(found.includes("segment 0.filesz"));
  assert.ok(found.includes("size"));
  assert.is(found.at(-1), "offset 0x79");
});

test("what is no program at all is compared by its bytes, far ones apart", () => {
  const [one, other] = [new Uint8Array(100), new Uint8Array(100)];
  other.set([1, 0, 1], 10);
  other.set([1], 90);
  assert.equal([...programDifferences(one, other)], [
    { at: "offset 0xa", image: "00 00 00", rebuilt: "01 00 01" },
    { at: "offset 0x5a", image: "00", rebuilt: "01" },
  ]);
});

test("tools are compared by all that they say of their version", () => {
  const clang = { name: "clang", version: "19.1.7", told: "Debian clang version 19.1.7 (3+b1)" };
  assert.equal(toolDifferences([clang], [clang]), []);
  const [other] = toolDifferences([clang], [{ ...clang, told: "clang version 19.1.7" }]);
  assert.equal(other, { at: "clang", image: clang.told, rebuilt: "clang version 19.1.7" });
  assert.is(toolDifferences([clang], [])[0]?.rebuilt, "");
});

test.run();
