import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { registryStore } from "../../build/store/registry/registry.ts";
import { anonymous } from "../store/registry/open.ts";
import { publishBase } from "../make/windows/place.ts";
import { withRegistry } from "../support/registry.ts";
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
    assert.match(log, /^bin\/pause-amd64 +\d+ bytes {2}sha256:[0-9a-f]{64} {2}compiled$/m);
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

test("images for Windows are built when they are wanted, each by its version", () =>
  withCompiler(({ step }) =>
    withRegistry({}, async ({ host }) => {
      await publishBase(host);
      const inputs = { architectures: "amd64", windows: "true" };
      const base = registryStore({ host, repository: "base/windows" }, { credentials: anonymous });
      const variables = `BASE=${host}/base/windows@${(await base.resolve("v1"))?.digest}`;
      const ended = await step({ ...inputs, variables });
      assert.is(ended.exitCode, 0, ended.log);
      const platforms = Object.keys(JSON.parse(ended.outputs.digests ?? ""));
      assert.ok(platforms.includes("linux/amd64"));
      const windows = platforms.filter((name) => /^windows\/amd64 10\.0\.\d+\.\d+$/.test(name));
      assert.ok(windows.length >= 3, ended.log);
      for (const name of platforms) assert.match(ended.summary, new RegExp(`${name} \\| \\d+ \\|`));
      assert.equal(ended.annotations, []);
      const without = await step({ ...inputs, variables: `BASE=${host}/base/none:v1` });
      assert.is(without.exitCode, 0, without.log);
      assert.equal(Object.keys(JSON.parse(without.outputs.digests ?? "")), ["linux/amd64"]);
      assert.ok(without.annotations.length >= 3);
      for (const { level, message } of without.annotations) {
        assert.is(level, "warning");
        assert.match(message, /^windows\/amd64 .* is missing: /);
      }
      assert.match(without.summary, /\*\*missing\*\*/);
    })
  ));

test.run();
