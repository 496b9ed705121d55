import process from "node:process";
import type { Ended } from "../../../build/host/process.ts";
import type { Metadata } from "../../../build/make/metadata.ts";
import { type RegistryOptions, registryStore } from "../../../build/store/registry/registry.ts";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { withFolder } from "../../support/folder.ts";
import { onDeno, runProgram } from "../../support/program.ts";
import { type TestRegistry, withRegistry } from "../../support/registry.ts";
import { lacks, skip } from "../../support/skip.ts";
import { type BaseOptions, storeBase, windowsBase } from "../../support/windows-base.ts";

const program = onDeno(process.cwd());

/** A folder to build in, and a registry with a base for Windows as `base/windows:v1`. */
export interface WindowsPlace {
  readonly folder: string;
  readonly registry: TestRegistry;
  /** `HOST/base/windows:v1` */
  readonly base: string;
  /** Runs the program for both systems, one architecture, this base and REGISTRY=HOST/k8s. */
  readonly run: (...words: string[]) => Promise<Ended>;
  /** The same, which has to succeed. */
  readonly make: (...words: string[]) => Promise<Metadata>;
}

async function withWindows(
  use: (place: WindowsPlace) => Promise<void>,
  options: BaseOptions = {},
): Promise<void> {
  await withFolder((folder) =>
    withRegistry({}, async (registry) => {
      const base = `${registry.host}/base/windows:v1`;
      await publishBase(registry.host, options);
      const settings = [
        "OS=linux windows",
        "ALL_ARCH=amd64",
        "SOURCE_DATE_EPOCH=1700000000",
        `BASE=${base}`,
        `REGISTRY=${registry.host}/k8s`,
        "TAG=v1",
        "REV=x",
      ];
      const run = (...words: string[]): Promise<Ended> => {
        const names = words.map((word) => word.split("=")[0]);
        const defaults = settings.filter((word) => !names.includes(word.split("=")[0]));
        return runProgram(folder, [...words, ...defaults, "--json"], { program });
      };
      const make = async (...words: string[]): Promise<Metadata> => {
        const { exitCode, stdout, stderr } = await run(...words);
        assert.is(exitCode, 0, stderr);
        return JSON.parse(stdout) as Metadata;
      };
      await use({ folder, registry, base, run, make });
    })
  );
}

/** Puts a base where {@link withWindows} has one. */
export async function publishBase(
  host: string,
  options: BaseOptions = {},
  registry: RegistryOptions = {},
): Promise<void> {
  const store = registryStore({ host, repository: "base/windows" }, registry);
  await storeBase(store, await windowsBase(options), ["v1"]);
}

const missing = lacks("clang-19", "lld-link-19");

/** A test that compiles, in a place with a base. */
export function windowsTest(
  name: string,
  use: (place: WindowsPlace) => Promise<void>,
  options: BaseOptions = {},
): void {
  test(name, () => missing === undefined ? withWindows(use, options) : skip(missing));
}

/** What each tag of the pushed repository names. */
export const tagsOf = ({ repositories }: TestRegistry): Record<string, string> =>
  Object.fromEntries(repositories.get("k8s/pause")?.tags ?? []);

/** Whether nothing was pushed. */
export const isUntouched = ({ repositories }: TestRegistry): boolean =>
  (repositories.get("k8s/pause")?.manifests.size ?? 0) === 0;

/** What a digest in the pushed repository stands for. */
export function readDocument<Kind>({ repositories }: TestRegistry, digest: string): Kind {
  const bytes = repositories.get("k8s/pause")?.manifests.get(digest)?.bytes;
  return JSON.parse(new TextDecoder().decode(bytes)) as Kind;
}
