import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { packTar, type TarHeader } from "modern-tar";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { PauseError } from "../../build/error.ts";
import { type Extent, indexTar } from "../../build/store/archive/tar-reader.ts";
import { failsWith } from "../support/fails.ts";
import { withFolder } from "../support/folder.ts";
import { fc, runs } from "../support/properties.ts";

type Made = readonly (Partial<TarHeader> & { readonly name: string; readonly body?: string })[];

/** A tar as an established library writes it. */
function tar(entries: Made): Promise<Uint8Array> {
  return packTar(entries.map(({ body, ...header }) => ({
    header: { size: body?.length ?? 0, mtime: new Date(0), ...header },
    ...(body !== undefined && { body }),
  })));
}

/** What the reader finds in a tar, as the text at each place. */
async function textsIn(bytes: Uint8Array): Promise<Record<string, string>> {
  const found = await index(bytes);
  return Object.fromEntries([...found].map(([name, { start, size }]) => [
    name,
    new TextDecoder().decode(bytes.subarray(start, start + size)),
  ]));
}

function index(bytes: Uint8Array): Promise<Map<string, Extent>> {
  return withFolder(async (folder) => {
    await writeFile(join(folder, "a.tar"), bytes);
    return await indexTar(join(folder, "a.tar"), () => true);
  });
}

interface HeaderFields {
  readonly name?: string;
  readonly size?: string;
  readonly type?: string;
  readonly magic?: string;
  readonly prefix?: string;
}

/** A header of which single fields are as a test wants them. */
function header(fields: HeaderFields): Uint8Array {
  const block = new Uint8Array(512);
  const write = (text: string, at: number): void => block.set(new TextEncoder().encode(text), at);
  write(fields.name ?? "name", 0);
  write(fields.size ?? "00000000000\0", 124);
  write(fields.type ?? "0", 156);
  write(fields.magic ?? "ustar\x0000", 257);
  write(fields.prefix ?? "", 345);
  write(" ".repeat(8), 148);
  const sum = block.reduce((total, byte) => total + byte, 0);
  write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

function concat(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

/** Content in whole blocks. */
function body(text: string): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(text.length / 512) * 512);
  bytes.set(new TextEncoder().encode(text));
  return bytes;
}

const END = new Uint8Array(1024);

test("files are found with their content, whatever their size", async () => {
  const texts = { a: "", b: "x", c: "y".repeat(512), d: "z".repeat(513) };
  const bytes = await tar(Object.entries(texts).map(([name, body]) => ({ name, body })));
  assert.equal(await textsIn(bytes), texts);
});

test("long names are found, in the prefix, in pax headers and in GNU's", async () => {
  const split = `${"p/".repeat(60)}${"n".repeat(90)}`;
  const long = "l".repeat(200);
  const gnu = "g".repeat(300);
  const fromLibrary = await tar([{ name: split, body: "1" }, { name: long, body: "2" }]);
  const byHand = concat(
    header({ name: "././@LongLink", type: "L", size: "00000000455\0", magic: "ustar  \0" }),
    body(`${gnu}\0`),
    header({ name: "g", size: "00000000001\0", magic: "ustar  \0" }),
    body("3"),
  );
  const bytes = concat(byHand, fromLibrary);
  assert.equal(await textsIn(bytes), { [gnu]: "3", [split]: "1", [long]: "2" });
});

test("a size in a pax header, and one in base 256, count", async () => {
  const size = new Uint8Array(12);
  size.set([0x80, ...Array(10).fill(0), 3]);
  const binary = header({ name: "b", size: "" });
  binary.set(size, 124);
  const sum = binary.map((byte, at) => at >= 148 && at < 156 ? 0x20 : byte)
    .reduce((total, byte) => total + byte, 0);
  binary.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
  const pax = await tar([{ name: "p", body: "12345", pax: { size: "5" } }]);
  assert.equal(await textsIn(concat(binary, body("abc"), pax)), { b: "abc", p: "12345" });
});

test("a leading ./ is no part of the name, and of two files of one name the later counts", async () => {
  const bytes = await tar([{ name: "./a", body: "old" }, { name: "a", body: "new" }]);
  assert.equal(await textsIn(bytes), { a: "new" });
});

