import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Metadata } from "../../build/make/metadata.ts";
import { sha256 } from "../../build/oci/digest.ts";
import { cloneInto } from "../support/clone.ts";
import { withFolder } from "../support/folder.ts";
import { runProgram } from "../support/program.ts";
import { lacks, skip } from "../support/skip.ts";

async function succeed(root: string, ...words: string[]): Promise<string> {
  const env = { ALL_ARCH: PICKED.join(" ") };
  const { exitCode, stdout, stderr } = await runProgram(root, words, { env });
  assert.is(exitCode, 0, stderr);
  return stdout;
}

async function made(root: string, ...words: string[]): Promise<Metadata> {
  return JSON.parse(await succeed(root, ...words, "--json")) as Metadata;
}

/** A few of the architectures: enough to tell the changed one from the others. */
const PICKED = ["amd64", "arm64", "s390x"];

/** Every file below `bin/` and `out/`, with what would change if it were written again. */
function traces(root: string): string[] {
  return ["bin", "out"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((name) => {
      const { ino, mtimeMs } = statSync(join(root, folder, name));
      return `${folder}/${name} ${ino} ${mtimeMs}`;
    })
  ).sort();
}

const byPlatform = ({ images }: Metadata): Record<string, string> =>
  Object.fromEntries(images.map(({ platform, digest }) => [platform, digest]));

/** The lines of a run that say what was compiled. */
const compiled = (stdout: string): string[] =>
  [...stdout.matchAll(/^bin\/(?:pause-)?(\S+) .* compiled$/gm)].map(([, name = ""]) => name);

/** A clone in which `./make all` has run. */
async function withBuilt(use: (root: string) => Promise<void>): Promise<void> {
  const missing = lacks("clang-19", "git");
  if (missing !== undefined) return skip(missing);
  await withFolder(async (root) => {
    cloneInto(root);
    assert.equal(compiled(await succeed(root, "all")), PICKED);
    await use(root);
  });
}

test("a second run compiles nothing, rewrites nothing, and says so", () =>
  withBuilt(async (root) => {
    const before = traces(root);
    const said = await succeed(root, "all");
    assert.equal(compiled(said), []);
    assert.match(said, /oci:out:3\.10\.2 .* is up to date/);
    assert.equal(traces(root), before);
  }));

test("touched files are the same files", () =>
  withBuilt(async (root) => {
    const now = new Date();
    for (const file of ["src/linux/pause.c", "arch/arm64/syscall.h", "Dockerfile.tmpl"]) {
      utimesSync(join(root, file), now, now);
    }
    const before = traces(root);
    await succeed(root, "all");
    assert.equal(traces(root), before);
  }));

test("a changed syscall.h rebuilds its architecture and the index, and nothing else", () =>
  withBuilt(async (root) => {
    const before = await made(root, "all");
    const header = join(root, "arch/arm64/syscall.h");
    const marker = '\nstatic const char changed[] __attribute__((used)) = "changed";\n';
    appendFileSync(header, marker);
    assert.equal(compiled(await succeed(root, "all")), ["arm64"]);
    const after = await made(root, "all");
    assert.is.not(after.index?.digest, before.index?.digest);
    const { "linux/arm64/v8": newer, ...others } = byPlatform(after);
    const { "linux/arm64/v8": older, ...same } = byPlatform(before);
    assert.is.not(newer, older);
    assert.equal(others, same);
  }));

test("programs for Windows are made anew when what they import changes, and nothing else is", () =>
  withBuilt(async (root) => {
    const systems = "OS=linux windows";
    const files = ["windows-amd64.exe", "windows-arm64.exe"];
    const programs = [...files, ...files.map((file) => `wincat-${file}`)];
    assert.equal(compiled(await succeed(root, "build", systems)), programs);
    const before = traces(root);
    assert.equal(compiled(await succeed(root, "build", systems)), []);
    assert.is(await succeed(root, "build", systems, "-n"), "");
    assert.equal(traces(root), before);
    appendFileSync(join(root, "src/windows/base.lock.json"), '{"bases":[]}');
    assert.equal(compiled(await succeed(root, "build", systems)), []);
    appendFileSync(join(root, "src/windows/pause.kernel32.def"), "; changed\n");
    assert.equal(compiled(await succeed(root, "build", systems)), programs);
    assert.equal(compiled(await succeed(root, "all")), []);
  }));

