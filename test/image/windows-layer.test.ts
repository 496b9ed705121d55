import { Buffer } from "node:buffer";
import { gunzipSync } from "node:zlib";
import { unpackTar } from "modern-tar";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { LayerFile } from "../../build/image/layer-file.ts";
import { packLayer } from "../../build/image/layer.ts";
import { securityDescriptor } from "../../build/image/security-descriptor.ts";
import { windowsEntries } from "../../build/image/windows-layer.ts";
import { sha256 } from "../../build/oci/digest.ts";
import { OCI } from "../../build/oci/media-types.ts";

const OWNER = { uid: 0, gid: 0 };
const FILES: readonly LayerFile[] = [
  { kind: "folder", path: "/Windows", mode: 0o700, uid: 7, gid: 8 },
  { kind: "file", path: "/pause.exe", mode: 0o644, ...OWNER, bytes: text("MZ") },
  { kind: "file", path: "/Windows/wincat.exe", mode: 0o755, ...OWNER, bytes: text("MZ2") },
];

function text(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

const pack = (files = FILES) => packLayer(files, OCI.layer, windowsEntries);

test("Hives and Files come first, and all files are below Files, folders before what they hold", async () => {
  const { content } = await pack();
  const entries = await unpackTar(gunzipSync(content.bytes));
  assert.equal(
    entries.map(({ header: { name, type, mode, uid, gid, mtime, size } }) =>
      `${type} ${mode?.toString(8)} ${uid}:${gid} ${mtime?.getTime()} ${size} ${name}`
    ),
    [
      "directory 40755 0:0 0 0 Hives",
      "directory 40755 0:0 0 0 Files",
      "directory 40755 0:0 0 0 Files/Windows/",
      "file 100755 0:0 0 3 Files/Windows/wincat.exe",
      "file 100755 0:0 0 2 Files/pause.exe",
    ],
  );
  assert.equal(entries.map(({ data }) => new TextDecoder().decode(data)).slice(3), ["MZ2", "MZ"]);
});

test("every folder on the way to a file is there, once: Windows makes none that a layer has not", async () => {
  const file = (path: string): LayerFile => ({
    kind: "file",
    path,
    mode: 0,
    ...OWNER,
    bytes: text(path),
  });
  const { content } = await pack([file("/a/b/2"), file("/a/b/1"), file("/a-b"), file("/a/c/3")]);
  const entries = await unpackTar(gunzipSync(content.bytes));
  assert.equal(entries.map(({ header }) => header.name).slice(2), [
    "Files/a-b",
    "Files/a/",
    "Files/a/b/",
    "Files/a/b/1",
    "Files/a/b/2",
    "Files/a/c/",
    "Files/a/c/3",
  ]);
});

test("each entry has Windows' attributes and a time, and all but the two roots say who may do what", async () => {
  const { content } = await pack();
  const entries = await unpackTar(gunzipSync(content.bytes));
  const folder = { "LIBARCHIVE.creationtime": "0", "MSWINDOWS.fileattr": "16" };
  const file = { "LIBARCHIVE.creationtime": "0", "MSWINDOWS.fileattr": "32" };
  const named = (kind: "file" | "folder") => ({ "MSWINDOWS.rawsd": securityDescriptor(kind) });
  assert.equal(entries.map(({ header: { pax } }) => ({ ...pax })), [
    folder,
    folder,
    { ...folder, ...named("folder") },
    { ...file, ...named("file") },
    { ...file, ...named("file") },
  ]);
});

test("the bytes are the same whatever the order and the permissions the files came with", async () => {
  const one = await pack();
  const other = await pack([...FILES].reverse().map((file) => ({ ...file, mode: 0o600, uid: 9 })));
  assert.is(one.content.descriptor.digest, other.content.descriptor.digest);
  assert.is(one.diffId, sha256(gunzipSync(one.content.bytes)));
});

/** The descriptor in Windows' own notation. */
function readDescriptor(base64: string): string {
  const bytes = Buffer.from(base64, "base64");
  const [owner, group, list] = [4, 8, 16].map((at) => bytes.readUInt32LE(at));
  assert.equal([...bytes.subarray(0, 4)], [1, 0, 0x04, 0x80]);
  assert.is(bytes.readUInt32LE(12), 0, "no list of what is logged");
  let at = (list ?? 0) + 8;
  const allowances = Array.from({ length: bytes.readUInt16LE(at - 4) }, () => {
    const [type, heirs, size] = [bytes[at], bytes[at + 1], bytes.readUInt16LE(at + 2)];
    const mask = bytes.readUInt32LE(at + 4).toString(16);
    const line = `${type} ${heirs} ${mask} ${readSid(bytes.subarray(at + 8, at + size))}`;
    at += size;
    return line;
  });
  assert.is(at, bytes.length);
  assert.is(bytes.readUInt16LE((list ?? 0) + 2), bytes.length - (list ?? 0));
  return [
    readSid(bytes.subarray(owner, group)),
    readSid(bytes.subarray(group, list)),
    ...allowances,
  ]
    .join("; ");
}

function readSid(bytes: Buffer): string {
  const parts = Array.from({ length: bytes[1] ?? 0 }, (_, at) => bytes.readUInt32LE(8 + 4 * at));
  assert.is(bytes.length, 8 + 4 * parts.length);
  return ["S", bytes[0], bytes.readUIntBE(2, 6), ...parts].join("-");
}

test("files belong to the administrators, and users may start them", () => {
  assert.is(
    readDescriptor(securityDescriptor("file")),
    "S-1-5-32-544; S-1-5-18; 0 0 1f01ff S-1-5-32-544; 0 0 1f01ff S-1-5-18; 0 0 1200a9 S-1-5-32-545",
  );
  assert.is(
    readDescriptor(securityDescriptor("folder")),
    "S-1-5-32-544; S-1-5-18; 0 3 1f01ff S-1-5-32-544; 0 3 1f01ff S-1-5-18; 0 0 1f01ff S-1-5-32-544; " +
      "0 11 10000000 S-1-3-0; 0 3 1200a9 S-1-5-32-545; 0 2 4 S-1-5-32-545; 0 2 2 S-1-5-32-545",
  );
});

test("the descriptors are BuildKit's, byte for byte", () => {
  const digests = (["file", "folder"] as const)
    .map((kind) => sha256(text(securityDescriptor(kind))).slice(7, 23));
  assert.equal(digests, ["ec531f963417bec9", "854e2b6410a659e4"]);
});

test.run();
