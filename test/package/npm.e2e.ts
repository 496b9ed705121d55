import { readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import process from "node:process";
import { stop } from "esbuild";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { listFiles, writeFiles } from "../../.github/release/files.ts";
import { CLI, npmPackage } from "../../.github/release/npm-package.ts";
import { TARGETS } from "../../build/compile/targets.ts";
import type { Metadata } from "../../build/make/metadata.ts";
import { BUDGETS, isWithin } from "../support/budget.ts";
import { cloneInto } from "../support/clone.ts";
import { withFolder } from "../support/folder.ts";
import { onDeno, runProgram } from "../support/program.ts";
import { lacks, skip } from "../support/skip.ts";
import { makePackage, pack, type Packed, type Project, withProject } from "./npm-project.ts";

/** What is in the package beside code and types. */
const LIST = [
  "CHANGELOG.md",
  "Dockerfile.tmpl",
  "LICENSE",
  "README.md",
  ...TARGETS.map(({ arch }) => `arch/${arch}/syscall.h`),
  "man/pause-image.1",
  "package.json",
  "schema.json",
  ...listFiles("src").map((path) => `src/${path}`),
].sort();

/** The same image whoever builds it: without a commit. */
const WORDS = ["all", "ARCH=arm64", "REV=none", "SOURCE_DATE_EPOCH=0", "--json"] as const;

/** Gives `use` the tarball of the package as it is now. */
async function withTarball(use: (packed: Packed, made: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const made = await makePackage(process.cwd(), folder);
    // Its own process would keep ours from ending.
    await stop();
    await use(await pack(made, join(folder, "packed")), made);
  });
}

const installed = (use: (project: Project) => Promise<void>): Promise<void> =>
  withTarball(({ file }) => withProject(file, use));

