import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Ended, run } from "../../build/host/process.ts";
import { lacks, skip } from "../support/skip.ts";

const PEERS = ["catatonit", "tini", "dumb-init"];
const TOOLS = ["clang-19", "gcc", "musl-gcc", "strace", "nsenter"];

async function bench(...words: string[]): Promise<Ended> {
  return await run([process.execPath, "run", "--allow-all", "bench/run.ts", "pause", ...words]);
}

/** The numbers of a table's row, by the head of their column. */
function readRow(table: string, what: string): Record<string, number> {
  const cells = (line: string): string[] => line.trim().split(/ {2,}/);
  const lines = table.split("\n");
  const heads = cells(lines.find((line) => / pause /.test(line)) ?? "");
  const [, ...found] = cells(lines.find((line) => line.startsWith(`${what} `)) ?? "");
  return Object.fromEntries(
    heads.map((head, at) => [head, Number(found[at]?.replaceAll(",", ""))]),
  );
}

/** Folders of control groups that a bench made. Others come and go meanwhile: find complains, and goes on. */
async function groups(): Promise<string> {
  return (await run(["find", "/sys/fs/cgroup", "-name", "pause-bench-*"])).stdout;
}

test("a quick bench shows a pause that is small, sleeps on, and leaves no zombie", async () => {
  const missing = lacks(...TOOLS, ...PEERS);
  if (missing !== undefined) return skip(missing);
  if (process.getuid?.() !== 0) return skip("only root makes PID namespaces");

  const { exitCode, stdout, stderr } = await bench("--quick");
  assert.is(exitCode, 0, stderr);
  const ours = (what: string): number => readRow(stdout, what).pause ?? NaN;
  assert.ok(ours("Bytes on disk") <= 1024, stdout);
  assert.ok(ours("PSS asleep, KiB") <= 12, stdout);
  assert.is(ours("Context switches in an idle minute"), 0, stdout);
  assert.ok(ours("Orphans of one process") >= 8000, stdout);
  assert.is(ours("… zombies left by it"), 0, stdout);
  assert.is(ours("… its RSS after, KiB more"), 0, stdout);
  assert.is(ours("… its wake-ups"), 0, stdout);
  assert.is(ours("… zombies left"), 0, stdout);
  assert.is(ours("… RSS after, KiB more"), 0, stdout);
  assert.is(ours("Wake-ups per 100,000 orphans"), 0, stdout);
  assert.is(ours("CPU per 100,000 orphans, ms"), 0, stdout);

  // Those that reap in a loop show that the wake-ups are there to be counted.
  const wakes = readRow(stdout, "Wake-ups per 100,000 orphans");
  for (const peer of ["loop", "glibc", "musl", ...PEERS]) assert.ok((wakes[peer] ?? 0) > 0, peer);
  assert.is(await groups(), "", "control groups were left");
});

test("what cannot be kept is refused before anything is measured", async () => {
  const { exitCode, stdout, stderr } = await bench("--quick", "--save");
  assert.is(exitCode, 3);
  assert.is(stdout, "");
  assert.match(stderr, /--save keeps a whole run/);
});

test.run();
