import { test } from "uvu";
import * as assert from "uvu/assert";
import { logOn } from "../../build/github/log.ts";
import { fakeRunner } from "./fake-runner.ts";

test("no words of strangers are a command to the runner, whatever ends their lines", () => {
  const runner = fakeRunner();
  const log = logOn(runner, {});
  log.write("the registry says: no\n::set-output name=digest::evil");
  log.write("a\r::add-mask::x\r\n  ::stop-commands::y");
  log.write("##[error]z ::fine::");
  for (const line of runner.told) {
    assert.not.match(line, /^info\s*::/);
    assert.not.match(line, /[\r\n]|##\[/);
  }
  assert.equal(runner.told.slice(0, 2), [
    "info the registry says: no",
    "info : :set-output name=digest::evil",
  ]);
  for (const words of ["add-mask::x", "stop-commands::y", "[error]z ::fine::"]) {
    assert.ok(runner.told.some((line) => line.includes(words)), words);
  }
});

test("a group is closed, whatever happens in it", async () => {
  const runner = fakeRunner();
  const log = logOn(runner, {});
  assert.is(await log.group("One", () => Promise.resolve(1)), 1);
  await log.group("Two", () => Promise.reject(new Error("no"))).catch(() => {});
  assert.equal(runner.told, ["group One", "end", "group Two", "end"]);
});

test("the log has colours when they are asked for", () => {
  const runner = fakeRunner();
  logOn(runner, { FORCE_COLOR: "1" }).paint("red", "x");
  assert.is(logOn(runner, {}).paint("red", "x"), "x");
  assert.is(logOn(runner, { FORCE_COLOR: "1" }).paint("red", "x"), "\x1b[31mx\x1b[39m");
});

test.run();
