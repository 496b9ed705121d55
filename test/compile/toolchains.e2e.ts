import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { checkProgram } from "../../build/compile/program.ts";
import { findProgram } from "../../build/compile/find-program.ts";
import { findToolchain, type ToolchainName } from "../../build/compile/find-toolchain.ts";
import { compilerNames } from "../../build/compile/gcc.ts";
import type { Target } from "../../build/compile/target.ts";
import { TARGETS } from "../../build/compile/targets.ts";
import { compileProgram, type Toolchain } from "../../build/compile/toolchain.ts";
import { withDockerd } from "../support/docker.ts";
import { lacks, skip } from "../support/skip.ts";
import { failure } from "./fakes.ts";
import { importGccImage } from "./gcc-image.ts";

const SOURCES = ["src/linux/pause.c", "src/linux/orphan.c"];

interface Wish {
  readonly root?: string;
  readonly source?: string;
  readonly cflags?: readonly string[];
}

async function compile(toolchain: Toolchain, target: Target, wish: Wish = {}): Promise<Uint8Array> {
  const { root = process.cwd(), source = "src/linux/pause.c", cflags = ["-Werror"] } = wish;
  const job = { target, system: "linux", root, source, version: "v3.10.2", cflags } as const;
  return await compileProgram(toolchain, job);
}

async function withFolder<Result>(use: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "toolchains-"));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Copies of the sources in two folders whose names have nothing in common but trouble. */
async function inTwoPlaces(
  make: (root: string) => Promise<Uint8Array>,
): Promise<readonly [Uint8Array, Uint8Array]> {
  return await withFolder(async (folder) => {
    const roots = [join(folder, "a"), join(folder, "it's", "far, $down", "(a) path")];
    for (const root of roots) {
      await mkdir(root, { recursive: true });
      for (const part of ["src", "arch"]) await cp(part, join(root, part), { recursive: true });
    }
    const [one, other] = await Promise.all(roots.map(make));
    return [one ?? new Uint8Array(), other ?? new Uint8Array()];
  });
}

const isInstalled = (target: Target): boolean =>
  compilerNames(target).some((name) => findProgram(name) !== undefined);

/**
 * The targets that each toolchain is tried with. Debian has no package of zig, and Debian 12 none of
 * gcc for loong64: where they are not installed there is nothing to try. All else must be there.
 */
const TRIED: Readonly<Record<Exclude<ToolchainName, "docker">, (target: Target) => boolean>> = {
  clang: () => true,
  gcc: (target) => target.arch !== "loong64" || isInstalled(target),
  zig: () => findProgram("zig") !== undefined,
};

for (const name of ["clang", "gcc", "zig"] as const) {
  for (const target of TARGETS.filter(TRIED[name])) {
    test(`${name} makes good programs for ${target.arch}, without a warning`, async () => {
      const toolchain = await findToolchain(name, [target]);
      for (const source of SOURCES) {
        const program = await compile(toolchain, target, { source });
        assert.equal(checkProgram(program, target), []);
      }
    });
  }
}

for (const name of ["clang", "gcc"] as const) {
  test(`${name} makes the same bytes in every folder`, async () => {
    const targets = TARGETS.filter(TRIED[name]);
    const toolchain = await findToolchain(name, targets);
    for (const target of targets) {
      const [one, other] = await inTwoPlaces((root) => compile(toolchain, target, { root }));
      assert.equal([...one], [...other], target.arch);
    }
  });
}

test("the version is in the program", async () => {
  for (const target of TARGETS) {
    const program = await compile(await findToolchain("clang", [target]), target);
    assert.match(new TextDecoder("latin1").decode(program), "v3.10.2\n");
  }
});

test("what the user's flags spoil is refused before anybody runs it", async () => {
  const [target] = TARGETS;
  assert.ok(target);
  const toolchain = await findToolchain("clang", [target]);
  const { code, message } = await failure(
    compile(toolchain, target, { cflags: ["-Wl,-e,0x7"] }),
  );
  assert.is(code, "compile");
  assert.match(message, "  entry: it starts at 0x7");
});

test("a mistake in the source comes with the compiler's own words", async () => {
  const [target] = TARGETS;
  assert.ok(target);
  const toolchain = await findToolchain("clang", [target]);
  const { code, message } = await failure(
    compile(toolchain, target, { cflags: ["-DVERSION", "-include", "/nonesuch.h"] }),
  );
  assert.is(code, "compile");
  assert.match(message, "fatal error: '/nonesuch.h' file not found");
});

test("docker compiles in an image, to the bytes that the same compiler makes outside", async () => {
  const missing = lacks("dockerd", "x86_64-linux-gnu-gcc", "aarch64-linux-gnu-gcc");
  if (missing !== undefined) return skip(missing);
  const targets = TARGETS.filter(({ arch }) => arch === "amd64" || arch === "arm64");
  const compilers = targets.flatMap(({ gnu }) => findProgram(`${gnu.prefix}gcc`) ?? []);
  const outside = await findToolchain("gcc", targets);
  await withFolder((folder) =>
    withDockerd(async (docker) => {
      const image = await importGccImage(docker, compilers, folder);
      await withDockerHost(await hostOf(docker), async () => {
        const inside = await findToolchain("docker", targets, { image });
        for (const target of targets) {
          const programs = await Promise.all([inside, outside].map((it) => compile(it, target)));
          assert.equal([...programs[0] ?? []], [...programs[1] ?? []], target.arch);
        }
        const s390x = TARGETS.filter(({ arch }) => arch === "s390x");
        const { code, message } = await failure(
          Promise.all(s390x.map((it) => compile(inside, it))),
        );
        assert.is(code, "compile");
        assert.match(message, "The image has no s390x-linux-gnu-gcc");
      });
    })
  );
});

async function hostOf(docker: { client(...words: string[]): Promise<string> }): Promise<string> {
  return await docker.client(
    ...["context", "inspect", "default", "--format={{.Endpoints.docker.Host}}"],
  );
}

async function withDockerHost(host: string, use: () => Promise<void>): Promise<void> {
  const before = process.env.DOCKER_HOST;
  process.env.DOCKER_HOST = host;
  try {
    await use();
  } finally {
    if (before === undefined) delete process.env.DOCKER_HOST;
    else process.env.DOCKER_HOST = before;
  }
}

test.run();
