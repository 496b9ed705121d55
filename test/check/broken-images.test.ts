import { gzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { sha256 } from "../../build/oci/digest.ts";
import { elfBytes, type ElfFile, goodElf, goodLoad, stack } from "../compile/elf-file.ts";
import {
  type File,
  idsOf,
  imageOf,
  type Json,
  PAUSE,
  PROGRAM,
  type Recipe,
  reportOn,
} from "./images.ts";
import { verifyTarget } from "../../build/check/verify.ts";

const MiB = 1024 * 1024;

/** The program of an image, with other headers. */
const elf = (changes: Partial<ElfFile>): Recipe => program(elfBytes(goodElf(changes)));
const program = (bytes: Uint8Array): Recipe => ({ layers: [[{ ...PAUSE, bytes }]] });
const pause = (changes: Partial<File>): Recipe => ({ layers: [[{ ...PAUSE, ...changes }]] });
const beside = (...files: File[]): Recipe => ({ layers: [[PAUSE, ...files]] });
const run = (changes: Json): Recipe => ({
  config: (config) => Object.assign(config.config as Json, changes),
});
const first = (list: unknown): Json => (list as Json[])[0] ?? {};
const DIGEST = sha256(new Uint8Array());
const segments = (...changes: Parameters<typeof goodLoad>[0][]): Recipe =>
  elf({ segments: [...changes.map((change) => goodLoad(change)), stack()] });

/** What is wrong with an image, and the one row that is to find it. */
const BROKEN: readonly (readonly [row: string, what: string, recipe: Recipe])[] = [
  ["content", "its layer has other bytes", {
    spoil: (parts) => {
      parts.layer &&= { ...parts.layer, bytes: parts.layer.bytes.map((byte) => byte ^ 1) };
    },
  }],
  ["content", "its layer is missing", { spoil: (parts) => delete parts.layer }],
  ["content", "its configuration is missing", { spoil: (parts) => delete parts.config }],
  ["content", "its manifest is missing", { spoil: (parts) => delete parts.manifest }],
  ["content", "its layer is longer than the manifest says", {
    manifest: ({ layers }) => first(layers).size = 10,
  }],
  ["content", "its layer is shorter than the manifest says", {
    manifest: ({ layers }) => first(layers).size = 10_000,
  }],
  ["content", "its configuration has another size", {
    manifest: ({ config }) => (config as Json).size = 10,
  }],
  ["content", "its manifest has another size than the index says", {
    entry: (entry) => entry.size = 10,
  }],
  ["documents", "its configuration has no rootfs", { config: (config) => delete config.rootfs }],
  ["documents", "its manifest is an index too", {
    manifest: (manifest) => manifest.manifests = [],
  }],
  ["documents", "its manifest says another type than the index", {
    manifest: (manifest) =>
      manifest.mediaType = "application/vnd.docker.distribution.manifest.v2+json",
  }],
  ["documents", "its configuration is said to be enormous", {
    manifest: ({ config }) => (config as Json).size = 5 * MiB,
  }],
  ["layer-size", "its layer is a bomb", {
    compress: () => new Uint8Array(gzipSync(new Uint8Array(65 * MiB))),
  }],
  ["layer-size", "its layer is said to be enormous", {
    manifest: ({ layers }) => first(layers).size = 65 * MiB,
  }],
  ["layer-size", "it has as many layers as no engine takes", {
    manifest: (manifest) => manifest.layers = Array(128).fill(first(manifest.layers)),
    config: (config) => delete config.history,
  }],
  ["layers", "its layer is cut off", {
    compress: (tar) => new Uint8Array(gzipSync(tar)).subarray(0, -20),
  }],
  ["layers", "its layer is cut off and compressed again", {
    compress: (tar) => new Uint8Array(gzipSync(tar.subarray(0, 600))),
  }],
  ["layers", "its layer is no tar", {
    compress: () => new Uint8Array(gzipSync(new Uint8Array(2048).fill(7))),
  }],
  ["layers", "its layer has a damaged header", {
    compress: (tar) => new Uint8Array(gzipSync(tar.with(100, 0x31))),
  }],
  ["layers", "its layer has ten thousand files and more", {
    layers: [Array.from({ length: 10_001 }, (_, at) => ({ path: `${at}` }))],
  }],
  ["layers", "its layer has folders too deep", beside({ path: "a/".repeat(50) + "b" })],
  ["diff-ids", "the diffID is another", {
    config: (config) => (config.rootfs as Json).diff_ids = [DIGEST],
  }],
  ["diff-ids", "a diffID too many", {
    config: ({ rootfs }) => ((rootfs as Json).diff_ids as string[]).push(DIGEST),
  }],
  ["diff-ids", "a diffID too few", {
    layers: [[{ ...PAUSE, mode: 0o700 }], [PAUSE]],
    config: ({ rootfs }) => ((rootfs as Json).diff_ids as string[]).pop(),
  }],
  ["history", "the history has a line too many", {
    config: ({ history }) => (history as Json[]).push({ created_by: "nobody" }),
  }],
  ["platform", "the configuration says another architecture", {
    config: (config) => config.architecture = "arm64",
  }],
  ["platform", "the configuration says another system", {
    config: (config) => config.os = "plan9",
  }],
  ["platform", "the configuration says another variant", {
    config: (config) => config.variant = "v3",
  }],
  ["user", "no user", run({ User: "" })],
  ["user", "root by name", run({ User: "root" })],
  ["user", "root by number", run({ User: "0:65535" })],
  ["user", "root by a longer number", run({ User: "00" })],
  ["user", "a user's name", run({ User: "nobody" })],
  ["user", "root's group", run({ User: "65535:0" })],
  ["entrypoint", "no entry point", run({ Entrypoint: [] })],
  ["entrypoint", "an entry point that is not there", run({ Entrypoint: ["/bin/pause"] })],
  ["entrypoint", "an entry point that is in no folder of PATH", run({ Entrypoint: ["pause"] })],
  ["entrypoint", "an entry point that is a folder", {
    layers: [[{ path: "pause/", type: "directory", mode: 0o755 }]],
  }],
  ["entrypoint", "an entry point that is a circle of links", {
    layers: [[{ path: "pause", type: "symlink", to: "other" }, {
      path: "other",
      type: "symlink",
      to: "pause",
    }]],
  }],
  ["entrypoint", "an entry point that a later layer takes away", {
    layers: [[PAUSE], [{ path: ".wh.pause" }]],
  }],
  ["entrypoint", "an entry point in a folder that a later layer empties", {
    layers: [[{ ...PAUSE, path: "bin/pause" }], [{ path: "bin/.wh..wh..opq" }]],
    ...run({ Entrypoint: ["/bin/pause"] }),
  }],
  ["entrypoint", "an entry point that only a whiteout of its own name resembles", {
    layers: [[{ path: "a" }], [{ path: ".wh.a" }]],
  }],
  ["executable", "a program that only its owner may run", pause({ mode: 0o744 })],
  ["protected", "a program that everybody may write to", pause({ mode: 0o777 })],
  ["protected", "a program that the image's user owns", pause({ uid: 65535 })],
  ["set-id", "a set-user-ID program", pause({ mode: 0o4755 })],
  ["set-id", "a set-group-ID program", pause({ mode: 0o2755 })],
  [
    "set-id",
    "a program with capabilities",
    pause({
      attributes: { "SCHILY.xattr.security.capability": "\x01\0\0\x02" },
    }),
  ],
  ["extra-files", "a file too many", beside({ path: "etc/passwd" })],
  ["extra-files", "a folder too many", beside({ path: "tmp/", type: "directory" })],
  ["extra-files", "a device", beside({ path: "null", type: "character-device" })],
  ["elf", "a shell script", program(new TextEncoder().encode("#!/bin/sh\n"))],
  ["elf", "a program that is cut off", program(PROGRAM.subarray(0, 100))],
  ["elf", "an empty program", program(new Uint8Array())],
  ["machine", "a program of another machine", elf({ machine: 183 })],
  ["machine", "a program of another class", elf({ class: 32 })],
  ["machine", "a program of another byte order", elf({ endian: "big" })],
  ["static", "a program that asks for an interpreter", withSegment(3)],
  ["static", "a program that asks for a library", withDynamic(1n)],
  ["start", "a program that starts nowhere", elf({ entry: 0x1234 })],
  ["start", "a program that starts in data", segments({ flags: 4 })],
  ["write-execute", "a program with a writable and executable segment", segments({ flags: 7 })],
  ["stack", "a program with an executable stack", elf({ segments: [goodLoad(), stack(7)] })],
  ["stack", "a program that does not speak of its stack", elf({ segments: [goodLoad()] })],
  ["page-size", "a program that no page holds", segments({ vaddr: 0x200010 })],
  ["page-size", "a program at the address 0", {
    ...elf({ entry: 0xe0, segments: [goodLoad({ vaddr: 0 }), stack()] }),
  }],
  ["index-platforms", "an entry without a platform", { entry: (entry) => delete entry.platform }],
  ["index-unique", "two entries for one platform", {
    index: ({ manifests }) => (manifests as Json[]).push(first(manifests)),
  }],
  ["index-unique", "two entries that differ in what goes without saying", {
    platform: { os: "linux", architecture: "arm", variant: "v7" },
    ...elf({ class: 32, machine: 40 }),
    index: ({ manifests }) =>
      (manifests as Json[]).push({
        ...first(manifests),
        platform: { os: "linux", architecture: "arm" },
      }),
  }],
];

for (const [row, what, recipe] of BROKEN) {
  test(`"${row}" and no other row fails: ${what}`, async () => {
    const report = await reportOn(recipe);
    assert.equal([...new Set(idsOf(report, "fail"))], [row]);
    assert.is(report.outcome, "fail");
  });
}

test("every row about an image has an image that it alone finds", async () => {
  const proven = new Set(BROKEN.map(([row]) => row));
  const { subjects } = await reportOn({});
  const rows = subjects.flatMap(({ rows }) => rows);
  assert.equal(rows.map(({ row }) => row.id).filter((id) => !proven.has(id)), []);
});

function withSegment(type: number): Recipe {
  return elf({ segments: [goodLoad(), stack(), { ...stack(), type }] });
}

/** A program with a dynamic section of one tag. */
function withDynamic(tag: bigint): Recipe {
  const dynamic = { ...stack(), type: 2, offset: 0xf0, filesz: 16 };
  const bytes = elfBytes(goodElf({ segments: [goodLoad(), stack(), dynamic] }));
  new DataView(bytes.buffer).setBigUint64(0xf0, tag, true);
  return program(bytes);
}

test("a layer of zstd is neither good nor bad", async () => {
  const report = await reportOn({ compress: () => new Uint8Array([0x28, 0xb5, 0x2f, 0xfd, 0, 0]) });
  assert.equal(idsOf(report, "fail"), []);
  assert.ok(idsOf(report, "unchecked").includes("layers"));
  assert.is(report.outcome, "unchecked");
});

test("an index that is none, or has no image, is refused", async () => {
  for (
    const index of [(value: Json) => value.manifests = [], (value: Json) => delete value.manifests]
  ) {
    const target = await imageOf({ index });
    try {
      await verifyTarget(target, { static: true });
    } catch (error) {
      assert.match(String(error), /index/);
      continue;
    }
    throw new Error("should have been refused");
  }
});

test.run();