test("links, folders, devices and pipes are passed over, whatever size they claim", async () => {
  const file = await tar([{ name: "a", body: "text" }]);
  for (const type of ["1", "2", "3", "4", "5", "6"]) {
    const odd = header({ name: "odd", type, size: "00000001000\0" });
    assert.equal(await textsIn(concat(odd, file)), { a: "text" }, type);
  }
});

test("what GNU's format has in the place of the prefix is no part of the name", async () => {
  const gnu = header({ name: "a", magic: "ustar  \0", prefix: "14000000000\0" });
  assert.equal(await textsIn(concat(gnu, END)), { a: "" });
});

test("only wanted files are remembered", () =>
  withFolder(async (folder) => {
    const file = join(folder, "a.tar");
    await writeFile(
      file,
      await tar([{ name: "a", body: "1" }, { name: "../../etc/b", body: "2" }]),
    );
    const found = await indexTar(file, (name) => name === "a");
    assert.equal([...found.keys()], ["a"]);
  }));

const DAMAGED: Readonly<Record<string, readonly [Uint8Array, RegExp]>> = {
  "nothing": [new Uint8Array(), /it is cut off \(at byte 0\)/],
  "text": [body("no tar at all"), /it is no tar/],
  "a gzip": [new Uint8Array(512).fill(1).with(0, 0x1f).with(1, 0x8b), /run gunzip on it first/],
  "half a header": [header({}).subarray(0, 300), /cut off/],
  "no end": [header({}), /cut off \(at byte 512\)/],
  "content that is cut off": [
    concat(header({ size: "00000001001\0" }), body("x")),
    /cut off \(at byte 0\)/,
  ],
  "a size beyond all numbers": [
    concat(header({ size: "\xff".repeat(12) }), END),
    /no size|cut off/,
  ],
  "a size that is no octal": [concat(header({ size: "00000000009\0" }), END), /no size/],
  "a negative pax size": [paxed("12 size=-5\n"), /no size/],
  "a pax size that is none": [paxed("11 size=x\n"), /no size/],
  "a name of megabytes": [
    concat(header({ type: "L", size: "00004000000\0" }), new Uint8Array(0o4000000), END),
    /a header of 1048576 bytes/,
  ],
};

function paxed(records: string): Uint8Array {
  const size = `${records.length.toString(8).padStart(11, "0")}\0`;
  return concat(header({ type: "x", size }), body(records), header({}), END);
}

for (const [name, [bytes, message]] of Object.entries(DAMAGED)) {
  test(`an archive is refused that is ${name}`, async () => {
    const error = await failsWith(["verification"], () => index(bytes));
    assert.match(error.message, message);
  });
}

test("a flipped bit in a header is found", async () => {
  const good = concat(header({ size: "00000000001\0" }), body("x"), header({ name: "b" }), END);
  for (const at of [0, 130, 156, 400, 1024 + 5]) {
    const bytes = good.with(at, (good[at] ?? 0) ^ 1);
    await failsWith(["verification"], () => index(bytes));
  }
});

test("an archive that is not there, or is a folder, is a storage error", () =>
  withFolder(async (folder) => {
    await failsWith(["storage"], () => indexTar(join(folder, "none.tar"), () => true));
    await failsWith(["storage", "verification"], () => indexTar(folder, () => true));
  }));

test("whatever the bytes, they are read or refused, and every place is within the file", () =>
  withFolder(async (folder) => {
    const real = await tar([{ name: "a", body: "1" }, { name: "l".repeat(150), body: "2" }]);
    const file = join(folder, "a.tar");
    const mutated = fc.array(fc.tuple(fc.nat(real.length - 1), fc.nat(255)), { maxLength: 4 })
      .map((flips) => flips.reduce((bytes, [at, byte]) => bytes.with(at, byte), real));
    const cut = fc.nat(real.length).map((length) => real.subarray(0, length));
    const anything = fc.oneof(mutated, cut, fc.uint8Array({ maxLength: 2048 }));
    await fc.assert(
      fc.asyncProperty(anything, async (bytes) => {
        await writeFile(file, bytes);
        try {
          for (const { start, size } of (await indexTar(file, () => true)).values()) {
            assert.ok(start >= 512 && start + size <= bytes.length);
          }
        } catch (error) {
          if (!(error instanceof PauseError) || error.code !== "verification") throw error;
        }
      }),
      { numRuns: runs(500) },
    );
  }));

test.run();
