import { Buffer } from "node:buffer";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { registryStore } from "../../build/store/registry/registry.ts";
import type { Store } from "../../build/store/store.ts";
import { putSample } from "../mirror/sync/places.ts";
import {
  type DockerRegistryOptions,
  PASSWORD,
  USER,
  withDockerRegistry,
} from "../support/docker-registry.ts";
import { freePort } from "../support/port.ts";
import { lacks, skip } from "../support/skip.ts";
import { annotationIn, type Machine, type With, withMachine } from "./step.ts";

const LOGIN = { username: USER, password: PASSWORD };

/** A machine, a registry with an image under `k8s/pause:3.10`, and one to mirror to. */
interface Stage extends Machine {
  readonly from: string;
  readonly to: string;
  readonly digest: string;
  readonly source: Store;
  /** A repository of the second registry. */
  readonly there: (repository: string) => Store;
}

async function withStage(
  use: (stage: Stage) => Promise<void>,
  options: DockerRegistryOptions = {},
): Promise<void> {
  const missing = lacks("node", "docker-registry");
  if (missing !== undefined) return skip(missing);
  await withMachine((machine) =>
    withDockerRegistry(({ host: from }) =>
      withDockerRegistry(async ({ host: to }) => {
        const open = (host: string, repository: string): Store =>
          registryStore({ host, repository }, {
            credentials: () => Promise.resolve({ credential: LOGIN }),
          });
        const source = open(from, "k8s/pause");
        const { descriptor: { digest } } = await putSample(source, ["3.10"]);
        const there = (repository: string): Store => open(to, repository);
        await use({ ...machine, from, to, digest, source, there });
      }, options)
    )
  );
}

test("mirror copies an image to every destination, and logs in to the one that wants it", () =>
  withStage(async ({ workspace, from, to, digest, there, step }) => {
    const inputs = {
      command: "mirror",
      source: `${from}/k8s/pause:3.10`,
      destinations: `${to}/mirror/pause\n\n  oci:layout:here  \n`,
      registry: to,
      ...LOGIN,
    };
    const first = await step(inputs);
    assert.is(first.exitCode, 0, first.log);
    assert.is((await there("mirror/pause").resolve("3.10"))?.digest, digest);
    assert.ok(existsSync(join(workspace, "layout/index.json")));
    const { references, digests, image, changed } = first.outputs;
    assert.equal(references?.split("\n").length, 2);
    assert.is(JSON.parse(digests ?? "")[`${to}/mirror/pause:3.10`], digest);
    assert.equal([first.outputs.digest, image, changed], [
      digest,
      `${to}/mirror/pause@${digest}`,
      "true",
    ]);
    assert.match(first.summary, new RegExp(`${to}/mirror/pause:3.10.*copied.*${digest}`));
    assert.equal(first.groups, [`Mirror ${from}/k8s/pause:3.10`]);
    for (const secret of [PASSWORD, Buffer.from(`${USER}:${PASSWORD}`).toString("base64")]) {
      assert.not.ok(first.everything.includes(secret));
    }
    const second = await step(inputs);
    assert.equal([second.exitCode, second.outputs.changed], [0, "false"], second.log);
  }, { htpasswd: true }));

test("mirror takes the tags and the platforms that it is told", () =>
  withStage(async ({ from, to, digest, source, there, step }) => {
    const { descriptor } = await putSample(source, ["3.9"], 2);
    const ended = await step({
      command: "mirror",
      source: `${from}/k8s/pause`,
      destinations: `${to}/all`,
      tags: "3.9, 3.10",
    });
    assert.is(ended.exitCode, 0, ended.log);
    assert.is((await there("all").resolve("3.9"))?.digest, descriptor.digest);
    // Which of two images is meant would be a guess.
    assert.equal([ended.outputs.digest, ended.outputs.image], ["", ""]);
    const some: With = {
      command: "mirror",
      source: `${from}/k8s/pause:3.10`,
      destinations: `${to}/some`,
      platforms: "linux/amd64",
    };
    assert.match((await step(some)).annotations[0]?.message ?? "", /refuses a sparse index/);
    const rewritten = await step({ ...some, index: "rewritten" });
    assert.is(rewritten.exitCode, 0, rewritten.log);
    assert.is.not(rewritten.outputs.digest, digest);
    assert.is((await there("some").resolve("3.10"))?.digest, rewritten.outputs.digest);
  }));

test("a mirror that fails at one of two places fails the step, sets no output and tells of both", () =>
  withStage(async ({ from, to, step, there, digest }) => {
    const down = `127.0.0.1:${await freePort()}`;
    const ended = await step({
      command: "mirror",
      source: `${from}/k8s/pause:3.10`,
      destinations: `${to}/pause\n${down}/pause`,
    });
    assert.equal([ended.exitCode, ended.outputs], [1, {}]);
    assert.is((await there("pause").resolve("3.10"))?.digest, digest);
    assert.match(ended.summary, new RegExp(`${to}/pause:3.10.*copied`));
    assert.match(ended.summary, new RegExp(`${down}/pause:3.10.*failed`));
    assert.match(ended.annotations.at(-1)?.message ?? "", /Cannot .*1 part failed/);
  }));