test("a template that changed makes new images of the same programs", () =>
  withBuilt(async (root) => {
    appendFileSync(join(root, "Dockerfile.tmpl"), "STOPSIGNAL SIGINT\n");
    const said = await succeed(root, "all");
    assert.equal(compiled(said), []);
    assert.match(said, /oci:out:3\.10\.2 .* written/);
  }));

test("other flags make other programs, and images of those", () =>
  withBuilt(async (root) => {
    const before = await made(root, "all");
    const after = await made(root, "all", "CFLAGS=-O1");
    for (const [at, { digest }] of after.programs.entries()) {
      assert.is.not(digest, before.programs[at]?.digest);
      assert.is.not(after.images[at]?.digest, before.images[at]?.digest);
    }
    assert.equal(await made(root, "all"), before);
    await succeed(root, "build", "CFLAGS=-O1");
    assert.is(await succeed(root, "all", "-n", "CFLAGS=-O1"), "# write oci:out\n");
    assert.equal(await made(root, "all", "CFLAGS=-O1"), after);
  }));

test("a program that lost its x-bit gets it back before it goes into an image", () =>
  withBuilt(async (root) => {
    const before = await made(root, "all");
    chmodSync(join(root, "bin/pause-amd64"), 0o644);
    rmSync(join(root, "out"), { recursive: true });
    assert.equal((await made(root, "all")).index, before.index);
    assert.is(statSync(join(root, "bin/pause-amd64")).mode & 0o777, 0o755);
  }));

test("whatever changes in what the user adds makes new images, and only that", () =>
  withBuilt(async (root) => {
    mkdirSync(join(root, "d"));
    writeFileSync(join(root, "d/a"), "1");
    symlinkSync("a", join(root, "d/l"));
    writeFileSync(join(root, "f"), "1");
    appendFileSync(join(root, "Dockerfile.tmpl"), "ADD d /d\nADD f /f\nADD . /all\n");
    const changes: Record<string, () => void> = {
      "a new file": () => writeFileSync(join(root, "d/b"), "2"),
      "a new folder": () => mkdirSync(join(root, "d/e")),
      "another mode": () => chmodSync(join(root, "f"), 0o600),
      "another link": () => {
        rmSync(join(root, "d/l"));
        symlinkSync("b", join(root, "d/l"));
      },
      "a file that is ignored": () => appendFileSync(join(root, ".dockerignore"), "d/a\n"),
    };
    await made(root, "all");
    for (const [what, change] of Object.entries(changes)) {
      const before = (await made(root, "all")).index?.digest;
      assert.is((await made(root, "all")).index?.digest, before, "nothing changed");
      change();
      assert.is.not((await made(root, "all")).index?.digest, before, what);
    }
  }));

test("a Dockerfile may add the program of another architecture, which is waited for", () =>
  withBuilt(async (root) => {
    appendFileSync(join(root, "Dockerfile.tmpl"), "ADD bin/pause-s390x /other\n");
    await succeed(root, "clean");
    await succeed(root, "all", "-j1");
  }));

test("another builder makes everything anew", () =>
  withBuilt(async (root) => {
    appendFileSync(join(root, "build/image/config.ts"), "\n// another builder\n");
    assert.equal(compiled(await succeed(root, "all")), PICKED);
  }));

