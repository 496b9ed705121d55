import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { buildFrom, refusalOf } from "./build-from.ts";

/** Gives `use` a folder with these files, their texts by path. */
async function withFolder(
  files: Readonly<Record<string, string>>,
  use: (dir: string) => Promise<void>,
): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), "context-"));
  try {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(dir, path)), { recursive: true });
      await writeFile(join(dir, path), text);
    }
    await use(dir);
  } finally {
    await rm(dir, { recursive: true });
  }
}

function layersOf(contextDir: string, ...lines: string[]): Promise<readonly (readonly string[])[]> {
  return buildFrom(["FROM scratch", ...lines], { contextDir }).then(({ layers }) => layers);
}

function refusal(contextDir: string, ...lines: string[]): Promise<string> {
  return refusalOf(["FROM scratch", ...lines], { contextDir });
}

test("files and folders keep their permissions, set-uid included", async () => {
  await withFolder({ "a": "A", "d/b": "B" }, async (dir) => {
    await chmod(join(dir, "a"), 0o4711);
    await chmod(join(dir, "d"), 0o700);
    await chmod(join(dir, "d/b"), 0o640);
    assert.equal(await layersOf(dir, "COPY . /"), [
      ["4711 0:0 /a = A", "700 0:0 /d/", "640 0:0 /d/b = B"],
    ]);
  });
});

test("a link that is named gives what it points at; a link in a folder stays a link", async () => {
  await withFolder({ "d/a": "A" }, async (dir) => {
    await chmod(join(dir, "d/a"), 0o644);
    await symlink("d/a", join(dir, "top"));
    await symlink("../../outside", join(dir, "d/link"));
    assert.equal(await layersOf(dir, "COPY top /t", "COPY d /d"), [
      ["644 0:0 /t = A"],
      ["755 0:0 /d/", "644 0:0 /d/a = A", "777 0:0 /d/link -> ../../outside"],
    ]);
  });
});

test("what is copied over itself takes the new owner, links and folders included", async () => {
  await withFolder({ "d/a": "A" }, async (dir) => {
    await chmod(join(dir, "d/a"), 0o644);
    await chmod(join(dir, "d"), 0o750);
    await symlink("a", join(dir, "d/link"));
    const [, second] = await layersOf(dir, "COPY . /", "COPY --chown=8:9 . /");
    assert.equal(second, ["750 8:9 /d/", "644 8:9 /d/a = A", "777 8:9 /d/link -> a"]);
  });
});

test("a file over a link is refused: builders differ in what they replace", async () => {
  await withFolder({ "d/a": "A" }, async (dir) => {
    await symlink("a", join(dir, "d/link"));
    assert.match(await refusal(dir, "COPY d /", "COPY d/a /link"), ":3: /link is a link already");
  });
});

test("a link out of the context is refused, also within a path", async () => {
  await withFolder({ "context/a": "A", "secret": "S" }, async (dir) => {
    const context = join(dir, "context");
    await symlink("../secret", join(context, "out"));
    await symlink("..", join(context, "up"));
    await symlink("nowhere", join(context, "broken"));
    for (const source of ["out", "up", "up/secret"]) {
      assert.match(await refusal(context, `COPY ${source} /x`), "links to a place outside");
    }
    assert.match(
      await refusal(context, "COPY broken /x"),
      "there is no broken in the build context",
    );
  });
});

test("a context that is itself reached by a link is no way out", async () => {
  await withFolder({ "real/a": "A" }, async (dir) => {
    await chmod(join(dir, "real/a"), 0o644);
    await symlink("real", join(dir, "context"));
    assert.equal(await layersOf(join(dir, "context"), "COPY a /"), [["644 0:0 /a = A"]]);
  });
});

test("what is neither file, folder nor link is refused", async () => {
  await withFolder({ "d/a": "A" }, async (dir) => {
    const server = createServer().listen(join(dir, "d/socket"));
    await new Promise((resolve) => server.once("listening", resolve));
    try {
      assert.match(await refusal(dir, "COPY d /"), ":2: d/socket is neither file, folder nor link");
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

test("a .dockerignore leaves out what it names, from folders and by name", async () => {
  const files = { "bin/a": "A", "bin/b": "B", "src/c": "C", ".dockerignore": "*\n!bin\nbin/b\n" };
  await withFolder(files, async (dir) => {
    await chmod(join(dir, "bin/a"), 0o644);
    assert.equal(await layersOf(dir, "COPY . /"), [["755 0:0 /bin/", "644 0:0 /bin/a = A"]]);
    assert.match(await refusal(dir, "COPY bin/b /b"), "there is no bin/b in the build context");
    assert.match(await refusal(dir, "COPY src /src"), "a .dockerignore may leave it out");
  });
});

test("a .dockerignore with a broken pattern is refused", async () => {
  await withFolder({ "a": "A", ".dockerignore": "[z-a]\n" }, async (dir) => {
    assert.match(
      await refusal(dir, "COPY a /"),
      'Cannot read .dockerignore: "[z-a]" is no pattern',
    );
  });
});

test.run();
