import { readdirSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type With, withMachine } from "./step.ts";

/** What a step with these inputs says; nothing is written. */
const REFUSALS: readonly (readonly [With, RegExp])[] = [
  [{ command: "biuld" }, /command: "biuld": it is one of .*Did you mean "build"\?/],
  [{ command: "push" }, /Cannot push: the input "registry" is empty/],
  [{ push: "true" }, /Cannot push: the input "registry" is empty/],
  [{ push: "yes" }, /push: "yes": it is one of true, false/],
  [{ command: "mirror" }, /Cannot mirror: the input "source" is empty/],
  [{ command: "mirror", source: "a.io/b:1" }, /"destinations" is empty/],
  [{ command: "verify" }, /Cannot verify: the input "image" is empty/],
  [{ command: "save" }, /Cannot save: the input "image" is empty/],
  [{ command: "save", image: "a.io/b:1" }, /the input "output" is empty/],
  [{ command: "mirror", source: "a.io/b:1", destinations: "c.io/d", output: "x" }, /"output" with/],
  [{ command: "sync", architectures: "amd64" }, /"architectures" with command: sync/],
  [{ command: "verify", image: "out", push: "true" }, /"push" with command: verify/],
  [{ tag: "v1", tags: "v2" }, /both "tag" and "tags"/],
  [{ tags: "v1 v2" }, /Cannot build under 2 tags/],
  [{ tag: "-v1" }, /Cannot use the tag "-v1"/],
  [{ architectures: "s930x" }, /ARCH="s930x".*Did you mean "s390x"/],
  [{ output: "ocy:out" }, /"ocy:" is no kind of store/],
  [{ output: "registry", registry: "ghcr.io/me" }, /"registry" with command: build: it publishes/],
  [{ toolchain: "gc" }, /toolchain: "gc".*Did you mean "gcc"/],
  [{ variables: "ARCH" }, /"ARCH" is no NAME=value/],
  [{ variables: "TGA=v1" }, /Cannot set TGA.*"TAG"/],
  [{ tag: "v1", variables: "TAG=v2" }, /Cannot set TAG among the variables/],
  [{ windows: "yes" }, /windows: "yes": it is one of true, false/],
  [{ windows: "true", variables: "OS=windows" }, /Cannot set OS among the variables/],
  [{ sign: "keyless" }, /"sign" for what is only built: signatures are for what is pushed/],
  [
    { command: "push", registry: "ghcr.io/me", sign: "keyless" },
    /there is no identity token. Give the job "permissions: id-token: write"/,
  ],
  [{ command: "push", registry: "ghcr.io/me", sign: "key.pem" }, /key.pem: there is no such file/],
  [{ command: "verify", image: "out", sign: "keyless" }, /"sign" with command: verify/],
  [{ provenance: "mode=max" }, /provenance: "mode=max": it is one of true, false/],
  [{ sbom: "false", variables: "ATTACH=none" }, /Cannot set ATTACH among the variables/],
  [{ "working-directory": "none" }, /Cannot work in .*none: there is no such folder/],
  [{ command: "push", registry: "https://ghcr.io/me" }, /begins with https/],
  [{ command: "push", registry: "ghcr.io/me", username: "me" }, /"password" is empty.*forks/],
  [{ command: "push", registry: "ghcr.io/me", password: "hunter2" }, /"username" is empty/],
  [
    {
      command: "mirror",
      source: "a.io/b:1",
      destinations: "c.io/d",
      username: "me",
      password: "hunter2",
    },
    /"registry" is empty.*which registry/,
  ],
  [{ command: "mirror", source: "a.io/b:1", destinations: "dir:x" }, /"dir:" is not read here/],
  [{ command: "verify", image: "out", platforms: "linux/a/b/c" }, /no os\/architecture/],
];

test("what cannot be meant fails with what to do, before anything is written", () =>
  withMachine(async ({ workspace, step }) => {
    for (const [inputs, says] of REFUSALS) {
      const ended = await step(inputs);
      const words = JSON.stringify(inputs);
      assert.is(ended.exitCode, 1, words);
      assert.is(ended.annotations.length, 1, words);
      assert.match(ended.annotations[0]?.message ?? "", says);
      assert.equal([ended.outputs, ended.summary, ended.stderr], [{}, "", ""], words);
      assert.equal(readdirSync(workspace), [], words);
      assert.not.ok(ended.everything.includes("hunter2"), words);
    }
  }));

test("an input that there is not fails, with the one that was meant", () =>
  withMachine(async ({ workspace, step }) => {
    const { exitCode, annotations } = await step({}, { others: { "architecture": "amd64" } });
    assert.is(exitCode, 1);
    assert.match(annotations[0]?.message ?? "", /"architecture": .*Did you mean "architectures"\?/);
    assert.equal(readdirSync(workspace), []);
  }));

test("inputs that are empty, as expressions leave them, are the defaults", () =>
  withMachine(async ({ step }) => {
    const { annotations } = await step({
      command: "",
      push: "",
      windows: "",
      toolchain: "",
      "sync-file": "",
      "dry-run": "",
      "working-directory": "",
      // Far enough to see that all of them were taken.
      architectures: "none",
    });
    assert.match(annotations[0]?.message ?? "", /ARCH="none"/);
  }));

test("a build in a fork, which gets no secrets, needs no password", () =>
  withMachine(async ({ step }) => {
    const { annotations } = await step({
      push: "false",
      registry: "ghcr.io/me",
      username: "me",
      password: "",
      architectures: "none",
    });
    assert.match(annotations[0]?.message ?? "", /ARCH="none"/);
  }));

test.run();
