import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { run } from "../../build/host/process.ts";
import { failsWith } from "../support/fails.ts";

const BOUNDS = { time: 20_000, output: 10_000 };

test("run() gives a command its input and then ends it", async () => {
  for (const bounds of [undefined, BOUNDS]) {
    const options = { input: "https://h.example", ...(bounds && { bounds }) };
    const ended = await run(["sh", "-c", "cat; echo; cat; exit 3"], options);
    assert.equal(ended, { exitCode: 3, stdout: "https://h.example\n", stderr: "" });
  }
});

test("run() does not mind a command that leaves its input unread", async () => {
  const ended = await run(["sh", "-c", "exec 0<&-; sleep 0.1"], { input: "x".repeat(1_000_000) });
  assert.is(ended.exitCode, 0);
});

test("a command that goes on for too long is killed, with what it started", async () => {
  const start = performance.now();
  const script = "trap '' TERM; (trap '' TERM; sleep 30) & sleep 30; echo late";
  const ended = await run(["sh", "-c", script], { input: "", bounds: { ...BOUNDS, time: 200 } });
  assert.equal(ended, { exitCode: 137, stdout: "", stderr: "", exceeded: "time" });
  assert.ok(performance.now() - start < 25_000);
});

test("a command that writes without end is killed", async () => {
  const { exitCode, exceeded, stdout } = await run(["yes"], { bounds: BOUNDS });
  assert.is(exitCode, 137);
  assert.is(exceeded, "output");
  assert.ok(stdout.length < 1_000_000);
});

test("what a command leaves behind does not keep us waiting", async () => {
  const start = performance.now();
  const ended = await run(["sh", "-c", "setsid sleep 55 & echo $!"], { bounds: BOUNDS });
  process.kill(Number(ended.stdout), "SIGKILL");
  assert.equal({ ...ended, stdout: "" }, { exitCode: 0, stdout: "", stderr: "" });
  assert.ok(performance.now() - start < 50_000);
});

test("Ctrl-C ends a command that is held to bounds, and does not listen to SIGTERM", async () => {
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 100);
  const start = performance.now();
  await failsWith(
    ["interrupted"],
    () => run(["sh", "-c", "trap '' TERM; sleep 30"], { bounds: BOUNDS, signal: stop.signal }),
  );
  assert.ok(performance.now() - start < 25_000);
});

test.run();
