import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { putSample } from "../mirror/sync/places.ts";
import { registryStore } from "../../build/store/registry/registry.ts";
import { anonymous } from "../store/registry/open.ts";
import { withRegistry } from "../support/registry.ts";
import { lacks, skip } from "../support/skip.ts";
import { type StepOptions, withMachine } from "./step.ts";

/** Cancels the step as a runner does, once something is so. */
function cancelWhen(isSo: () => boolean): NonNullable<StepOptions["meanwhile"]> {
  return (pid) => {
    const wait = async (): Promise<void> => {
      while (!isSo()) await sleep(20);
      process.kill(pid, "SIGINT");
    };
    void wait();
  };
}

test("a cancelled build ends its compilers, fails and leaves nothing half", async () => {
  const missing = lacks("node", "clang-19", "ld.lld-19");
  if (missing !== undefined) return skip(missing);
  await withMachine(async ({ workspace, step }) => {
    const bin = join(workspace, "slow");
    mkdirSync(bin);
    // A compiler that does not end by itself while anybody waits.
    writeFileSync(join(bin, "clang-19"), `#!/bin/sh\n: >"${bin}/begun"\nexec sleep 1000\n`);
    chmodSync(join(bin, "clang-19"), 0o755);
    const ended = await step({ architectures: "amd64" }, {
      env: { PATH: `${bin}:${process.env.PATH}` },
      meanwhile: cancelWhen(() => existsSync(join(bin, "begun"))),
    });
    // It has ended by the signal, as whoever waits for it is to know.
    assert.is(ended.exitCode, undefined);
    assert.equal([ended.outputs, ended.summary], [{}, ""]);
    assert.match(ended.log, /::error::Stopped/);
    assert.equal(readdirSync(workspace).filter((name) => name === "out"), []);
    assert.not.ok(existsSync(join(workspace, "bin/pause-amd64")));
  });
});

test("a cancelled mirror moves no tag", () =>
  withMachine(({ step }) =>
    withRegistry({}, (from) =>
      withRegistry({}, async (to) => {
        const missing = lacks("node");
        if (missing !== undefined) return skip(missing);
        const source = registryStore({ host: from.host, repository: "a" }, {
          credentials: anonymous,
        });
        await putSample(source, ["1"]);
        // Everything but the manifests gets there.
        to.fault({ route: "manifest", method: "PUT", times: 100, fault: { silence: true } });
        const ended = await step({
          command: "mirror",
          source: `${from.host}/a:1`,
          destinations: `${to.host}/b`,
        }, { meanwhile: cancelWhen(() => to.logged("PUT manifest").length > 0) });
        assert.is.not(ended.exitCode, 0);
        assert.equal(ended.outputs, {});
        assert.equal([...to.repositories.get("b")?.tags ?? []], []);
      }))
  ));

test.run();
