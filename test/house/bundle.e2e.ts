import {
  appendFileSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { bundleProgram } from "../../.github/release/node-bundle.ts";
import { type Command, type Ended, run } from "../../build/host/process.ts";
import { EXIT_CODES } from "../../build/error.ts";
import { BUDGETS, isWithin } from "../support/budget.ts";
import { withFolder } from "../support/folder.ts";

/** Bundles the program, for as long as `use` takes. */
async function withBundle(use: (bundle: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const bundle = join(folder, "pause-image.mjs");
    await bundleProgram(process.cwd(), bundle);
    await use(bundle);
  });
}

/** A clone as npm leaves it where Deno is not made for the system. */
async function withoutDeno(use: (root: string) => Promise<void>): Promise<void> {
  await withFolder(async (root) => {
    for (const name of ["build", "arch", "src", "package-lock.json"]) {
      symlinkSync(resolve(name), join(root, name));
    }
    cpSync(".github", join(root, ".github"), { recursive: true });
    copyFileSync("make", join(root, "make"));
    mkdirSync(join(root, "node_modules"));
    const others = readdirSync("node_modules").filter((name) =>
      !["@deno", ".cache"].includes(name)
    );
    for (const name of others) {
      symlinkSync(resolve("node_modules", name), join(root, "node_modules", name));
    }
    await use(root);
  });
}

/** How often an empty program starts while a command runs: the machine's own speed is in both. */
async function starts(command: Command, empty: Command): Promise<number> {
  const best = [Infinity, Infinity] as [number, number];
  for (let lap = 0; lap < 10; lap += 1) {
    for (const [at, one] of [command, empty].entries()) {
      const started = performance.now();
      assert.is((await run(one)).exitCode, 0);
      // What the machine does beside it only adds.
      best[at] = Math.min(best[at] ?? Infinity, performance.now() - started);
    }
  }
  return best[0] / best[1];
}

test("the launcher, the bundle on Node and the bundle on Deno are one program", async () => {
  await withBundle(async (bundle) => {
    const programs: readonly Command[] = [
      ["./make"],
      [bundle],
      [process.execPath, "run", "-A", bundle],
    ];
    for (const words of [["help"], ["--version"], ["all", "ARCH=none"]]) {
      const [first, ...others] = await Promise.all(
        programs.map((program) => run([...program, ...words] as unknown as Command)),
      );
      assert.ok(`${first?.stdout}${first?.stderr}`.length > 5, words.join(" "));
      for (const other of others) assert.equal(other, first, words.join(" "));
    }
  });
});

test("where there is no Deno, the launcher runs the same program on Node", async () => {
  await withoutDeno(async (root) => {
    const [onNode, onDeno] = [
      await run([join(root, "make"), "help"]),
      await run(["./make", "help"]),
    ];
    assert.equal(onNode, onDeno);
  });
});

test("where there is no Deno, the program is bundled once, and anew when a source changes", async () => {
  await withoutDeno(async (root) => {
    const bundle = join(root, "node_modules/.cache/pause-image.mjs");
    const help = (): Promise<Ended> => run([join(root, "make"), "help"]);
    assert.is((await help()).exitCode, 0);
    const first = statSync(bundle).ino;
    assert.is((await help()).exitCode, 0);
    assert.is(statSync(bundle).ino, first);
    appendFileSync(join(root, ".github/release/bundle.ts"), "// changed\n");
    assert.is((await help()).exitCode, 0);
    assert.is.not(statSync(bundle).ino, first);
    rmSync(join(root, "node_modules/esbuild"));
    assert.is((await help()).exitCode, 0);
    rmSync(`${bundle}.cksum`);
    const { exitCode, stderr } = await help();
    assert.is(exitCode, EXIT_CODES.toolchain);
    assert.match(stderr, /make: Cannot make .*pause-image\.mjs, .* it failed, as said above\.\n$/);
  });
});

test("where there is no Deno and no place for the bundle, the launcher says so", async () => {
  await withoutDeno(async (root) => {
    writeFileSync(join(root, "node_modules/.cache"), "");
    const { exitCode, stdout, stderr } = await run([join(root, "make"), "help"]);
    assert.equal([exitCode, stdout], [EXIT_CODES.toolchain, ""]);
    assert.match(stderr, /^make: Cannot make .* its folder cannot be written to\. Run .*\n$/);
  });
});

test("the bundle is whole, executable and within its budget", async () => {
  await withBundle((bundle) => {
    const { size, mode } = statSync(bundle);
    isWithin(size, BUDGETS.bundle.bytes);
    assert.is(mode & 0o777, 0o755);
    return Promise.resolve();
  });
});

test("the program starts within its budgets", async () => {
  const { launcher, bundleOnNode } = BUDGETS.startsOfAnEmptyProgram;
  await withBundle(async (bundle) => {
    const empty = `${bundle}.empty.mjs`;
    writeFileSync(empty, "");
    const deno = await starts(["./make", "--version"], [process.execPath, "run", empty]);
    assert.ok(deno <= launcher, `launcher: ${deno.toFixed(1)} × an empty program`);
    const node = await starts(["node", bundle, "--version"], ["node", empty]);
    assert.ok(node <= bundleOnNode, `bundle on Node: ${node.toFixed(1)} × an empty program`);
  });
});

test.run();
