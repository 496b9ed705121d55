import { spawn } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { OLDEST_LLVM } from "../../build/compile/clang.ts";
import { BESIDE_PATH, findProgram } from "../../build/compile/find-program.ts";
import { installCommand, PACKAGE_MANAGERS } from "../../build/compile/install.ts";
import { EXIT_CODES } from "../../build/error.ts";
import { GOALS } from "../../build/make/goals.ts";
import { FLAGS } from "../../build/terminal/flags.ts";
import { lacks, skip } from "../support/skip.ts";
import { onFreshMachine } from "./launcher-place.ts";

const NPM = "npm ci --ignore-scripts --include=dev --include=optional";
const APT = [
  "apt-get update",
  "apt-get install -y --no-install-recommends clang-19 lld-19",
];

test("on a fresh machine it installs what is missing, says so first, and becomes the program", async () => {
  await onFreshMachine(async ({ launch, called, root }) => {
    const { exitCode, stdout, stderr, pid } = await launch(["all", "TAG=1", "ARCH=arm64 s390x"]);
    assert.is(exitCode, 0);
    assert.equal(called(), [NPM, ...APT]);
    assert.equal(stderr.trimEnd().split("\n"), [
      `make: Installing the npm packages of package-lock.json, with: ${NPM}`,
      `make: Installing clang and lld, with: ${APT.join(" && ")}`,
    ]);
    // The same process: a signal sent to the launcher reaches the program.
    assert.match(
      stdout,
      new RegExp(`^${pid} in ${root}: run .* build/cli.ts all TAG=1 ARCH=arm64 s390x\n$`),
    );
  });
});

test("nothing is installed twice", async () => {
  await onFreshMachine(async ({ launch, called }) => {
    await launch(["all"]);
    called();
    const { exitCode, stderr } = await launch(["all"]);
    assert.equal([exitCode, stderr, called()], [0, "", []]);
  });
});

test("another lockfile means other packages, and nothing else", async () => {
  await onFreshMachine(async ({ launch, called, root }) => {
    await launch(["all"]);
    called();
    appendFileSync(join(root, "package-lock.json"), "\n");
    await launch(["all"]);
    assert.equal(called(), [NPM]);
  });
});

test("PAUSE_NO_INSTALL=1 prints the commands and stops", async () => {
  await onFreshMachine(async ({ launch, called, root }) => {
    const { exitCode, stdout, stderr } = await launch(["all"], { PAUSE_NO_INSTALL: "1" });
    assert.is(exitCode, EXIT_CODES.toolchain);
    assert.equal(stdout.trimEnd().split("\n"), [NPM, APT.join(" && ")]);
    assert.match(stderr, /nothing was run/);
    assert.equal(called(), []);
    assert.not.ok(existsSync(join(root, "node_modules")));
  });
});

test("PAUSE_NO_INSTALL=1 changes nothing where nothing is missing", async () => {
  await onFreshMachine(async ({ launch }) => {
    await launch(["all"]);
    const { exitCode, stdout } = await launch(["all"], { PAUSE_NO_INSTALL: "1" });
    assert.is(exitCode, 0);
    assert.match(stdout, /build\/cli\.ts all/);
  });
});

test("every target that compiles has a compiler installed", async () => {
  await onFreshMachine(async ({ launch, called }) => {
    await launch(["help"]);
    assert.equal(called(), [NPM]);
    const compiling = GOALS.filter(({ name }) => name !== "clean" && name !== "update-base");
    const lines = [
      ...compiling.map(({ name }) => [name]),
      [],
      ["TAG=1"],
      ["-j4"],
      ["-j", "4", "all"],
      ["bench"],
      ["TOOLCHAIN=clang"],
      ["--arch", "arm64", "all"],
      ["-C", "here", "all"],
      ["--toolchain", "clang"],
      ["clean", "all"],
      ...Object.entries(FLAGS).flatMap(([name, { value }]) =>
        value === undefined ? [] : [[`--${name}`, "4", "all"]]
      ),
      ["--json", "all"],
      ["-q", "all"],
      ["--quiet", "all"],
    ];
    for (const words of lines) {
      const { exitCode } = await launch(words, { PAUSE_NO_INSTALL: "1" });
      assert.is(exitCode, EXIT_CODES.toolchain, words.join(" "));
    }
  });
});

