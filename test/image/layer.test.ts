import { gunzipSync } from "node:zlib";
import { unpackTar } from "modern-tar";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { LayerFile } from "../../build/image/layer-file.ts";
import { packLayer } from "../../build/image/layer.ts";
import { sha256 } from "../../build/oci/digest.ts";
import { OCI } from "../../build/oci/media-types.ts";
import { listing } from "./build-from.ts";

const OWNER = { uid: 0, gid: 0 };
const PAUSE: LayerFile = {
  kind: "file",
  path: "/pause",
  mode: 0o755,
  ...OWNER,
  bytes: Uint8Array.from({ length: 900 }, (_, at) => at * at % 251),
};

function textFile(path: string, text = ""): LayerFile {
  return { kind: "file", path, mode: 0o644, ...OWNER, bytes: new TextEncoder().encode(text) };
}

test("the bytes of a layer are what they were when this test was written", async () => {
  // Another digest here means that every published layer changes: a new compressor, a new tar
  // writer. Then it is to be changed on purpose, and said in the change log.
  const { content, diffId } = await packLayer([PAUSE], OCI.layer);
  assert.is(diffId, "sha256:ecc0d6d46dbc019d6e3dbec54f118960b690578a063dcb7654dd78e8dfaec6d9");
  assert.is(
    content.descriptor.digest,
    "sha256:92ab4e7d0c233178c5249dc3c8de83719aee5285eb2d620a59b9fe5893164e29",
  );
});

test("the digests are those of the bytes, compressed and not", async () => {
  const { content, diffId } = await packLayer([PAUSE], OCI.layer);
  assert.is(content.descriptor.mediaType, OCI.layer);
  assert.is(content.descriptor.size, content.bytes.length);
  assert.is(content.descriptor.digest, sha256(content.bytes));
  assert.is(diffId, sha256(gunzipSync(content.bytes)));
});

test("the gzip header holds no time, no name, and neither this machine's system nor another's by chance", async () => {
  const { content } = await packLayer([PAUSE], OCI.layer);
  assert.equal([...content.bytes.subarray(0, 10)], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3]);
});

test("headers hold time 0, numbers for owners and no names; two blocks of zeros end the archive", async () => {
  const tar = gunzipSync((await packLayer([PAUSE], OCI.layer)).content.bytes);
  const [entry] = await unpackTar(tar);
  assert.is(entry?.header.mtime?.getTime(), 0);
  assert.equal(
    [...tar.subarray(257, 265)],
    [..."ustar\0" + "00"].map((char) => char.charCodeAt(0)),
  );
  assert.ok(tar.subarray(265, 329).every((byte) => byte === 0), "names of owners");
  assert.is(tar.length, 512 + 1024 + 1024);
  assert.ok(tar.subarray(-1024).every((byte) => byte === 0), "end of archive");
});

test("entries are in the order of their paths' bytes, whatever the order they came in", async () => {
  const folder: LayerFile = { kind: "folder", path: "/b", mode: 0o700, uid: 1, gid: 2 };
  const link: LayerFile = { kind: "link", path: "/b/l", mode: 0o777, ...OWNER, to: "../a" };
  // U+FF5E sorts before U+1F600 by bytes, and after it by UTF-16 units.
  const files = [
    textFile("/\u{1f600}"),
    textFile("/\uff5e"),
    link,
    textFile("/b-c", "x"),
    folder,
    textFile("/B"),
  ];
  const one = await packLayer(files, OCI.layer);
  const other = await packLayer([...files].reverse(), OCI.layer);
  assert.is(one.content.descriptor.digest, other.content.descriptor.digest);
  assert.equal(await listing(gunzipSync(one.content.bytes)), [
    "644 0:0 /B = ",
    "700 1:2 /b/",
    "644 0:0 /b-c = x",
    "777 0:0 /b/l -> ../a",
    "644 0:0 /\uff5e = ",
    "644 0:0 /\u{1f600} = ",
  ]);
});

test("long paths and large numbers survive", async () => {
  const path = `/${"long/".repeat(60)}${"n".repeat(120)}`;
  const file = { ...textFile(path, "x"), uid: 4294967294, gid: 3000000 };
  const link: LayerFile = { kind: "link", path: "/l", mode: 0o777, ...OWNER, to: "t".repeat(300) };
  const { content } = await packLayer([file, link], OCI.layer);
  assert.equal(await listing(gunzipSync(content.bytes)), [
    `777 0:0 /l -> ${"t".repeat(300)}`,
    `644 4294967294:3000000 ${path} = x`,
  ]);
});

test.run();
