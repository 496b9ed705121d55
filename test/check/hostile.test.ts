import { existsSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { FILE_LIMIT, unpackLayer } from "../../build/check/layers.ts";
import { applyLayer, emptyTree, type Entry, findFile, walk } from "../../build/check/tree.ts";
import { verifyTarget } from "../../build/check/verify.ts";
import { PauseError } from "../../build/error.ts";
import { failsWith } from "../support/fails.ts";
import { fc, runs } from "../support/properties.ts";
import { idsOf, imageOf, type Json, PAUSE, PROGRAM, reportOn, tarOf } from "./images.ts";

const MiB = 1024 * 1024;
const RUNS = { numRuns: runs(150) };

const allowance = (): { bytes: number; files: number } => ({ bytes: MiB, files: FILE_LIMIT });

/** Bytes of a real file with a few of them changed, and perhaps cut off. */
function mutated(real: Uint8Array): fc.Arbitrary<Uint8Array> {
  const change = fc.tuple(fc.nat(real.length - 1), fc.nat(255));
  return fc.tuple(fc.array(change, { maxLength: 8 }), fc.nat(real.length)).map(([changes, cut]) => {
    const bytes = real.slice(0, cut < real.length / 4 ? cut : real.length);
    for (const [at, byte] of changes) if (at < bytes.length) bytes[at] = byte;
    return bytes;
  });
}

/** Every one of these may be answered, as long as an answer comes. */
async function isAnswered(layer: Uint8Array): Promise<void> {
  const found = await unpackLayer(layer, allowance());
  if ("entries" in found) {
    const tree = emptyTree();
    applyLayer(tree, found.entries);
    for (const [path] of walk(tree)) assert.ok(path.startsWith("/") && !path.includes("/../"));
  }
}

const REAL_FILES = [
  { path: "usr/", type: "directory" },
  { path: `usr/${"long/".repeat(25)}name`, bytes: new Uint8Array(700).fill(65) },
  { path: "link", type: "symlink", to: "usr" },
  { path: "pause", bytes: PROGRAM, mode: 0o755, attributes: { "SCHILY.xattr.user.a": "b" } },
] as const;

test("any bytes are a layer or none, compressed or not", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 4096 }), async (bytes) => {
      await isAnswered(bytes);
      await isAnswered(new Uint8Array(gzipSync(bytes)));
    }),
    RUNS,
  );
});

test("a real layer with bytes changed or cut off is a layer or none", async () => {
  const tar = await tarOf(REAL_FILES);
  await fc.assert(fc.asyncProperty(mutated(tar), isAnswered), RUNS);
  await fc.assert(fc.asyncProperty(mutated(new Uint8Array(gzipSync(tar))), isAnswered), RUNS);
});

/** A header whose checksum is right whatever its fields say. */
function withChecksum(header: Uint8Array): Uint8Array {
  const sealed = header.slice();
  sealed.fill(0x20, 148, 156);
  const sum = sealed.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  sealed.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
  return sealed;
}

test("a real layer with changed headers that look right is a layer or none", async () => {
  const tar = await tarOf(REAL_FILES);
  const change = fc.tuple(fc.nat(511), fc.nat(255));
  const headers = fc.array(change, { minLength: 1, maxLength: 6 }).map((changes) => {
    const bytes = tar.slice();
    for (const [at, byte] of changes) bytes[at] = byte;
    bytes.set(withChecksum(bytes.subarray(0, 512)));
    return bytes;
  });
  await fc.assert(fc.asyncProperty(headers, isAnswered), RUNS);
});

test("a bomb ends when its limit is reached", async () => {
  const bomb = new Uint8Array(gzipSync(new Uint8Array(100 * MiB)));
  assert.equal(await unpackLayer(bomb, allowance()), { tooLong: true });
});

test("a bomb of many members, and of what is no tar, ends when its limit is reached", async () => {
  const member = gzipSync(new Uint8Array(100_000).fill(65));
  const bomb = new Uint8Array(Array.from({ length: 50 }, () => [...member]).flat());
  assert.equal(await unpackLayer(bomb, allowance()), { tooLong: true });
});

const NAMES = fc.constantFrom("a", "b", "..", ".", "", ".wh.a", ".wh..wh..opq", "c");
const ENTRY: fc.Arbitrary<Entry> = fc.record({
  name: fc.array(NAMES, { minLength: 1, maxLength: 5 }).map((parts) => parts.join("/")),
  kind: fc.constantFrom("file", "folder", "symlink", "link", "other"),
  mode: fc.nat(0o7777),
  uid: fc.constant(0),
  gid: fc.constant(0),
  target: fc.array(NAMES, { maxLength: 4 }).map((parts) => parts.join("/")),
  attributes: fc.constant([]),
  bytes: fc.constant(new Uint8Array()),
});

test("whatever layers hold, files stay below the root and looking for one ends", () => {
  const layers = fc.array(fc.array(ENTRY, { maxLength: 12 }), { maxLength: 4 });
  fc.assert(
    fc.property(layers, (layers) => {
      const tree = emptyTree();
      for (const layer of layers) applyLayer(tree, layer);
      for (const [path] of walk(tree)) {
        assert.not.match(path, /\.wh\.|\/\.\.?(\/|$)|\/\//);
        const found = findFile(tree, path);
        if ("node" in found) assert.is(found.node.kind, "file");
      }
    }),
    { numRuns: runs(1000) },
  );
});

test("a document of any JSON below any key is judged", async () => {
  const { platform: _, ...KEYS } = { platform: 0, config: 0, rootfs: 0, history: 0, os: 0 };
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...Object.keys(KEYS)), fc.jsonValue(), async (key, value) => {
      const report = await reportOn({ config: (config) => config[key] = value });
      assert.ok(["pass", "fail", "unchecked"].includes(report.outcome));
    }),
    RUNS,
  );
  const manifestKeys = ["config", "layers", "mediaType", "annotations", "subject"];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...manifestKeys), fc.jsonValue(), async (key, value) => {
      const report = await reportOn({ manifest: (manifest) => manifest[key] = value });
      assert.ok(["pass", "fail", "unchecked"].includes(report.outcome));
    }),
    RUNS,
  );
});

