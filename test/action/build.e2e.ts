import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { lacks, skip } from "../support/skip.ts";
import { annotationIn, type Machine, withMachine } from "./step.ts";

/** Gives `use` a machine with a compiler. */
async function withCompiler(use: (machine: Machine) => Promise<void>): Promise<void> {
  const missing = lacks("node", "clang-19", "ld.lld-19");
  if (missing !== undefined) return skip(missing);
  await withMachine(use);
}

const DIGEST = /^sha256:[0-9a-f]{64}$/;

test("a step without inputs builds every architecture into out/, from the action's own sources", () =>
  withCompiler(async ({ workspace, step }) => {
    const { exitCode, outputs, groups, log, summary } = await step({});
    assert.is(exitCode, 0, log);
    assert.ok(existsSync(join(workspace, "out/index.json")));
    assert.is(readdirSync(join(workspace, "bin")).filter((name) => /^pause-/.test(name)).length, 9);
    assert.match(outputs.digest ?? "", DIGEST);
    const digests = JSON.parse(outputs.digests ?? "") as Record<string, string>;
    assert.is(Object.keys(digests).length, 10);
    for (const [platform, digest] of Object.entries(digests)) {
      assert.match(digest, DIGEST);
      assert.ok(summary.includes(`| ${platform} |`) && summary.includes(digest), platform);
    }
    assert.equal(
      Object.keys(outputs).sort(),
      ["changed", "digest", "digests", "image", "metadata", "references"],
    );
    assert.equal([outputs.image, outputs.references], ["oci:out:3.10.2", "oci:out:3.10.2"]);
    assert.equal(groups, ["Build"]);
    assert.match(log, /^amd64 +\d+ bytes {2}sha256:[0-9a-f]{64} {2}compiled$/m);
  }));

test("a second run changes nothing, and says so", () =>
  withCompiler(async ({ step }) => {
    const inputs = { architectures: "amd64" };
    assert.is((await step(inputs)).outputs.changed, "true");
    const { outputs, log } = await step(inputs);
    assert.is(outputs.changed, "false", log);
    assert.match(log, "is up to date");
  }));

test("the inputs of a build reach it", () =>
  withCompiler(async ({ workspace, step }) => {
    mkdirSync(join(workspace, "below"));
    const { exitCode, outputs, log } = await step({
      command: "build",
      tag: "v9",
      architectures: "amd64,\narm",
      output: "oci-archive:image.tar",
      toolchain: "clang",
      "metadata-file": "made.json",
      "working-directory": "below",
      variables: "VERSION=mine\nREV=abc\n",
      windows: "false",
      push: "false",
      sign: "false",
      sbom: "false",
      provenance: "false",
    }, { env: { SOURCE_DATE_EPOCH: "1700000000", TAG: "not-mine", REGISTRY: "ghcr.io" } });
    assert.is(exitCode, 0, log);
    assert.ok(existsSync(join(workspace, "below/image.tar")));
    const metadata = JSON.parse(outputs.metadata ?? "") as { tag: string; images: unknown[] };
    assert.equal([metadata.tag, metadata.images.length], ["v9", 3]);
    const file = readFileSync(join(workspace, "below/made.json"), "utf8");
    assert.equal(JSON.parse(file), metadata);
    const program = readFileSync(join(workspace, "below/bin/pause-amd64"), "latin1");
    assert.ok(program.includes("mine"));
  }));

test("a bad Dockerfile.tmpl is annotated at its line, though sections above it vanish", () =>
  withCompiler(async ({ workspace, step }) => {
    mkdirSync(join(workspace, "images"));
    const file = join(workspace, "images/Dockerfile.tmpl");
    const inputs = { architectures: "amd64", "working-directory": "images" };
    writeFileSync(
      file,
      "FROM scratch\n{{#ARCH}}\nADD bin/pause-{{ARCH}} /pause\n{{/ARCH}}\nRUN it\n",
    );
    const run = await step(inputs);
    assert.is(run.exitCode, 1);
    const at = annotationIn(run);
    assert.equal([at?.file, at?.line], ["images/Dockerfile.tmpl", "5"]);
    assert.match(at?.message ?? "", /Dockerfile-amd64:3: .*RUN/);
    writeFileSync(file, "FROM scratch\nADD bin/pause-{{ARHC}} /pause\n");
    const typo = await step(inputs);
    assert.equal([annotationIn(typo)?.file, annotationIn(typo)?.line], [
      "images/Dockerfile.tmpl",
      "2",
    ]);
    assert.equal([run.outputs, typo.outputs, typo.summary], [{}, {}, ""]);
    assert.not.ok(existsSync(join(workspace, "images/out")));
  }));

test("a Dockerfile.tmpl that adds what is not there is annotated when that is found out", () =>
  withCompiler(async ({ workspace, step }) => {
    writeFileSync(join(workspace, "Dockerfile.tmpl"), "FROM scratch\nADD nothing /\n");
    const run = await step({ architectures: "amd64" });
    assert.is(run.exitCode, 1);
    assert.equal([annotationIn(run)?.file, annotationIn(run)?.line], ["Dockerfile.tmpl", "2"]);
  }));

test.run();
