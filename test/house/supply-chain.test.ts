import { existsSync, readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { importsOf } from "../runner/source-code.ts";
import { CODE, sources } from "./sources.ts";

interface Locked {
  readonly version: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly name?: string;
  readonly inBundle?: boolean;
  readonly hasInstallScript?: boolean;
}

const read = (path: string): unknown => JSON.parse(readFileSync(path, "utf8"));

const lockedIn = (path: string): [path: string, entry: Locked][] =>
  Object.entries((read(path) as { packages: Record<string, Locked> }).packages)
    .filter(([folder]) => folder !== "");

const LOCKED = lockedIn("package-lock.json");

/** They ask for nothing but that their notice is kept, or not even that. */
const ALLOWED = new Set([
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BlueOak-1.0.0",
  "ISC",
  "MIT",
]);

test("every package has a licence that the lockfile lists and that we allow", () => {
  const others = LOCKED.filter(([, { license = "none" }]) => !ALLOWED.has(license));
  assert.equal(others.map(([path, { license }]) => `${path}: ${license}`), []);
});

test("the licence that the lockfile lists is the one that the package names", () => {
  const installed = LOCKED.filter(([path]) => existsSync(`${path}/package.json`));
  assert.ok(installed.length > 100, `${installed.length} of ${LOCKED.length} are installed`);
  for (const [path, { license }] of installed) {
    assert.is((read(`${path}/package.json`) as Locked).license, license, path);
  }
});

test("what is installed is what is locked", () => {
  const locked = new Map(LOCKED);
  for (const [path, { version, integrity }] of lockedIn("node_modules/.package-lock.json")) {
    const { version: wanted, integrity: expected } = locked.get(path) ?? {};
    assert.equal([version, integrity], [wanted, expected], path);
  }
});

test("every package is locked under its own name, and none hides in another", () => {
  const hidden = LOCKED.filter(([, { name, inBundle }]) => name !== undefined || inBundle);
  assert.equal(hidden.map(([path]) => path), []);
});

/** Packages with install scripts, and why they do without. */
const WITH_SCRIPTS: Readonly<Record<string, string>> = {
  deno: "it would link the program of the package for this system, which is used as it is",
  esbuild: "it would link its program in place of a script that starts it",
  protobufjs: "it would warn about the version that a project pins",
};

test("no package needs an install script, and none may run one", () => {
  const scripted = LOCKED.filter(([, { hasInstallScript }]) => hasInstallScript);
  assert.equal(
    scripted.map(([path]) => path.replace("node_modules/", "")),
    Object.keys(WITH_SCRIPTS),
  );
  assert.match(readFileSync(".npmrc", "utf8"), /^ignore-scripts=true$/m);
});

test("every package that we ask for is imported somewhere", () => {
  const imported = new Set(
    sources(CODE, ".ts", ".js").flatMap(({ text }) =>
      importsOf(text).map(({ specifier }) => specifier)
    ),
  );
  const { imports } = read("deno.json") as { imports: Readonly<Record<string, string>> };
  assert.equal(Object.keys(imports).filter((specifier) => !imported.has(specifier)), []);
});

test.run();