test("any bytes in place of manifest, configuration and layer are judged", async () => {
  const which = fc.constantFrom("manifest", "config", "layer" as const);
  await fc.assert(
    fc.asyncProperty(which, fc.uint8Array({ maxLength: 200 }), async (part, bytes) => {
      const report = await reportOn({
        spoil: (parts) => {
          const spoilt = parts[part];
          if (spoilt) parts[part] = { ...spoilt, bytes };
        },
      });
      assert.is(report.outcome, "fail");
    }),
    RUNS,
  );
});

test("a program of any bytes is judged, in an image and alone", async () => {
  // With what this machine has of real ones.
  const real = ["/bin/true", "/usr/bin/true"].filter((path) => existsSync(path));
  const programs = [PROGRAM, ...real.map((path) => new Uint8Array(readFileSync(path)))];
  await fc.assert(
    fc.asyncProperty(fc.oneof(...programs.map(mutated)), async (bytes) => {
      await reportOn({ layers: [[{ ...PAUSE, bytes }]] });
      await verifyTarget({ kind: "program", name: "pause", bytes }, { static: true });
    }),
    RUNS,
  );
});

test("a program that names one place as often as it can is judged soon", async () => {
  // 65,535 program headers, each a dynamic section as long as the file.
  const bytes = new Uint8Array(64 + 65_535 * 56);
  bytes.set(PROGRAM.subarray(0, 64));
  const view = new DataView(bytes.buffer);
  view.setUint16(56, 65_535, true);
  for (let at = 64; at < bytes.length; at += 56) {
    view.setUint32(at, 2, true);
    view.setBigUint64(at + 32, BigInt(bytes.length), true);
  }
  const before = performance.now();
  await verifyTarget({ kind: "program", name: "pause", bytes }, { static: true });
  // It takes a third of a second. Reading each of the sections would take hours.
  assert.ok(performance.now() - before < 20_000);
});

test("strangers' texts are cut short in what is found", async () => {
  const report = await reportOn({
    config: (config) => (config.config as Json).User = "x".repeat(1_000_000),
  });
  const [user] = report.subjects.flatMap(({ rows }) => rows.filter(({ row }) => row.id === "user"));
  assert.is(user?.outcome, "fail");
  assert.ok((user?.found ?? "").length <= 500);
});

test("an index of more images than anyone needs is refused", async () => {
  const target = await imageOf({
    index: (index) => index.manifests = Array(101).fill((index.manifests as Json[])[0]),
  });
  try {
    await verifyTarget(target, { static: true });
  } catch (error) {
    return assert.match(String(error), "101 images");
  }
  throw new Error("should have been refused");
});

/** The most layers that were asked for at once when an index has eight images with such a layer. */
async function layersAtOnce(size: number): Promise<number> {
  const target = await imageOf({
    layers: [[PAUSE, { path: "more", bytes: new Uint8Array(size) }]],
    compress: (tar) => tar,
    index: (index) => {
      const [entry] = index.manifests as Json[];
      index.manifests = Array.from({ length: 8 }, (_, at) => ({
        ...entry,
        platform: { os: "linux", architecture: "amd64", variant: `x${at}` },
      }));
    },
  });
  if (target.kind !== "image") throw new Error("it is an image");
  let now = 0;
  let most = 0;
  const getBlob: typeof target.source.getBlob = async (blob) => {
    if (blob.size < size) return await target.source.getBlob(blob);
    most = Math.max(most, ++now);
    await new Promise((resolve) => setTimeout(resolve, 20));
    now--;
    return await target.source.getBlob(blob);
  };
  const report = await verifyTarget({ ...target, source: { ...target.source, getBlob } }, {
    static: true,
  });
  assert.equal(report.subjects.length, 9);
  return most;
}

test("of an index's images only small layers are read at once", async () => {
  assert.is(await layersAtOnce(2 * MiB), 1);
  assert.is(await layersAtOnce(100_000), 4);
});

test("a store that cannot tell is an error, and no verdict", async () => {
  const target = await imageOf({});
  if (target.kind !== "image") throw new Error("it is an image");
  const fail = (): Promise<never> =>
    Promise.reject(new PauseError("registry", "Cannot read: the registry is tired."));
  const is = (): Promise<boolean> => Promise.resolve(true);
  const sources = [
    { ...target.source, getManifest: fail, hasBlob: fail },
    { ...target.source, getBlob: fail, hasBlob: is },
    { ...target.source, getBlob: fail, hasBlob: fail },
  ];
  for (const source of sources) {
    const { message } = await failsWith(
      ["registry"],
      () => verifyTarget({ ...target, source }, { static: true }),
    );
    assert.match(message, "tired");
  }
});

test("a good image is good, so that the other tests mean something", async () => {
  assert.equal(idsOf(await reportOn({}), "fail"), []);
});

test.run();
