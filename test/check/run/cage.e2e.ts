import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { confine, type Confined, type Prisoner } from "../../../build/check/run/cage.ts";
import { endsWithin } from "../../../build/check/run/life.ts";
import { isAlive, type Process } from "../../../build/check/run/proc.ts";
import { PauseError } from "../../../build/error.ts";
import { failsWith } from "../../support/fails.ts";
import { deadOwner, foreignOwner } from "../../support/owners.ts";
import { lacks, skip } from "../../support/skip.ts";
import { withPause } from "../pauses.ts";

const TOOLS = ["clang-19", "unshare", "setpriv", "prlimit"] as const;

/** errno.h */
const [EPERM, ENOENT, ESRCH, ENOMEM, EFBIG, EROFS, ENETUNREACH] = [1, 2, 3, 12, 27, 30, 101];

/** Folders that cages stand in. */
const cages = (): string[] => readdirSync(tmpdir()).filter((name) => /^pause-verify/.test(name));

async function watchEnd(prisoner: Process): Promise<void> {
  await endsWithin(prisoner, 10_000);
}

/** What the spy printed, by name. */
function readSpy(stdout: string): Map<string, string> {
  const lines = stdout.trim().split("\n").map((line) => line.split(/=(.*)/s));
  return new Map(lines.map(([name = "", value = ""]) => [name, value.trim()]));
}

function started(confined: Confined): Extract<Confined, { exitCode: number }> {
  if ("unable" in confined) throw new Error(confined.unable);
  return confined;
}

async function withSpy(
  prisoner: Omit<Prisoner, "program">,
  use: (seen: Map<string, string>, confined: Extract<Confined, { exitCode: number }>) => void,
): Promise<void> {
  const lacking = lacks(...TOOLS);
  if (lacking !== undefined) return skip(lacking);
  await withPause({ source: "spy.c" }, async (_, program) => {
    process.env.SECRET_OF_THE_TESTS = "1";
    const confined = started(await confine({ program, ...prisoner }, watchEnd));
    use(readSpy(confined.stdout), confined);
  });
}

test("a prisoner is process 1, user 65535, without groups, capabilities and ways to get any", async () => {
  await withSpy({ arguments: ["a b", "$HOME `id` 'c'"] }, (seen, { exitCode }) => {
    const { pid, uid, gid, root_group, capabilities, no_new_privs } = Object.fromEntries(seen);
    assert.equal([pid, uid, gid, root_group], ["1", "65535", "65535", "0"]);
    assert.equal([capabilities, no_new_privs], ["0", "1"]);
    assert.equal([seen.get("arguments"), seen.get("last")], ["3", "$HOME `id` 'c'"]);
    assert.is(exitCode, 7);
  });
});

test("a prisoner sees an empty read-only root, no /proc, no network, no environment, no open file", async () => {
  await withSpy({ arguments: [], orphans: 2 }, (seen) => {
    assert.is(seen.get("root"), "pause");
    assert.is(seen.get("write"), String(EROFS));
    assert.ok(Number(seen.get("overwrite")) > 0);
    assert.equal([seen.get("proc"), seen.get("parent")], [String(ENOENT), String(ENOENT)]);
    assert.equal([seen.get("devices"), seen.get("connect")], ["1", String(ENETUNREACH)]);
    assert.match(seen.get("environment") ?? "", /^PATH=/);
    assert.is(seen.get("files"), "0");
  });
});

test("a prisoner cannot change its root, its user, its namespaces or another process", async () => {
  await withSpy({ arguments: [] }, (seen) => {
    const forbidden = [
      "chroot",
      "mount",
      "remount",
      "unshare_user",
      "unshare_mount",
      "sethostname",
    ];
    for (const name of forbidden) assert.is(seen.get(name), String(EPERM), name);
    assert.ok(Number(seen.get("setuid")) > 0);
    assert.ok([EPERM, ESRCH].includes(Number(seen.get("ptrace"))));
  });
});

test("a prisoner gets little memory, few processes and little output", async () => {
  await withSpy({ arguments: [] }, (seen, { stderr }) => {
    assert.is(seen.get("memory"), String(ENOMEM));
    assert.ok(Number(seen.get("processes")) < 100, seen.get("processes"));
    assert.is(seen.get("output"), String(EFBIG));
    assert.is(stderr.length, 64 * 1024);
  });
});

test("a prisoner that does not end is killed, with all that it started, and leaves nothing", async () => {
  const lacking = lacks(...TOOLS);
  if (lacking !== undefined) return skip(lacking);
  const before = cages();
  await withPause({}, async (_, program) => {
    let prisoner: Process | undefined;
    await confine({ program, arguments: [], orphans: 3 }, (running) => {
      prisoner = running;
      return Promise.resolve();
    });
    assert.ok(prisoner && !await isAlive(prisoner));
  });
  assert.equal(cages(), before);
});

test("when it is interrupted, the prisoner ends and nothing is left", async () => {
  const lacking = lacks(...TOOLS);
  if (lacking !== undefined) return skip(lacking);
  const before = cages();
  await withPause({}, async (_, program) => {
    const controller = new AbortController();
    const interruption = new PauseError("interrupted", "Stopped by a test.");
    let prisoner: Process | undefined;
    const watch = async (running: Process): Promise<void> => {
      prisoner = running;
      controller.abort(interruption);
      await sleep(1);
      controller.signal.throwIfAborted();
    };
    await failsWith(
      ["interrupted"],
      () => confine({ program, arguments: [] }, watch, controller.signal),
    );
    assert.ok(prisoner && !await isAlive(prisoner));
    // Before there is a prisoner, too.
    await failsWith(
      ["interrupted"],
      () => confine({ program, arguments: [] }, watchEnd, controller.signal),
    );
  });
  assert.equal(cages(), before);
});

test("what a killed process left is removed by the next one, and nothing of anybody else's", async () => {
  const lacking = lacks(...TOOLS);
  if (lacking !== undefined) return skip(lacking);
  const left = join(tmpdir(), `pause-verify.${deadOwner()}-0123456789ab.tmp`);
  const others = join(tmpdir(), `pause-verify.${foreignOwner()}-0123456789ab.tmp`);
  for (const folder of [left, others]) mkdirSync(join(folder, "root"), { recursive: true });
  await withPause({}, async (_, program) => {
    await confine({ program, arguments: [] }, () => Promise.resolve());
  });
  const there = [left, others].map((folder) => existsSync(folder));
  rmSync(others, { recursive: true });
  assert.equal(there, [false, true]);
});

test("a program that the machine cannot execute is said to be one", async () => {
  const lacking = lacks(...TOOLS);
  if (lacking !== undefined) return skip(lacking);
  const program = new TextEncoder().encode("no program");
  const confined = await confine({ program, arguments: [] }, watchEnd);
  assert.match("unable" in confined ? confined.unable : "", /failed to execute/);
  assert.not(existsSync("/pause"));
});

test.run();
