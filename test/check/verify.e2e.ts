import { readFileSync } from "node:fs";
import { chmod, mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { BEHAVIOUR_ROWS } from "../../build/check/run/behaviour-rows.ts";
import { verifyTarget } from "../../build/check/verify.ts";
import { findProgram } from "../../build/compile/find-program.ts";
import { TARGETS } from "../../build/compile/targets.ts";
import type { Command, Ended } from "../../build/host/process.ts";
import { formatPlatform } from "../../build/oci/platform.ts";
import { withDockerRegistry } from "../support/docker-registry.ts";
import { withFolder } from "../support/folder.ts";
import { onDeno, runProgram } from "../support/program.ts";
import { lacks, skip } from "../support/skip.ts";
import { idsOf, imageOf, PAUSE } from "./images.ts";
import { withPause } from "./pauses.ts";

const QEMU = TARGETS.map(({ qemu }) => `qemu-${qemu}-static`);
const TOOLS = ["clang-19", "ld.lld-19", "unshare", "setpriv", "prlimit"] as const;

interface Printed {
  readonly outcome: string;
  readonly subjects: readonly {
    readonly name: string;
    readonly ranOn?: string;
    readonly rows: readonly { readonly id: string; readonly outcome: string }[];
  }[];
}

async function run(folder: string, ...words: string[]): Promise<Ended> {
  return await runProgram(folder, words, { program: onDeno(process.cwd()) });
}

/** The names of the subjects, and the ids of the rows that did not pass. */
function readJson({ stdout }: Ended): { report: Printed; names: string[]; others: string[] } {
  const report = JSON.parse(stdout) as Printed;
  const rows = report.subjects.flatMap((subject) => subject.rows);
  return {
    report,
    names: report.subjects.map(({ name }) => name),
    others: rows.filter(({ outcome }) => outcome !== "pass").map(({ id }) => id),
  };
}

test("every row passes for every platform that all builds, each program run", async () => {
  const lacking = lacks(...TOOLS, ...QEMU);
  if (lacking !== undefined) return skip(lacking);
  await withFolder(async (folder) => {
    assert.is((await run(folder, "all")).exitCode, 0);
    const ended = await run(folder, "verify", "--json");
    const { report, names, others } = readJson(ended);
    assert.equal(others, [], ended.stdout);
    assert.is(ended.exitCode, 0);
    const platforms = TARGETS.flatMap((target) => target.platforms.map(formatPlatform));
    assert.equal(names, ["index", ...platforms]);
    for (const { name, ranOn } of report.subjects.slice(1)) assert.ok(ranOn, name);
  });
});

test("a program that all builds passes alone, and an archive for docker passes", async () => {
  const lacking = lacks(...TOOLS);
  if (lacking !== undefined) return skip(lacking);
  await withFolder(async (folder) => {
    await run(folder, "all", "ARCH=amd64", "OUTPUT=docker-archive:pause.tar");
    for (const name of ["bin/pause-amd64", "pause.tar", "docker-archive:pause.tar"]) {
      const ended = await run(folder, "verify", name);
      assert.is(ended.exitCode, 0, ended.stdout + ended.stderr);
      assert.match(ended.stdout, / 0 fail, 0 could not be checked\n$/);
    }
  });
});

test("what is pushed to a registry passes there", async () => {
  const lacking = lacks(...TOOLS, "docker-registry");
  if (lacking !== undefined) return skip(lacking);
  await withFolder(async (folder) => {
    await withDockerRegistry(async ({ host }) => {
      const pushed = await run(folder, "all-push", `REGISTRY=${host}/k8s`, "TAG=3.10");
      assert.is(pushed.exitCode, 0, pushed.stderr);
      const words = ["verify", `${host}/k8s/pause:3.10`, "--platform", "linux/amd64", "--json"];
      const { names, others } = readJson(await run(folder, ...words));
      assert.equal([names, others], [["index", "linux/amd64"], []]);
      const single = await run(folder, "verify", `${host}/k8s/pause:3.10-linux-s390x`, "--static");
      assert.is(single.exitCode, 0, single.stderr);
    });
  });
});

test("a program that is not as it should be ends the command with 10, and TAP names the row", async () => {
  const lacking = lacks(...TOOLS);
  if (lacking !== undefined) return skip(lacking);
  await withPause({ macro: "IGNORES_TERM" }, async (path) => {
    const { exitCode, stdout } = await run(process.cwd(), "verify", path, "--format", "tap");
    assert.is(exitCode, 10);
    const lines = stdout.split("\n");
    assert.equal(
      lines.filter((line) => line.startsWith("not ok")).map((line) => line.split(" ")[5]),
      ["sigterm:"],
    );
    assert.match(stdout, /^ok \d+ - \S+ closed-outputs: .* # SKIP "sigterm" does not pass$/m);
  });
});

test("nothing is run with --static", async () => {
  const lacking = lacks(...TOOLS);
  if (lacking !== undefined) return skip(lacking);
  await withPause({ macro: "IGNORES_TERM" }, async (path) => {
    const ended = await run(process.cwd(), "verify", path, "--static", "--json");
    const { report, others } = readJson(ended);
    assert.equal([ended.exitCode, others], [0, []]);
    assert.is(report.subjects[0]?.ranOn, undefined);
    const ids = new Set(report.subjects.flatMap(({ rows }) => rows.map(({ id }) => id)));
    for (const { id } of BEHAVIOUR_ROWS) assert.not(ids.has(id), id);
  });
});

test("where programs cannot be confined they are not run, which is said and ends with 11", async () => {
  const lacking = lacks(...TOOLS);
  if (lacking !== undefined) return skip(lacking);
  await withPause({}, async (path) => {
    const program: Command = ["setpriv", "--bounding-set=-sys_admin", ...onDeno(process.cwd())];
    const ended = await runProgram(process.cwd(), ["verify", path], { program });
    assert.is(ended.exitCode, 11);
    assert.match(
      ended.stdout,
      "could not be checked: unshare: unshare failed: Operation not permitted",
    );
  });
});

test("where there is no emulator the rows say which one is missing, and the exit code is 11", async () => {
  const lacking = lacks(...TOOLS);
  if (lacking !== undefined) return skip(lacking);
  await withFolder(async (folder) => {
    await run(folder, "build", "ARCH=riscv64");
    const tools = join(folder, "tools");
    await mkdir(tools);
    await symlink(findProgram("sh") ?? "", join(tools, "sh"));
    const env = { PATH: tools };
    const program = onDeno(process.cwd());
    const ended = await runProgram(folder, ["verify", "bin/pause-riscv64"], { program, env });
    assert.is(ended.exitCode, 11);
    assert.match(ended.stdout, "qemu-riscv64-static is not installed");
  });
});

test("an ordinary user can do it too", async () => {
  const lacking = lacks(...TOOLS, "qemu-aarch64-static");
  if (lacking !== undefined) return skip(lacking);
  await withFolder(async (folder) => {
    await run(folder, "build", "ARCH=amd64 arm64");
    await chmod(folder, 0o777);
    const user = ["setpriv", "--reuid=12345", "--regid=12345", "--clear-groups"];
    const program = [...user, ...onDeno(process.cwd())] as unknown as Command;
    const env = { HOME: folder, DENO_DIR: join(folder, "deno"), TMPDIR: folder };
    for (const arch of ["amd64", "arm64"]) {
      const ended = await runProgram(folder, ["verify", `bin/pause-${arch}`], { program, env });
      assert.is(ended.exitCode, 0, ended.stdout + ended.stderr);
    }
  });
});

test("Debian's catatonit -P has no -v, and passes over orphans that ended before it began", async () => {
  const lacking = lacks("catatonit", "unshare", "setpriv", "prlimit");
  if (lacking !== undefined) return skip(lacking);
  const report = await verifyTarget(
    await imageOf({
      layers: [[{
        ...PAUSE,
        path: "catatonit",
        bytes: readFileSync(findProgram("catatonit") ?? ""),
      }]],
      config: (config) => Object.assign(config.config ?? {}, { Entrypoint: ["/catatonit", "-P"] }),
    }),
  );
  assert.equal(idsOf(report, "fail"), ["version", "reaps-early"]);
  assert.equal(idsOf(report, "unchecked"), ["version-anywhere"]);
});

test("a pause with glibc by somebody else passes every row", async () => {
  const lacking = lacks(...TOOLS);
  if (lacking !== undefined) return skip(lacking);
  await withPause({}, async (_, bytes) => {
    const report = await verifyTarget(await imageOf({ layers: [[{ ...PAUSE, bytes }]] }));
    assert.is(report.outcome, "pass");
  });
});

test.run();