const FILE = "mirror/pause.yaml";

test("sync does what a file says; a dry run says whether there is anything to do", () =>
  withStage(async ({ workspace, from, to, digest, there, step }) => {
    writeFileSync(
      join(workspace, "pause.yaml"),
      `version: 1
sources:
  - image: ${from}/k8s/pause:3.10
destinations:
  - to: "${to}/mirror/{path}"
`,
    );
    const login = { registry: `${to}/mirror`, ...LOGIN };
    const inputs = { command: "sync", "sync-file": "pause.yaml", ...login };
    const planned = await step({ ...inputs, "dry-run": "true" });
    assert.equal([planned.exitCode, planned.outputs.changed], [0, "true"], planned.log);
    assert.match(planned.summary, /missing/);
    assert.is(await there("mirror/k8s/pause").resolve("3.10"), undefined);
    const ended = await step(inputs);
    assert.equal([ended.exitCode, ended.outputs.changed], [0, "true"], ended.log);
    assert.is(ended.outputs.digest, digest);
    assert.is((await there("mirror/k8s/pause").resolve("3.10"))?.digest, digest);
    assert.not.ok(ended.everything.includes(PASSWORD));
    const again = await step({ ...inputs, "dry-run": "true" });
    assert.equal([again.exitCode, again.outputs.changed], [0, "false"], again.log);
  }, { htpasswd: true }));

test("each fault of a sync file is annotated at its line and column", () =>
  withMachine(async ({ workspace, step }) => {
    writeFileSync(
      join(workspace, "pause-mirror.yaml"),
      `version: 1
sources:
  - image: registry.k8s.io/pause
    tags: [3.10]
destinations:
  - too: registry.example.com/{path}
`,
    );
    const ended = await step({ command: "sync" });
    assert.equal([ended.exitCode, ended.outputs], [1, {}]);
    assert.equal(
      ended.annotations.map(({ file, line, col }) => [file, line, col]),
      [
        ["pause-mirror.yaml", "4", "12"],
        ["pause-mirror.yaml", "6", "5"],
        ["pause-mirror.yaml", "6", "5"],
        [undefined, undefined, undefined],
      ],
      JSON.stringify(ended.annotations),
    );
    assert.match(annotationIn(ended)?.message ?? "", /sources\[0\]\.tags\[0\]: .*in quotes/);
  }));

test("a sync file that is not there is named", () =>
  withMachine(async ({ step }) => {
    const { exitCode, annotations } = await step({ command: "sync", "sync-file": FILE });
    assert.is(exitCode, 1);
    assert.match(annotations[0]?.message ?? "", `Cannot sync ${FILE}: there is no such file.`);
  }));

test("save puts images into an archive with its checksum, some platforms under an index of their own", () =>
  withStage(async ({ workspace, from, digest, source, step }) => {
    await putSample(source, ["3.9"], 2);
    const ended = await step({
      command: "save",
      image: `${from}/k8s/pause:3.10\n${from}/k8s/pause:3.9`,
      output: "airgap.tar",
    });
    assert.is(ended.exitCode, 0, ended.log);
    for (const file of ["airgap.tar", "airgap.tar.sha256"]) {
      assert.ok(existsSync(join(workspace, file)), file);
    }
    assert.ok(Object.values(JSON.parse(ended.outputs.digests ?? "")).includes(digest));
    const some = await step({
      command: "save",
      image: `${from}/k8s/pause:3.10`,
      output: "some.tar",
      platforms: "linux/amd64",
    });
    assert.is(some.exitCode, 0, some.log);
    assert.not.ok(Object.values(JSON.parse(some.outputs.digests ?? "")).includes(digest));
    const missing = await step({ command: "save", image: `${from}/none:1`, output: "none.tar" });
    assert.equal([missing.exitCode, missing.outputs], [1, {}]);
    assert.not.ok(existsSync(join(workspace, "none.tar")));
  }));

test("verify fails the step for what is no good pause image, and tells which rows fail", () =>
  withStage(async ({ from, step, digest }) => {
    const ended = await step({
      command: "verify",
      image: `${from}/k8s/pause:3.10`,
      platforms: "linux/amd64",
      static: "true",
    });
    assert.equal([ended.exitCode, ended.outputs], [1, {}]);
    assert.match(ended.annotations[0]?.message ?? "", /^Cannot accept .*: it fails /);
    assert.match(ended.summary, /\*\*fails\*\*/);
    assert.ok(ended.log.includes(digest));
  }));

test("verify accepts what build has made", () =>
  withMachine(async ({ step }) => {
    const missing = lacks("clang-19", "ld.lld-19");
    if (missing !== undefined) return skip(missing);
    const { outputs: { digest } } = await step({ architectures: "amd64" });
    const ended = await step({ command: "verify", image: "out" });
    assert.equal([ended.exitCode, ended.outputs.digest, ended.outputs.changed], [
      0,
      digest,
      "false",
    ], ended.log);
    assert.match(ended.summary, /\| linux\/amd64 \| \d+ \| 0 \| 0 \|/);
  }));

test.run();
