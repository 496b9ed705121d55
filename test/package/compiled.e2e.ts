// deadline: 600 s
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { stop } from "esbuild";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { COMPILE_TARGETS, compiledProgram, ENTRY } from "../../.github/release/compiled-program.ts";
import { type Files, sizeOf, writeFiles } from "../../.github/release/files.ts";
import { permissionFlags } from "../../.github/release/permissions.ts";
import { findProgram } from "../../build/compile/find-program.ts";
import { EMBEDDED } from "../../build/make/source.ts";
import { EXIT_CODES } from "../../build/error.ts";
import { type Command, type Ended, run } from "../../build/host/process.ts";
import type { Metadata } from "../../build/make/metadata.ts";
import { BUDGETS, isWithin } from "../support/budget.ts";
import { cloneInto } from "../support/clone.ts";
import { withFolder } from "../support/folder.ts";
import { withRegistry } from "../support/registry.ts";
import { onDeno, runProgram } from "../support/program.ts";
import { lacks, skip } from "../support/skip.ts";

/** What the compiled program has, alone in a folder, and an empty folder to work in. */
interface Place {
  readonly files: Files;
  readonly folder: string;
  /** Starts the entry as the compiled program does, with the same permissions. */
  start(
    words: readonly string[],
    more?: readonly string[],
    env?: Readonly<Record<string, string>>,
  ): Promise<Ended>;
}

async function withPlace(use: (place: Place) => Promise<void>): Promise<void> {
  await withFolder(async (root) => {
    const [program, folder] = [join(root, "program"), join(root, "work")];
    const files = await compiledProgram(process.cwd());
    // Its own process would keep ours from ending.
    await stop();
    writeFiles(program, files);
    mkdirSync(folder);
    const deno = [process.execPath, "run", "--no-config", "--no-lock", "--no-remote"] as const;
    await use({
      files,
      folder,
      start: (words, more = [], env = {}) =>
        run([...deno, ...permissionFlags(), ...more, join(program, ENTRY), ...words], {
          cwd: folder,
          env,
        }),
    });
  });
}

test("what is embedded builds the bytes that ./make builds, with these permissions and no clone", async () => {
  const missing = lacks("clang-19");
  if (missing !== undefined) return skip(missing);
  await withPlace(async ({ folder, start }) => {
    const words = ["all", "REV=none", "SOURCE_DATE_EPOCH=0", "--json"];
    const { exitCode, stdout, stderr } = await start(words);
    assert.is(exitCode, 0, stderr);
    await withFolder(async (place) => {
      const ours = await runProgram(place, words, { program: onDeno(process.cwd()) });
      // The provenance of a clone names its commit, which what is embedded does not know.
      const images = ({ attached, ...made }: Metadata): object => ({
        ...made,
        attached: attached.filter(({ kind }) => kind !== "provenance"),
      });
      const [theirs, own] = [stdout, ours.stdout].map((text) => JSON.parse(text) as Metadata);
      assert.equal(theirs && images(theirs), own && images(own));
      for (const name of readdirSync(join(place, "bin")).filter((name) => /^pause-/.test(name))) {
        const [theirs, own] = [folder, place].map((at) => readFileSync(join(at, "bin", name)));
        assert.equal(theirs, own, name);
      }
    });
  });
});

test("what is embedded speaks to registries, checks images and tells of itself", () =>
  withPlace(({ folder, start }) =>
    withRegistry({}, async ({ host, repositories }) => {
      const good = async (...words: string[]): Promise<string> => {
        const { exitCode, stdout, stderr } = await start(words);
        assert.is(exitCode, 0, `${words.join(" ")}: ${stderr}`);
        return stdout;
      };
      await good("all", "ARCH=arm64");
      await good("all-push", "ARCH=arm64", `REGISTRY=${host}/k8s`);
      await good("mirror", `${host}/k8s/pause:3.10.2`, `${host}/other/pause`);
      assert.ok(repositories.has("other/pause"));
      await good("save", `${host}/k8s/pause:3.10.2`, "pause.tar");
      await good("load", "pause.tar", `${host}/loaded`);
      assert.match(await good("verify", "oci:out", "--static"), /0 fail/);
      assert.match(await good("help"), /Usage: pause-image/);
      // By this the compiled program is tried where it was compiled.
      await good("clean", "-n", "-C", folder);
      assert.ok(readdirSync(folder).includes("pause.tar"));
    })
  ));

/** A compiler that cannot read what is embedded, as in the compiled program none can. */
const OUTSIDE = `#!/bin/sh
case "$*" in */${EMBEDDED}/*) echo "inside: $*" >&2; exit 1 ;; esac
exec "$CLANG" "$@"
`;

test("compilers are lent a copy of the embedded sources, and nothing is left of it", async () => {
  const clang = findProgram("clang-19");
  if (clang === undefined) return skip("clang-19: not installed (test/setup.sh installs it)");
  await withPlace(async ({ folder, start }) => {
    const [bin, temporary] = [join(folder, "path"), join(folder, "tmp")];
    for (const place of [bin, temporary]) mkdirSync(place);
    writeFileSync(join(bin, "clang-19"), OUTSIDE, { mode: 0o755 });
    const PATH = `${bin}:${process.env.PATH}`;
    const words = ["build", "orphan"];
    const { exitCode, stderr } = await start(words, [], { PATH, CLANG: clang, TMPDIR: temporary });
    assert.is(exitCode, 0, stderr);
    assert.equal(readdirSync(temporary), []);
  });
});

