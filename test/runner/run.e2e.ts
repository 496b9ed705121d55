import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { withFolder } from "../support/folder.ts";

interface Fixture {
  readonly source: string;
  /** What the runner says of it. */
  readonly says: RegExp;
}

/** A test file around `body`. */
const file = (body: string): string => `import { test } from "uvu";\n${body}\ntest.run();\n`;

/** A test that passes. */
const PASSES = 'test("passes", () => {});';

const GOOD: Readonly<Record<string, Fixture>> = {
  passes: { source: file(PASSES), says: /: 1 passed, 0 failed$/ },
  loads_esbuild: {
    source: file(`import { version } from "esbuild"; test("a", () => { version.length; });`),
    says: /: 1 passed, 0 failed$/,
  },
  skips: {
    source: file(
      `import { skip } from "${resolve("test/support/skip.ts")}";
      test("a", () => skip("no moon")); ${PASSES}`,
    ),
    says: /: 1 passed, 0 failed, 1 skipped\n +skipped: no moon$/,
  },
};

/** Every way known in which a test file can be bad and uvu, or the process, end well. */
const BAD: Readonly<Record<string, Fixture>> = {
  fails: {
    source: file(`${PASSES} test("fails", () => { throw new Error("the full story"); });`),
    says: /: 1 passed, 1 failed\n[^]*the full story/,
  },
  throws_null: {
    source: file('test("null", () => { throw null; });'),
    says: /: 0 passed, 1 failed/,
  },
  only: { source: file(`${PASSES} test.only("b", () => {});`), says: /\.only leaves out/ },
  // The reading of the file does not see these; what uvu counts gives them away.
  hidden_only: {
    source: file(`${PASSES} test["only"]("b", () => {});`),
    says: /uvu skipped 1 of its tests/,
  },
  hidden_before: {
    source: file(`${PASSES} test["before"](() => { throw new Error("in a hook"); });`),
    says: /: 0 passed, 1 failed/,
  },
  hidden_after_each: {
    source: file(`${PASSES} test["after"]["each"](() => { throw new Error("in a hook"); });`),
    says: /: 0 passed, 1 failed/,
  },
  hidden_after: {
    source: file(`${PASSES} test["after"](() => { throw new Error("in a hook"); });`),
    says: /printed no summary/,
  },
  hidden_skip: {
    source: file(`${PASSES} test["skip"]("b", () => {});`),
    says: /uvu skipped 1 of its tests/,
  },
  skip: { source: file(`${PASSES} test.skip("b", () => {});`), says: /gives no reason/ },
  hook: { source: file(`${PASSES} test.before(() => {});`), says: /has a hook/ },
  never_runs: {
    source: `import { test } from "uvu";\n${PASSES}\n`,
    says: /test\.run\(\) is never called/,
  },
  hidden_never_runs: { source: file(`${PASSES} if (Date.now() < 0)`), says: /printed no summary/ },
  no_tests: { source: file(""), says: /ran no test/ },
  no_suite: { source: 'console.log("1 passed, 0 failed");', says: /has no suite/ },
  exits_early: {
    source: file('test("a", () => { process.exit(0); });'),
    says: /printed no summary: the process ended with exit code \d/,
  },
  never_settles: {
    source: file('test("a", () => new Promise(() => {}));'),
    says: /printed no summary: the process ended with exit code \d/,
  },
  fails_afterwards: {
    source: file(`${PASSES} setTimeout(() => { throw new Error("late"); }, 100);`),
    says: /1 passed, 1 failed\n +Every test passed, but the process ended with exit code 1/,
  },
  does_not_compile: { source: file("const = 1;"), says: /: 0 passed, 1 failed/ },
  loops: {
    source: `// deadline: 1 s\n${file('test("a", () => { for (;;); });')}`,
    says: /was stopped after 1 s, its deadline/,
  },
  hangs_after_its_tests: {
    source: `// deadline: 1 s\n${file(`${PASSES} setInterval(() => {}, 1000);`)}`,
    says: /was stopped after 1 s, its deadline/,
  },
  leaves_a_process: {
    source: file(`import { spawn } from "node:child_process";
      test("a", () => { spawn("sleep", ["61.5"], { stdio: "ignore" }).unref(); });`),
    says: /It left behind the process \d+, \S*sleep 61\.5/,
  },
  leaves_a_file: {
    source: file(`import { writeFileSync } from "node:fs";
      test("a", () => { writeFileSync(process.env.TMPDIR + "/crumb", ""); });`),
    says: /It left behind crumb in its TMPDIR/,
  },
};

interface Place {
  readonly root: string;
  /** Where the runner keeps its own files. */
  readonly temporary: string;
}

/** A repository that holds these test files, for as long as `use` takes. */
async function withTests(
  fixtures: Readonly<Record<string, Fixture>>,
  use: (place: Place) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const place = { root: join(folder, "root"), temporary: join(folder, "tmp") };
    mkdirSync(join(place.root, "test"), { recursive: true });
    mkdirSync(place.temporary);
    symlinkSync(resolve("node_modules"), join(place.root, "node_modules"));
    for (const name of ["deno.json", "package.json"]) copyFileSync(name, join(place.root, name));
    for (const [name, { source }] of Object.entries(fixtures)) {
      writeFileSync(join(place.root, "test", `${name}.test.ts`), source);
    }
    await use(place);
  });
}

