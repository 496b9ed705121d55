import { test } from "uvu";
import * as assert from "uvu/assert";
import { gzipSync } from "node:zlib";
import { packTar } from "modern-tar";
import { buildFrom, refusalOf } from "./build-from.ts";

/** The layers after these lines of an image from scratch. */
async function layersOf(...lines: string[]): Promise<readonly (readonly string[])[]> {
  return (await buildFrom(["FROM scratch", ...lines])).layers;
}

function refusal(...lines: string[]): Promise<string> {
  return refusalOf(["FROM scratch", ...lines]);
}

test("ADD and COPY put a file where the target says, with its own mode, owned by root", async () => {
  assert.equal(await layersOf("ADD bin/pause /pause", "COPY dir/sub/b /b"), [
    ["755 0:0 /pause = PAUSE"],
    ["600 0:0 /b = B"],
  ]);
});

test("a target with a slash at its end, a folder that is there, and a dot are folders", async () => {
  assert.equal(
    await layersOf("COPY dir/a /x/", "COPY dir/sub/b /x", "WORKDIR /x", "COPY bin/pause ."),
    [
      ["755 0:0 /x/", "644 0:0 /x/a = A"],
      ["600 0:0 /x/b = B"],
      ["755 0:0 /x/pause = PAUSE"],
    ],
  );
});

test("a relative target is relative to the working directory", async () => {
  assert.equal((await layersOf("WORKDIR /w", "COPY dir/a y/z"))[1], [
    "755 0:0 /w/y/",
    "644 0:0 /w/y/z = A",
  ]);
});

test("a folder gives what it holds, not itself, and keeps the modes below it", async () => {
  assert.equal(await layersOf("COPY dir /data", "COPY dir/sub /data"), [
    ["755 0:0 /data/", "644 0:0 /data/a = A", "755 0:0 /data/sub/", "600 0:0 /data/sub/b = B"],
    ["600 0:0 /data/b = B"],
  ]);
});

test("the root of the context, and sources with a slash before them, are of the context", async () => {
  assert.equal((await layersOf("COPY . /")).flat().length, 6);
  assert.equal(await layersOf("COPY /dir/../dir/a /a"), [["644 0:0 /a = A"]]);
});

test("several sources go into a folder", async () => {
  assert.equal(await layersOf("COPY dir/a dir/sub/b /multi/"), [
    ["755 0:0 /multi/", "644 0:0 /multi/a = A", "600 0:0 /multi/b = B"],
  ]);
});

test("the JSON form takes names with blanks", async () => {
  assert.equal(await layersOf('COPY ["dir/a", "/with space/"]'), [
    ["755 0:0 /with space/", "644 0:0 /with space/a = A"],
  ]);
});

test("--chown owns what is copied and the folders made for it; a UID alone is the GID, too", async () => {
  assert.equal(
    await layersOf("COPY --chown=7:8 dir/a /x/y/z", "ARG U=3", "ADD --chown=$U dir/a /x/a"),
    [
      ["755 7:8 /x/", "755 7:8 /x/y/", "644 7:8 /x/y/z = A"],
      ["644 3:3 /x/a = A"],
    ],
  );
});

test("--chmod sets the mode of files and folders that are copied, not of those made for them", async () => {
  assert.equal(
    await layersOf("COPY --chmod=0751 dir /r/s", "ARG M=4755", "COPY --chmod=$M dir/a /t"),
    [
      [
        "755 0:0 /r/",
        "755 0:0 /r/s/",
        "751 0:0 /r/s/a = A",
        "751 0:0 /r/s/sub/",
        "751 0:0 /r/s/sub/b = B",
      ],
      ["4755 0:0 /t = A"],
    ],
  );
});

test("variables are replaced in sources and targets", async () => {
  assert.equal(await layersOf("ARG D=dir", "COPY ${D}/a \\$D"), [["644 0:0 /$D = A"]]);
});