test("a run without git, or beside another repository, leaves no wrong commit behind", () =>
  withBuilt(async (root) => {
    const { index } = await made(root, "all");
    await succeed(root, "clean");
    const elsewhere = { ALL_ARCH: PICKED.join(" "), GIT_DIR: process.cwd() + "/.git" };
    const beside = await runProgram(root, ["all", "--json"], { env: elsewhere });
    assert.equal((JSON.parse(beside.stdout) as Metadata).index, index);
    await succeed(root, "clean");
    const broken = join(root, "broken");
    mkdirSync(broken);
    writeFileSync(join(broken, "git"), "#!/bin/sh\nexit 1\n");
    chmodSync(join(broken, "git"), 0o755);
    const without = await runProgram(root, ["all", "--json"], {
      env: { ALL_ARCH: PICKED.join(" "), PATH: `${broken}:${process.env.PATH}` },
    });
    assert.is.not((JSON.parse(without.stdout) as Metadata).index?.digest, index?.digest);
    assert.equal((await made(root, "all")).index, index);
  }));

test("what git cannot compare, and a template of the user's own, are not the commit's", () =>
  withBuilt(async (root) => {
    const revision = (folder: string): string => {
      const layout = JSON.parse(readFileSync(join(folder, "out/index.json"), "utf8")) as {
        manifests: { digest: string }[];
      };
      const [, hex = ""] = layout.manifests[0]?.digest.split(":") ?? [];
      const index = JSON.parse(readFileSync(join(folder, "out/blobs/sha256", hex), "utf8")) as {
        annotations: Record<string, string>;
      };
      return index.annotations["org.opencontainers.image.revision"] ?? "";
    };
    assert.match(revision(root), /^[0-9a-f]{40}$/);
    const own = join(root, "own");
    mkdirSync(own);
    copyFileSync(join(root, "Dockerfile.tmpl"), join(own, "Dockerfile.tmpl"));
    appendFileSync(join(own, "Dockerfile.tmpl"), "STOPSIGNAL SIGINT\n");
    await succeed(root, "all", "-C", own);
    assert.match(revision(own), /-dirty$/);
    appendFileSync(join(root, "src/linux/pause.c"), "// x\n");
    writeFileSync(join(root, ".git/index"), "junk");
    await succeed(root, "all");
    assert.match(revision(root), /-dirty$/);
  }));

test("what was removed or spoiled is made again", () =>
  withBuilt(async (root) => {
    const before = await made(root, "all");
    const blobs = join(root, "out/blobs/sha256");
    for (const name of readdirSync(blobs)) rmSync(join(blobs, name));
    appendFileSync(join(root, "bin/pause-s390x"), "spoiled");
    assert.equal(compiled(await succeed(root, "all")), ["s390x"]);
    for (const name of readdirSync(blobs)) {
      assert.is(sha256(readFileSync(join(blobs, name))), `sha256:${name}`);
    }
    assert.equal(await made(root, "all"), before);
    const images = 3 * 3 + 1; // Of each a manifest, a configuration and a layer; an index.
    const attached = 4 * (3 + 2) + 2; // Of each three manifests, two documents; two that all share.
    assert.is(readdirSync(blobs).length, images + attached);
  }));

test("two runs at once leave both of their tags, whole", () =>
  withBuilt(async (root) => {
    const tags = ["one", "two", "three"];
    await Promise.all(tags.map((tag) => succeed(root, "all", `TAG=${tag}`)));
    const index = JSON.parse(readFileSync(join(root, "out/index.json"), "utf8")) as {
      manifests: { annotations?: Record<string, string> }[];
    };
    const names = index.manifests.flatMap(({ annotations = {} }) =>
      annotations["org.opencontainers.image.ref.name"] ?? []
    );
    assert.equal(names.sort(), ["3.10.2", "one", "three", "two"]);
    for (const tag of tags) assert.match(await succeed(root, "all", `TAG=${tag}`), `out:${tag}`);
  }));

test("clean leaves nothing, and the next run makes the same again", () =>
  withBuilt(async (root) => {
    const before = await made(root, "all");
    await succeed(root, "clean");
    assert.throws(() => statSync(join(root, "bin")));
    assert.throws(() => statSync(join(root, "out")));
    assert.equal((await made(root, "all")).index, before.index);
  }));

test.run();
