/** What hangs on images that were pushed. Saved ones: attach.e2e.ts. */

import { join } from "node:path";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Metadata } from "../../build/make/metadata.ts";
import type { Digest } from "../../build/oci/digest.ts";
import { layoutStore } from "../../build/store/layout/layout.ts";
import { registryStore } from "../../build/store/registry/registry.ts";
import type { Store } from "../../build/store/store.ts";
import { withDockerRegistry } from "../support/docker-registry.ts";
import { onDeno, runProgram } from "../support/program.ts";
import { type RegistryOptions, type TestRegistry, withRegistry } from "../support/registry.ts";
import { lacks, skip } from "../support/skip.ts";
import { type Bench, subjectsOf, TYPES, typesOf, withMake } from "./attach-bench.ts";

// deadline: 600 s

const withPush = (
  options: RegistryOptions,
  use: (registry: TestRegistry, bench: Bench, where: string) => Promise<void>,
): Promise<void> =>
  withMake((bench) =>
    withRegistry(options, (registry) => use(registry, bench, `REGISTRY=${registry.host}/k8s`))
  );

const pushedTo = ({ host }: Pick<TestRegistry, "host">): Store =>
  registryStore({ host, repository: "k8s/pause" });

test("another folder and another registry get the same bytes", () =>
  withPush({}, async (registry, { make }, where) => {
    const one = await make("all-push", where);
    await withMake(async ({ make }) => {
      const other = await make("all", "REGISTRY=elsewhere.example/k8s");
      assert.equal(other.attached, one.attached);
    });
    assert.equal(await typesOf(pushedTo(registry), one.index?.digest), TYPES);
  }));

for (const referrersApi of [true, false]) {
  const name = referrersApi ? "with" : "without";
  test(`a registry ${name} the referrers API lists it all, before the tag is there`, () =>
    withPush({ referrersApi }, async (registry, { make }, where) => {
      const made = await make("all-push", where);
      for (const subject of subjectsOf(made)) {
        assert.equal(await typesOf(pushedTo(registry), subject), TYPES);
      }
      const puts = registry.logged("PUT manifest").map(({ path }) => path.split("/").at(-1) ?? "");
      assert.is(puts.at(-1), "v1");
      const documents = new Set(made.attached.map(({ digest }) => digest));
      assert.is(puts.filter((put) => documents.has(put as Digest)).length, documents.size);
      const lists = puts.filter((put) => /^sha256-/.test(put));
      // Once for all that comes while it is read; the rest together.
      const most = referrersApi ? 0 : 2 * subjectsOf(made).length;
      assert.ok(lists.length <= most, `${lists.length} lists for ${most / 2} subjects`);
    }));
}

test("blobs that several of them share are sent once", () =>
  withPush({}, async (registry, { make }, where) => {
    const made = await make("all-push", where);
    const subjects = subjectsOf(made).length;
    const images = 3 + 2; // Configurations, and layers: both variants of arm have one.
    // Two documents of each subject, one provenance, one empty configuration.
    assert.is(registry.logged("PUT upload").length, images + 2 * subjects + 2);
  }));

test("what the registry has is looked up and not sent again, and what it lost of it is", () =>
  withPush({}, async (registry, { make }, where) => {
    const made = await make("all-push", where);
    const sent = registry.log.length;
    await make("all-push", where);
    const again = registry.log.slice(sent);
    assert.ok(again.every(({ method }) => method === "HEAD" || method === "GET"));
    assert.is(again.filter(({ route }) => route === "referrers").length, subjectsOf(made).length);
    const [{ digest }] = made.attached as [Metadata["attached"][number]];
    registry.repositories.get("k8s/pause")?.manifests.delete(digest);
    await make("all-push", where);
    const [put] = registry.logged("PUT manifest").slice(-1);
    assert.match(put?.path ?? "", digest);
  }));

test("push sends single images with what hangs on them, push-manifest the rest", () =>
  withPush({}, async (registry, { make }, where) => {
    const images = await make("push", where);
    const [amd64] = images.images;
    assert.equal(await typesOf(pushedTo(registry), amd64?.digest), TYPES);
    const { index } = await make("push-manifest", where);
    assert.equal(await typesOf(pushedTo(registry), index?.digest), TYPES);
  }));

test("when an attachment cannot be pushed, the tag is not given", () =>
  withPush({}, async (registry, { run }, where) => {
    const one = ["ALL_ARCH=amd64", where];
    assert.is((await run("push", "ATTACH=none", ...one)).exitCode, 0);
    // The image is there, and the index waits: this is one of what hangs on them.
    registry.fault({ route: "manifest", method: "PUT", fault: { status: 403 } });
    assert.is.not((await run("push-manifest", ...one)).exitCode, 0);
    assert.not(registry.repositories.get("k8s/pause")?.tags.has("v1"));
    assert.is((await run("push-manifest", ...one)).exitCode, 0);
    assert.ok(registry.repositories.get("k8s/pause")?.tags.has("v1"));
  }));

test("NO_CLOBBER=1 leaves what hangs on a published image alone, and attaches nothing to one that is refused", () =>
  withPush({}, async (registry, { make, run }, where) => {
    await make("all-push", where, "NO_CLOBBER=1");
    const count = registry.log.filter(({ method }) => method === "PUT").length;
    await make("all-push", where, "NO_CLOBBER=1");
    const { exitCode } = await run("all-push", where, "NO_CLOBBER=1", "REV=other");
    assert.is(exitCode, 8);
    assert.is(registry.log.filter(({ method }) => method === "PUT").length, count);
  }));

test("docker-registry, which knows no referrers, keeps it under the fallback tags, and mirror takes it along", () =>
  withMake(async ({ folder, make }) => {
    const missing = lacks("docker-registry");
    if (missing !== undefined) return skip(missing);
    await withDockerRegistry(async ({ host }) => {
      const made = await make("all-push", `REGISTRY=${host}/k8s`);
      const tags: string[] = [];
      for await (const tag of pushedTo({ host }).tags()) tags.push(tag);
      for (const subject of subjectsOf(made)) assert.ok(tags.includes(subject.replace(":", "-")));
      const { exitCode, stderr } = await runProgram(
        folder,
        ["mirror", `${host}/k8s/pause:v1`, "oci:copy", "--quiet"],
        { program: onDeno(process.cwd()) },
      );
      assert.is(exitCode, 0, stderr);
      const copy = layoutStore(join(folder, "copy"));
      for (const subject of subjectsOf(made)) assert.equal(await typesOf(copy, subject), TYPES);
    });
  }));

test.run();
