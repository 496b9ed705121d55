import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { VERSION } from "../../build/version.ts";

interface Package {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

interface Locked {
  readonly version: string;
  readonly integrity?: string;
  readonly resolved?: string;
}

const read = (path: string): unknown => JSON.parse(readFileSync(path, "utf8"));

const npm = read("package.json") as Package;
const deno = read("deno.json") as { version: string; imports: Readonly<Record<string, string>> };
const npmLock = read("package-lock.json") as Package & {
  packages: Readonly<Record<string, Locked>>;
};
const denoLock = read("deno.lock") as {
  npm: Readonly<Record<string, { integrity: string }>>;
  workspace: { dependencies: readonly string[] };
};

const dependencies = { ...npm.dependencies, ...npm.devDependencies };

/** What people run or the type checker reads, and no module imports. */
const NOT_IMPORTED = /^(deno$|@types\/)/;

/** `npm:@scope/name@1.2.3/path` taken apart. */
function parse(specifier: string): { name: string; version: string } {
  const [, name = "", version = ""] = /^npm:(@?[^@]+)@([^/]+)/.exec(specifier) ?? [];
  return { name, version };
}

/** Locked packages by `name@version`, as deno.lock writes them. */
const locked = Object.entries(npmLock.packages)
  .filter(([path]) => path !== "")
  .map(([path, entry]) => ({ name: path.replace(/^.*node_modules\//, ""), ...entry }));

test("the software has one version", () => {
  const versions = [
    npm.version,
    deno.version,
    npmLock.version,
    npmLock.packages[""]?.version,
    VERSION,
  ];
  assert.equal([...new Set(versions)].length, 1, versions.join(", "));
});

test("versions are pinned, none is a range", () => {
  for (const [name, version] of Object.entries(dependencies)) {
    assert.match(version, /^\d+\.\d+\.\d+$/, name);
  }
});

test("deno.json and package.json name the same packages in the same versions", () => {
  const imported = Object.values(deno.imports).map(parse);
  for (const { name, version } of imported) assert.is(version, dependencies[name], name);
  const names = imported.map(({ name }) => name);
  const missing = Object.keys(dependencies).filter((name) => !names.includes(name));
  assert.equal(missing.filter((name) => !NOT_IMPORTED.test(name)), []);
});

test("package-lock.json locks what package.json pins, every package with its integrity", () => {
  for (const [name, version] of Object.entries(dependencies)) {
    assert.is(npmLock.packages[`node_modules/${name}`]?.version, version, name);
  }
  for (const { name, integrity, resolved } of locked) {
    assert.match(integrity ?? "", /^sha512-/, name);
    // Any mirror serves: the lockfile names no server.
    assert.is(resolved, undefined, name);
  }
});

test("the lockfile has Deno for every system that it is made for: npm ci refuses one that lacks some", () => {
  const systems = ["darwin-arm64", "darwin-x64", "linux-arm64-glibc", "linux-x64-glibc"];
  for (const system of systems) {
    assert.is(npmLock.packages[`node_modules/@deno/${system}`]?.version, dependencies.deno, system);
  }
});

test("both lockfiles lock the same bytes", () => {
  const integrities = new Map(
    locked.map(({ name, version, integrity }) => [`${name}@${version}`, integrity]),
  );
  for (const [id, { integrity }] of Object.entries(denoLock.npm)) {
    // A package that is installed for the sake of its peers has them in its id: name@1.0.0_peer@2.0.0.
    const name = id.replace(/(?<=.@[^_]+)_.*$/, "");
    assert.is(integrity, integrities.get(name), id);
  }
  for (const specifier of Object.values(deno.imports)) {
    const { name, version } = parse(specifier);
    assert.ok(denoLock.workspace.dependencies.includes(`npm:${name}@${version}`), specifier);
  }
});

test.run();