function startRunner({ root, temporary }: Place, env: Readonly<Record<string, string>> = {}) {
  const words = ["run", "-A", "--cached-only", "test/run.ts", "--root", root, "-j", "4"];
  return spawn(process.execPath, words, {
    env: { ...process.env, CI: "false", TMPDIR: temporary, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

interface Told {
  readonly exitCode: number;
  readonly lines: readonly string[];
  /** What was said of each run, by `name runtime`. */
  readonly runs: Readonly<Record<string, string>>;
}

async function tell(place: Place, env?: Readonly<Record<string, string>>): Promise<Told> {
  const runner = startRunner(place, env);
  let output = "";
  runner.stdout.on("data", (chunk) => output += chunk);
  const [exitCode] = await once(runner, "close");
  const paragraphs = output.split(/^(?=(?:ok {2}|FAIL) test\/)/m);
  const runs = paragraphs.flatMap((text) => {
    const [, name, runtime] = /^.{5}test\/(\w+)\.test\.ts \((\w+)/.exec(text) ?? [];
    return name === undefined ? [] : [[`${name} ${runtime}`, text.trimEnd()]];
  });
  return { exitCode, lines: output.trimEnd().split("\n"), runs: Object.fromEntries(runs) };
}

test("good files pass on both runtimes, and the last line counts", async () => {
  await withTests(GOOD, async (place) => {
    const { exitCode, lines, runs } = await tell(place);
    for (const [name, { says }] of Object.entries(GOOD)) {
      for (const runtime of ["deno", "node"]) {
        assert.match(runs[`${name} ${runtime}`] ?? "", /^ok /);
        assert.match(
          runs[`${name} ${runtime}`]?.split("\n\n")[0] ?? "",
          says,
          `${name} ${runtime}`,
        );
      }
    }
    assert.is(lines.at(-1), "6 passed, 0 failed, 2 skipped");
    assert.is(exitCode, 0);
    assert.equal(readdirSync(place.temporary), []);
  });
});

test("a report is shown once, although its file runs on both runtimes", async () => {
  const source = file(
    `import { report } from "${resolve("test/support/report.ts")}";
    test("a", () => report(["first line", "  second line"]));`,
  );
  await withTests({ reports: { source, says: /./ } }, async (place) => {
    const { lines } = await tell(place);
    assert.equal(lines.filter((line) => line.endsWith(" line")), [
      "       first line",
      "         second line",
    ]);
    assert.is(lines.at(-1), "2 passed, 0 failed");
  });
});

test("in CI a skipped test fails", async () => {
  await withTests({ skips: GOOD.skips as Fixture }, async (place) => {
    const { exitCode, lines, runs } = await tell(place, { CI: "true" });
    assert.match(runs["skips deno"] ?? "", /Cannot be skipped in CI: no moon/);
    assert.is(lines.at(-1), "2 passed, 2 failed");
    assert.is(exitCode, 1);
  });
});

test("every trap is caught, on both runtimes", async () => {
  await withTests(BAD, async (place) => {
    const { exitCode, lines, runs } = await tell(place);
    for (const [name, { says }] of Object.entries(BAD)) {
      for (const runtime of ["deno", "node"]) {
        const told = runs[`${name} ${runtime}`] ?? "";
        assert.match(told, /^FAIL /, `${name} ${runtime}: ${told}`);
        assert.match(told, says, `${name} ${runtime}: ${told}`);
      }
    }
    assert.match(lines.at(-1) ?? "", /^\d+ passed, \d+ failed$/);
    const failed = lines.slice(lines.lastIndexOf("Failed:") + 1, -2);
    assert.is(failed.length, 2 * Object.keys(BAD).length);
    assert.ok(failed.includes("  test/loops.test.ts (node)"));
    assert.is(exitCode, 1);
    assert.equal(readdirSync(place.temporary), []);
  });
});

test("Ctrl-C ends what is running and leaves nothing behind", async () => {
  const marker = "61.25";
  const source = file(`import { spawnSync } from "node:child_process";
    test("a", () => { spawnSync("sleep", ["${marker}"]); });`);
  await withTests({ sleeps: { source, says: /never/ } }, async (place) => {
    const runner = startRunner(place);
    for (let tries = 0; sleepers(marker) < 2; tries += 1) {
      assert.ok(tries < 200, "the tests do not start");
      await sleep(50);
    }
    // ChildProcess.kill would report the signal as the end, whatever the exit code.
    process.kill(runner.pid as number, "SIGINT");
    const [exitCode] = await once(runner, "close");
    assert.is(exitCode, 130);
    assert.is(sleepers(marker), 0);
    assert.equal(readdirSync(place.temporary), []);
  });
});

/** How many processes sleep for `seconds`. */
function sleepers(seconds: string): number {
  return readdirSync("/proc").filter((pid) => {
    try {
      return readFileSync(join("/proc", pid, "cmdline"), "utf8").endsWith(`sleep\0${seconds}\0`);
    } catch {
      return false;
    }
  }).length;
}

test("a filter that means no file is an error", async () => {
  const words = ["run", "-A", "--cached-only", "test/run.ts", "no/such/file"];
  const runner = spawn(process.execPath, words, { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  runner.stderr.on("data", (chunk) => said += chunk);
  const [exitCode] = await once(runner, "close");
  assert.is(exitCode, 3);
  assert.match(said, /Cannot run no\/such\/file: no test file is meant by that\./);
});

test.run();