test("a user's own Dockerfile.tmpl is taken before the embedded one", () =>
  withPlace(async ({ folder, start }) => {
    writeFileSync(join(folder, "Dockerfile.tmpl"), "FROM scratch\nNONESUCH\n");
    const { exitCode, stderr } = await start(["all", "ARCH=arm64"]);
    assert.is(exitCode, EXIT_CODES.dockerfile);
    assert.match(stderr, /NONESUCH/);
  }));

/** Tells at the end what is still granted. */
const TELL = `process.on("exit", () => {
  const names = ["read", "write", "net", "run", "env", "ffi", "import"];
  const granted = names.filter((name) => Deno.permissions.querySync({ name }).state === "granted");
  console.error("granted: " + granted.join(" "));
});`;

test("what the command does not need is given up before it begins", () =>
  withPlace(async ({ folder, start }) => {
    writeFileSync(join(folder, "tell.js"), TELL);
    const told = async (...words: string[]): Promise<string | undefined> => {
      const { stderr } = await start(words, [`--preload=${join(folder, "tell.js")}`]);
      return /^granted: (.*)$/m.exec(stderr)?.[1];
    };
    assert.is(await told("help"), "read env");
    assert.is(await told("clean"), "read write run env");
    assert.is(await told("mirror", "oci:none", "oci:nowhere"), "read write net run env");
  }));

test("the embedded files are within their budget", () =>
  withPlace(({ files }) => {
    isWithin(sizeOf(files), BUDGETS.compiled.embeddedBytes);
    const names = [...files.keys()].map((path) => path.replace(/^embedded\/.*$/, "embedded/"));
    const others = names.filter((path) => !/^[\w.-]+-[A-Z0-9]{8}\.js$/.test(path));
    assert.equal([...new Set(others)], [ENTRY, "embedded/"]);
    return Promise.resolve();
  }));

/** The target of this machine. */
const NATIVE =
  COMPILE_TARGETS.find(({ runsOn }) => runsOn === `${process.platform} ${process.arch}`)?.name ??
    "none";

/** `deno task compile` in a clone of its own. */
async function compile(
  env: Readonly<Record<string, string>>,
  words: readonly string[],
  use: (ended: Ended, root: string) => void,
): Promise<void> {
  await withFolder(async (root) => {
    cloneInto(root);
    const command: Command = [process.execPath, "run", "-A", ".github/release/compile.ts"];
    use(await run([...command, ...words], { cwd: root, env }), root);
  });
}

test("where denort cannot be fetched, it says so in one line, and how DENORT_BIN helps", () =>
  // Nothing is there to be fetched from, and Deno's cache is empty.
  withFolder((cache) =>
    compile(
      { DENO_DIR: cache, HTTPS_PROXY: "http://127.0.0.1:1", https_proxy: "http://127.0.0.1:1" },
      ["aarch64-pc-windows-msvc"],
      ({ exitCode, stdout, stderr }) => {
        assert.is(exitCode, EXIT_CODES.toolchain);
        assert.is(stdout, "");
        assert.match(
          stderr,
          /^error: Cannot compile for aarch64-pc-windows-msvc: \S*denort\S*, Deno's runtime, cannot be fetched\. Set DENORT_BIN to the denort of Deno \d+\.\d+\.\d+ for that target, and name the target\.\n$/,
        );
      },
    )
  ));

test("an unknown target is refused before anything is made", () =>
  compile({}, ["x86_64-unknown-linux-musl"], ({ exitCode, stderr }, root) => {
    assert.is(exitCode, EXIT_CODES.usage);
    assert.match(stderr, /^error: Cannot compile for "x86_64-unknown-linux-musl": .* Did you mean/);
    assert.not(existsSync(join(root, "dist", "embedded")));
  }));

test("Deno in the place of denort is found out, for it would make a program that is Deno", () =>
  compile({ DENORT_BIN: process.execPath }, [NATIVE], ({ exitCode, stderr }, root) => {
    assert.is(exitCode, EXIT_CODES.compile);
    assert.match(stderr, /--version says "deno .* Set DENORT_BIN to a denort, not to deno\.\n$/);
    assert.equal(readdirSync(join(root, "dist", "bin")), []);
  }));

test("deno compile embeds the files that were tested here, and no others", () =>
  withPlace(async ({ files }) => {
    await withFolder(async (folder) => {
      writeFiles(folder, files);
      const words = ["--no-config", "--no-lock", "--no-remote", "--include=embedded"] as const;
      const output = join(folder, "program");
      const deno: Command = [process.execPath, "compile", ...words, `--output=${output}`, ENTRY];
      const env = { DENORT_BIN: process.execPath, NO_COLOR: "1" };
      const { exitCode, stdout, stderr } = await run(deno, { cwd: folder, env });
      assert.is(exitCode, 0, stderr);
      const listed = [...`${stdout}${stderr}`.matchAll(/^[├└]─+ (\S+) \(/gmu)].map(([, path]) =>
        path
      );
      const ours = [...files.keys()].map((path) => path.replace(/^embedded\/.*$/, "embedded/*"));
      assert.equal(listed.sort(), [...new Set(ours)].sort());
    });
  }));

test.run();