test("what compiles nothing, or not with clang, installs no compiler", async () => {
  await onFreshMachine(async ({ launch, called }) => {
    await launch(["help"]);
    called();
    const lines = [
      ["help"],
      ["help", "all"],
      ["clean"],
      ["test", "build/"],
      ["verify", "out"],
      ["--help"],
      ["--version"],
      ["all", "-n"],
      ["all", "--dry-run"],
      ["all", "TOOLCHAIN=gcc"],
      ["all", "--toolchain=zig"],
      ["all", "--toolchain", "zig"],
      ["all", "help"],
      ["all", "bogus"],
      ["bogus", "all"],
      ["verify", "all"],
    ];
    for (const words of lines) {
      const { exitCode, stderr } = await launch(words);
      assert.equal([exitCode, stderr, called()], [0, "", []], words.join(" "));
    }
    await launch(["all"], { TOOLCHAIN: "docker" });
    assert.equal(called(), []);
    await launch(["all", "TOOLCHAIN=clang"], { TOOLCHAIN: "docker" });
    assert.equal(called(), APT);
  });
});

test("each package manager's command is the one that the program names", async () => {
  await onFreshMachine(async ({ launch, program, without }) => {
    without("apt-get");
    for (const manager of PACKAGE_MANAGERS) {
      program(manager.program, "exit 1");
      for (const isRoot of [true, false]) {
        program("id", `echo ${isRoot ? 0 : 1000}`);
        const { stdout } = await launch(["all"], { PAUSE_NO_INSTALL: "1" });
        const command = installCommand(manager, manager.packages.clang, isRoot);
        const line = stdout.trimEnd().split("\n").at(-1) ?? "";
        // A bare Debian has no lists of packages yet.
        assert.equal(line.split(" && ").at(-1), command);
      }
      without(manager.program);
    }
  });
});

test("without a package manager that it knows, it leaves the word to the program", async () => {
  await onFreshMachine(async ({ launch, without }) => {
    without("apt-get");
    const { exitCode, stdout } = await launch(["all"]);
    assert.is(exitCode, 0);
    assert.match(stdout, /build\/cli\.ts all/);
  });
});

test("a compiler counts when it is LLVM's and new enough, under any name", async () => {
  const apple = "Apple clang version 21.0.0 (clang-2100.0.1)";
  const cases = [
    { clang: "Debian clang version 14.0.6", lld: "Debian LLD 14.0.6", good: false },
    { clang: "clang version 19.1.7 (Fedora 19.1.7-3)", lld: "LLD 19.1.7 (compatible)", good: true },
    { clang: "Homebrew clang version 21.1.0", lld: "Homebrew LLD 21.1.0 (compatible)", good: true },
    { clang: "clang version 19.1.7", lld: "LLD 18.1.3", good: false },
    { clang: apple, lld: "Homebrew LLD 21.1.0", good: false },
  ];
  await onFreshMachine(async ({ launch, program }) => {
    for (const { clang, lld, good } of cases) {
      program("clang", `echo "${clang}"; echo "Target: x86_64-pc-linux-gnu 99.1"`);
      program("ld.lld", `echo "${lld}"`);
      const { stdout } = await launch(["all"], { PAUSE_NO_INSTALL: "1" });
      assert.is(!stdout.includes("clang"), good, clang);
    }
    program("clang-22", "exit 1");
    program("ld.lld-20", "exit 1");
    const { stdout } = await launch(["all"], { PAUSE_NO_INSTALL: "1" });
    assert.is(stdout.trimEnd(), NPM);
  });
});

test("the launcher looks for what the program looks for, where it looks", () => {
  const launcher = readFileSync("make", "utf8");
  assert.ok(launcher.includes(`PATH=$PATH:${BESIDE_PATH.join(":")}\n`));
  assert.ok(launcher.includes(`OLDEST=${OLDEST_LLVM}\n`));
});

