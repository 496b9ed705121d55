import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Ended } from "../../build/host/process.ts";
import type { Metadata } from "../../build/make/metadata.ts";
import { withFolder } from "../support/folder.ts";
import { onDeno, runProgram } from "../support/program.ts";
import { type TestRegistry, withRegistry } from "../support/registry.ts";
import { lacks, skip } from "../support/skip.ts";

const program = onDeno(process.cwd());

/** Gives `use` an empty registry, and what pushes to it with the words given. */
async function withPusher(
  use: (
    registry: TestRegistry,
    push: (...words: string[]) => Promise<Metadata>,
    run: (...words: string[]) => Promise<Ended>,
  ) => Promise<void>,
): Promise<void> {
  const missing = lacks("clang-19");
  if (missing !== undefined) return skip(missing);
  await withFolder((folder) =>
    withRegistry({}, async (registry) => {
      const run = (...words: string[]): Promise<Ended> => {
        const where = `REGISTRY=${registry.host}/k8s`;
        // What hangs on images is looked at beside this file.
        const all = ["ATTACH=none", "ALL_ARCH=amd64 arm", where, "--json", ...words];
        return runProgram(folder, all, { program });
      };
      await use(registry, async (...words) => {
        const { exitCode, stdout, stderr } = await run(...words);
        assert.is(exitCode, 0, stderr);
        return JSON.parse(stdout) as Metadata;
      }, run);
    })
  );
}

/** What each tag of the repository points at. */
const tagsOf = ({ repositories }: TestRegistry): Record<string, string> =>
  Object.fromEntries(repositories.get("k8s/pause")?.tags ?? []);

/** The last part of the path of each request that puts a manifest: its tag, or its digest. */
const putNames = (registry: TestRegistry): string[] =>
  registry.logged("PUT manifest").map(({ path }) => path.split("/").at(-1) ?? "");

test("all-push gives each architecture its tag, and the list its own: last, and once", () =>
  withPusher(async (registry, push) => {
    const { index, images, pushed } = await push("all-push", "TAG=v1");
    const tags = tagsOf(registry);
    assert.equal(Object.keys(tags).sort(), ["v1", "v1-linux-amd64", "v1-linux-arm"]);
    assert.is(tags["v1"], index?.digest);
    assert.is(
      tags["v1-linux-arm"],
      images.find(({ platform }) => platform === "linux/arm/v7")?.digest,
    );
    const names = putNames(registry);
    assert.is(names.at(-1), "v1");
    assert.is(names.filter((name) => name === "v1").length, 1);
    assert.is(names.length, 4, "three images and the list, each put once");
    assert.equal(
      pushed.map(({ reference }) => reference.slice(`${registry.host}/k8s/pause:`.length)),
      ["v1-linux-amd64", "v1-linux-arm", "v1"],
    );
  }));

test("ARCH_TAGS=none leaves the tags of the architectures out", () =>
  withPusher(async (registry, push) => {
    await push("all-push", "TAG=v1", "ARCH_TAGS=none");
    assert.equal(Object.keys(tagsOf(registry)), ["v1"]);
  }));

test("what the registry has is not sent again", () =>
  withPusher(async (registry, push) => {
    const first = await push("all-push", "TAG=v1");
    const before = registry.log.length;
    const second = await push("all-push", "TAG=v1");
    assert.equal(second.index, first.index);
    const methods = registry.log.slice(before).map(({ method }) => method);
    assert.ok(methods.every((method) => method === "HEAD"), methods.join(" "));
  }));

test("push sends the images alone, push-manifest then the list alone", () =>
  withPusher(async (registry, push) => {
    await push("push", "TAG=v1");
    assert.equal(Object.keys(tagsOf(registry)).sort(), ["v1-linux-amd64", "v1-linux-arm"]);
    const uploads = registry.logged("PUT upload").length;
    const { index } = await push("push-manifest", "TAG=v1");
    assert.is(tagsOf(registry)["v1"], index?.digest);
    // The second variant of arm has no tag, so push had left its config out.
    assert.is(registry.logged("PUT upload").length - uploads, 1);
  }));

test("ARCH never cuts a published list down, ALL_ARCH says so", () =>
  withPusher(async (registry, push, refused) => {
    const { index } = await push("all-push", "TAG=v1");
    const { exitCode, stderr } = await refused("all-push", "TAG=v1", "ARCH=amd64");
    assert.is(exitCode, 3);
    assert.match(stderr, "linux/arm/v7, linux/arm/v6");
    assert.is(tagsOf(registry)["v1"], index?.digest);
    await push("all-push", "TAG=v2", "ARCH=amd64");
    await push("push", "TAG=v1", "ARCH=amd64");
    assert.is(tagsOf(registry)["v1"], index?.digest);
  }));

test("the list is read when its tag is to move, and neither the first time nor when it is the same", () =>
  withPusher(async (registry, push) => {
    const reads = () => registry.logged("GET manifest").map(({ path }) => path.split("/").at(-1));
    const { index } = await push("all-push", "TAG=v1", "REV=1");
    await push("all-push", "TAG=v1", "REV=1");
    assert.equal(reads(), []);
    await push("all-push", "TAG=v1", "REV=2");
    assert.equal(reads(), [index?.digest]);
  }));

test("NO_CLOBBER=1 moves no tag, and leaves none half way", () =>
  withPusher(async (registry, push, run) => {
    const same = ["TAG=v1", "NO_CLOBBER=1", "REV=one", "SOURCE_DATE_EPOCH=1"];
    const first = await push("all-push", ...same);
    await push("all-push", ...same);
    const before = { ...tagsOf(registry) };
    assert.is(before["v1"], first.index?.digest);
    for (const goal of ["push", "push-manifest", "all-push"]) {
      const writes = registry.log.filter(({ method }) => method !== "HEAD").length;
      const { exitCode, stderr } = await run(goal, "TAG=v1", "NO_CLOBBER=1", "REV=other");
      assert.is(exitCode, 8, stderr);
      assert.match(stderr, /v1(-linux-amd64)? names sha256:[0-9a-f]{64}.*no tag is to be moved/);
      assert.is(registry.log.filter(({ method }) => method !== "HEAD").length, writes);
      assert.equal(tagsOf(registry), before);
    }
    const second = await push("all-push", "TAG=v1", "REV=other");
    assert.is(tagsOf(registry)["v1"], second.index?.digest);
  }));

test("OUTPUT=registry publishes without writing an out/", () =>
  withPusher(async (registry, push) => {
    const { saved, index } = await push("all", "TAG=v1", "OUTPUT=registry");
    assert.equal(saved, []);
    assert.is(tagsOf(registry)["v1"], index?.digest);
  }));

test("an unchanged program keeps its layer from one release to the next", () =>
  withPusher(async (registry, push) => {
    await push("all-push", "TAG=v1", "VERSION=same", "REV=1", "SOURCE_DATE_EPOCH=1");
    const uploads = registry.logged("PUT upload").length;
    await push("all-push", "TAG=v2", "VERSION=same", "REV=2", "SOURCE_DATE_EPOCH=2");
    assert.is(
      registry.logged("PUT upload").length - uploads,
      3,
      "three configs, and no layer",
    );
  }));

test.run();