test("a later file takes the place of an earlier one", async () => {
  assert.equal(await layersOf("COPY dir/a dir/sub/b bin/pause /x/", "COPY bin/pause /x/a"), [
    ["755 0:0 /x/", "644 0:0 /x/a = A", "600 0:0 /x/b = B", "755 0:0 /x/pause = PAUSE"],
    ["755 0:0 /x/a = PAUSE"],
  ]);
});

test("what is no plain name of the context is refused with its line", async () => {
  const rows: Readonly<Record<string, string>> = {
    "COPY ../x /x": 'the source "../x" is outside of the context',
    "COPY dir/../../x /x": "is outside of the context",
    "COPY *.txt /x/": 'the source "*.txt" is a pattern',
    "COPY [ab] /x/": "is no JSON array",
    "COPY a? /x/": "is a pattern",
    "ADD https://example.com/x /x": "is an address, and nothing is fetched",
    "ADD git@example.com:x.git /x": "is an address",
    'COPY ["", "/x"]': 'the source "" is empty',
    'COPY "dir/a b" /x': "is missing",
    "COPY dir/a": "COPY needs a source and a target",
    "COPY dir/a $NOPE": "COPY needs a source and a target",
    "COPY dir/a dir/sub/b /multi": "2 sources cannot all become /multi",
    "COPY --chown=root dir/a /a": 'the owner "root" is no UID[:GID]',
    "COPY --chown=4294967295:1 dir/a /a": "is no UID[:GID]",
    "COPY --chown=1:4294967295 dir/a /a": "is no UID[:GID]",
    "COPY --chown dir/a /a": "COPY --chown is not done here",
    "COPY --chmod=u+x dir/a /a": 'the mode "u+x" is not octal',
    "COPY --chmod=17777 dir/a /a": "is not octal",
    "COPY nope /a": "there is no nope in the build context",
    "COPY dir/nope /a": "there is no dir/nope in the build context",
  };
  for (const [line, found] of Object.entries(rows)) {
    const message = await refusal("ADD bin/pause /pause", line);
    assert.ok(message.startsWith("Cannot build Dockerfile:3: "), message);
    assert.match(message, found);
  }
});

test("a target that is something else already is refused", async () => {
  assert.match(await refusal("COPY dir/a /a", "COPY dir /a"), ":3: /a is a file already");
  assert.match(await refusal("COPY dir/a /a", "COPY dir/a /a/b"), ":3: /a is a file already");
  assert.match(await refusal("COPY dir/a /sub", "COPY dir /"), ":3: /sub is a file already");
  assert.match(await refusal("COPY dir/a /a", "WORKDIR /a"), ":3: /a is a file already");
  assert.match(await refusal("WORKDIR /x/a", "COPY dir/a /x/"), ":3: /x/a is a folder already");
});

test("ADD refuses what other builders would unpack, and COPY takes it as it is", async () => {
  const tar = await packTar([{ header: { name: "x", size: 1 }, body: "x" }]);
  const xz = new Uint8Array([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 1]);
  for (const bytes of [tar, gzipSync(tar), xz]) {
    const contextDir = () =>
      Promise.resolve([{ kind: "file", path: "", mode: 0o644, bytes } as const]);
    const message = await refusalOf(["FROM scratch", "ADD a.tar /"], { contextDir });
    assert.match(message, ":2: ADD of a.tar would unpack it, which is not done here. Use COPY.");
    const { layers } = await buildFrom(["FROM scratch", "COPY a.tar /"], { contextDir });
    assert.is(layers.length, 1);
  }
});

test("a file that only looks a little like an archive is added", async () => {
  for (const bytes of [new Uint8Array(1024), new TextEncoder().encode("BZ".padEnd(600, "0"))]) {
    const contextDir = () =>
      Promise.resolve([{ kind: "file", path: "", mode: 0o644, bytes } as const]);
    assert.is((await buildFrom(["FROM scratch", "ADD x /"], { contextDir })).layers.length, 1);
  }
});

test.run();