test("Node that is missing or too old, and a missing npm, are named", async () => {
  await onFreshMachine(async ({ launch, program, without }) => {
    program("node", "echo v18.19.0");
    const old = await launch(["all"]);
    assert.equal([old.exitCode, old.stdout], [EXIT_CODES.toolchain, ""]);
    assert.match(old.stderr, /node is 18\.19\.0\. Install Node 20 or newer/);
    without("node");
    assert.match((await launch(["all"])).stderr, /there is no node/);
    program("node", "echo v24.0.0");
    without("npm");
    assert.match((await launch(["all"])).stderr, /there is no npm/);
  });
});

test("a failed installation stops it, and is tried again", async () => {
  await onFreshMachine(async ({ launch, program, called, root }) => {
    program("npm", 'echo "npm $*" >>"$CALLS"; echo "npm error ENOTFOUND" >&2; exit 1');
    const { exitCode, stdout, stderr } = await launch(["all"]);
    assert.equal([exitCode, stdout, called()], [EXIT_CODES.toolchain, "", [NPM]]);
    assert.match(stderr, /npm error ENOTFOUND\nmake: Cannot go on: "npm ci .*" failed/);
    assert.not.ok(readdirSync(root).includes(".installing"));
    await launch(["all"]);
    assert.equal(called(), [NPM]);
  });
});

test("two at once install once, and what a killed one left stops nobody", async () => {
  await onFreshMachine(async ({ launch, program, called, root }) => {
    // No process has this id: Linux stops counting at 4194304.
    symlinkSync("4194305", join(root, ".installing"));
    await launch(["help"]);
    assert.equal(called(), [NPM]);
    appendFileSync(join(root, "package-lock.json"), "\n");
    program("npm", 'echo "npm $*" >>"$CALLS"; sleep 1');
    const both = await Promise.all([launch(["help"]), launch(["help"])]);
    assert.equal(both.map(({ exitCode }) => exitCode), [0, 0]);
    assert.equal(called(), [NPM]);
  });
});

test("through a link it is the same program", async () => {
  await onFreshMachine(async ({ launch, root }) => {
    symlinkSync("clone/make", join(root, "../pm"));
    symlinkSync("../pm", join(root, "../bin/pm2"));
    await launch(["help"]);
    for (const link of ["../pm", "../bin/pm2"]) {
      const { exitCode, stdout, stderr } = await launch(["help"], {}, [join(root, link)]);
      assert.equal([exitCode, stderr], [0, ""]);
      assert.match(stdout, ` in ${root}: run `);
    }
  });
});

test("an installation of somebody else, who cannot be signalled, is waited for", async () => {
  const missing = lacks("setpriv");
  if (missing !== undefined) return skip(missing);
  if (process.getuid?.() !== 0) return skip("only root starts processes of somebody else");
  await onFreshMachine(async ({ launch, called, root }) => {
    const other = spawn("sleep", ["60"], { uid: 65534, stdio: "ignore" });
    symlinkSync(`${other.pid}`, join(root, ".installing"));
    // Root without this capability is to the others as they are to each other.
    const by = [findProgram("setpriv") ?? "", "--bounding-set", "-kill"] as const;
    const launched = launch(["help"], {}, [...by, join(root, "make")]);
    try {
      await sleep(600);
      assert.is(readlinkSync(join(root, ".installing")), `${other.pid}`);
      assert.equal(called(), []);
    } finally {
      other.kill();
      assert.is((await launched).exitCode, 0);
    }
    assert.equal(called(), [NPM]);
  });
});

test("a signal during an installation ends it with the shell's number for that signal", async () => {
  await onFreshMachine(async ({ launch, program, root }) => {
    for (const [signal, exitCode] of [["INT", 130], ["TERM", 143]] as const) {
      program("npm", `kill -${signal} "$(readlink .installing)"`);
      const { exitCode: found, stdout } = await launch(["help"]);
      assert.equal([found, stdout], [exitCode, ""]);
      assert.not.ok(readdirSync(root).includes(".installing"));
    }
  });
});

test("without a home that can be written to, npm gets a cache of its own", async () => {
  await onFreshMachine(async ({ launch, program, called }) => {
    program("npm", 'echo "cache: $npm_config_cache" >>"$CALLS"; mkdir -p node_modules/.npm');
    await launch(["help"], { HOME: "/nonexistent" });
    assert.match(called().join(), /^cache: .*\/clone\/node_modules\/\.npm$/);
  });
});

test.run();