/** The modules that a module leads to, itself included. */
function reachable(folder: string, path: string, found: Set<string> = new Set()): Set<string> {
  if (found.has(path)) return found;
  found.add(path);
  const code = readFileSync(join(folder, path), "utf8");
  for (const [, name = ""] of code.matchAll(/(?:from|import|import\()\s*"\.\/([\w.-]+\.js)"/g)) {
    reachable(folder, name, found);
  }
  return found;
}

test("the npm package holds these files and no others, within its budgets", () =>
  withTarball(({ paths, size, unpackedSize }, made) => {
    const others = paths.filter((path) => !/^(esm|types)\//.test(path));
    assert.equal(others, LIST);
    const code = new Set([...reachable(join(made, "esm"), "cli.js")]);
    for (const path of reachable(join(made, "esm"), "mod.js")) code.add(path);
    assert.equal(listFiles(join(made, "esm")), [...code, "licenses.txt"].sort());
    isWithin(size, BUDGETS.npm.packedBytes);
    isWithin(unpackedSize, BUDGETS.npm.bytes);
    return Promise.resolve();
  }));

test("its package.json runs nothing, needs nothing and tells where everything is", () =>
  withTarball((_packed, made) => {
    const read = (path: string): Record<string, unknown> => JSON.parse(readFileSync(path, "utf8"));
    const [ours, theirs] = [read("package.json"), read(join(made, "package.json"))];
    for (const name of ["name", "version", "description", "license", "repository", "engines"]) {
      assert.equal(theirs[name], ours[name], name);
    }
    for (const name of ["scripts", "dependencies", "devDependencies", "private"]) {
      assert.is(theirs[name], undefined, name);
    }
    assert.equal(theirs.publishConfig, { access: "public", provenance: true });
    assert.is(statSync(join(made, CLI)).mode & 0o777, 0o755);
    return Promise.resolve();
  }));

test("installed into an empty project, the command builds the bytes that ./make builds", async () => {
  const missing = lacks("clang-19", "npm", "openssl");
  if (missing !== undefined) return skip(missing);
  await installed(async ({ folder, run }) => {
    const theirs = JSON.parse((await run("npx", "pause-image", ...WORDS)).stdout) as Metadata;
    await withFolder(async (place) => {
      const ended = await runProgram(place, WORDS, { program: onDeno(process.cwd()) });
      const ours = JSON.parse(ended.stdout) as Metadata;
      assert.equal(theirs.index, ours.index);
      const program = "bin/pause-arm64";
      assert.equal(readFileSync(join(folder, program)), readFileSync(join(place, program)));
    });
    // With sigstore's packages, which it carries in files of their own.
    await run(
      "openssl",
      ..."genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256".split(" "),
      "-out",
      "key",
    );
    await run("openssl", "pkey", "-in", "key", "-pubout", "-out", "pub");
    await run("npx", "pause-image", "sign", "oci:out", "--key", "key");
    const verified = await run("npx", "pause-image", "verify-signature", "oci:out", "--key", "pub");
    assert.match(verified.stdout, /^signed +oci:out@sha256:/);
  });
});

test("installed for everybody, the command and its manual are where shells and man look", async () => {
  const missing = lacks("npm");
  if (missing !== undefined) return skip(missing);
  await withTarball(({ file }) =>
    withProject(file, async ({ folder, run }) => {
      const everywhere = join(folder, "for everybody");
      await run("npm", "install", "--global", "--prefix", everywhere, file);
      const { stdout } = await run(join(everywhere, "bin/pause-image"), "--version");
      assert.match(stdout, /^pause-image \d/);
      const page = "man/pause-image.1";
      const theirs = readFileSync(join(everywhere, "share/man/man1/pause-image.1"), "utf8");
      assert.is(theirs, readFileSync(page, "utf8"));
    })
  );
});

/** A program that uses the library. */
const USES = `import { build, mirror, PauseError } from "pause-image";
const assignments = { ARCH: "amd64", REV: "none", SOURCE_DATE_EPOCH: "0" };
const { saved } = await build({ directory: ".", assignments });
const { mirrored } = await mirror("oci:out:3.10.2", ["oci:copy:3.10.2"]);
const refused = await mirror("docker-daemon:x", ["oci:copy"]).catch((error) => error instanceof PauseError);
console.log(saved[0].index.digest, mirrored[0].deliveries[0].digest, refused);
`;

test("the library builds and mirrors on Node and on Deno", async () => {
  const missing = lacks("clang-19", "npm");
  if (missing !== undefined) return skip(missing);
  await installed(async ({ folder, run }) => {
    writeFileSync(join(folder, "use.js"), USES);
    const deno = [process.execPath, "run", "-A", "--node-modules-dir=manual"] as const;
    const [onNode, onDeno] = [await run("node", "use.js"), await run(...deno, "use.js")];
    assert.match(onNode.stdout, /^(sha256:[0-9a-f]{64}) \1 true\n$/);
    assert.is(onDeno.stdout, onNode.stdout);
    const required = 'console.log(typeof require("pause-image").build)';
    const { stdout } = await run("node", "--input-type=commonjs", "--eval", required);
    assert.is(stdout, "function\n");
    const schema = JSON.parse(readFileSync("build/mirror/sync/schema.json", "utf8")) as unknown;
    const path = "node_modules/pause-image/schema.json";
    assert.equal(JSON.parse(readFileSync(join(folder, path), "utf8")), schema);
  });
});

/** A consumer in TypeScript. */
const TYPED = `import {
  build, type Delivered, type Digest, EXIT_CODES, make, mirror, PauseError, push, verify,
} from "pause-image";
const made: Awaited<ReturnType<typeof make>> = await build({
  directory: ".",
  onEvent: (event) => void (event.type === "program" && event.outcome === "compiled"),
});
const delivered: readonly Delivered[] = (await push({ directory: "." })).pushed;
const digest: Digest | undefined = delivered[0]?.index?.digest;
const { mirrored } = await mirror("a.example/b:1", ["c.example/b"], { plainHttp: true });
const code: number = EXIT_CODES[new PauseError("usage", "no").code];
const { outcome } = await verify("out", { static: true });
export { code, digest, made, mirrored, outcome };
// @ts-expect-error A source is named by a string.
await mirror(1, []);
// @ts-expect-error There is no such variable.
await build({ directory: ".", assignments: { NONESUCH: "1" } });
`;

/** What it is checked with, beyond what is strict anyway. */
const COMPILER_OPTIONS = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  verbatimModuleSyntax: true,
  skipLibCheck: false,
  noEmit: true,
  target: "es2022",
};

/** Where the types of streams and signals are from, and how modules are found. */
const SURROUNDINGS = {
  "Node's": {
    module: "nodenext",
    moduleResolution: "nodenext",
    lib: ["es2022"],
    types: ["node"],
    typeRoots: [join(process.cwd(), "node_modules/@types")],
  },
  "a bundler's": {
    module: "esnext",
    moduleResolution: "bundler",
    lib: ["es2022", "dom", "dom.iterable"],
    types: [],
  },
};

test("types name each other as they are shipped, and nothing else", () =>
  withTarball((_packed, made) => {
    const types = listFiles(join(made, "types"));
    for (const path of types) {
      const declared = readFileSync(join(made, "types", path), "utf8");
      for (const [, name = ""] of declared.matchAll(/ from "([^"]+)";$/gm)) {
        assert.match(name, /^\.\.?\/.*\.js$/, path);
        const named = posix.join(posix.dirname(path), name).replace(/\.js$/, ".d.ts");
        assert.ok(types.includes(named), `${path}: ${name}`);
      }
    }
    return Promise.resolve();
  }));

test("a consumer in TypeScript is checked against the types that are shipped, each of them used", () =>
  installed(async ({ folder, run }) => {
    writeFileSync(join(folder, "use.ts"), TYPED);
    const tsc = join(process.cwd(), "node_modules", "typescript", "bin", "tsc");
    for (const [whose, surroundings] of Object.entries(SURROUNDINGS)) {
      const compilerOptions = { ...COMPILER_OPTIONS, ...surroundings };
      const config = JSON.stringify({ compilerOptions, files: ["use.ts"] });
      writeFileSync(join(folder, "tsconfig.json"), config);
      const { stdout } = await run("node", tsc, "--project", ".", "--listFiles");
      const types = join(folder, "node_modules", "pause-image", "types");
      const read = stdout.split("\n").filter((path) => path.startsWith(types))
        .map((path) => path.slice(types.length + 1)).sort();
      assert.equal(read, listFiles(types), whose);
    }
  }));

test("packed from another folder, at another time, it is the same bytes", () =>
  withFolder(async (folder) => {
    const packed: Buffer[] = [];
    for (
      const [place, time] of [["a", 1e9], ["deeper/in a folder of another name", 2e9]] as const
    ) {
      const root = join(folder, place);
      cloneInto(root);
      const made = await makePackage(root, join(folder, `${place} made`));
      for (const path of listFiles(made)) utimesSync(join(made, path), time, time);
      packed.push(readFileSync((await pack(made, join(folder, `${place} packed`))).file));
    }
    await stop();
    assert.ok(packed[0]?.equals(packed[1] ?? Buffer.alloc(0)));
  }));

test("npm pack in a clone packs what deno task npm made there, which works as well", async () => {
  await withFolder(async (folder) => {
    const root = join(folder, "clone");
    cloneInto(root);
    writeFiles(join(root, "dist", "npm"), await npmPackage(root), [CLI]);
    await stop();
    const { file, paths } = await pack(root, join(folder, "packed"));
    const outside = paths.filter((path) => !path.startsWith("dist/npm/"));
    assert.equal(outside, ["LICENSE", "README.md", "package.json"]);
    await withProject(file, async ({ folder, run }) => {
      const { stdout } = await run("npx", "pause-image", "build", "ARCH=arm64", "-n");
      assert.ok(stdout.includes(join(folder, "node_modules/pause-image/dist/npm/src/linux")));
    });
  });
});

test.run();
