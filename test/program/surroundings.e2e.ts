/** Pause among children, under other limits and on other pages, on every platform. */
import { writeFileSync } from "node:fs";
import { chmod, copyFile, mkdir } from "node:fs/promises";
import { constants } from "node:os";
import { basename, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { TARGETS } from "../../build/compile/targets.ts";
import type { Command } from "../../build/host/process.ts";
import { emulator } from "../support/emulator.ts";
import { withFolder } from "../support/folder.ts";
import { ENDING, errorsOf, WARNING } from "./lines.ts";
import { LARGE_PAGES } from "./pages.ts";
import { type Built, onEachPlatform } from "./places.ts";
import { childrenOf, processFacts } from "./processes.ts";
import { VERSION, withProgram } from "./programs.ts";
import { inPlace, PLACES, runSoon, until, withSleeper } from "./sleeper.ts";
import { withTool } from "./tools.ts";

onEachPlatform(
  "pause",
  "leaves no zombie of children that died before or while it started",
  ({ start }) =>
    withTool("launcher", async (launcher) => {
      const withChildren: Command = [launcher, "-z", "-c", "40", ...start];
      await withSleeper("first", withChildren, async ({ pid, signal, ended }) => {
        await until("the children are reaped", () => childrenOf(pid).length === 0);
        signal("SIGTERM");
        assert.is((await ended()).exitCode, 0);
      });
    }),
);

onEachPlatform("pause", "leaves no zombie of its orphans", async ({ start, target, platform }) => {
  await withSleeper("first", start, async ({ pid, signal, ended }) => {
    await withProgram(target, "orphan", async (orphan) => {
      const inside = ["nsenter", "--target", `${pid}`, "--pid", "--"] as const;
      const made = await runSoon([...inside, ...emulator(target, platform), orphan, "200", "50"]);
      assert.equal(made, { exitCode: 0, stdout: "", stderr: "" });
    });
    await until("the orphans are reaped", () => childrenOf(pid).length === 0);
    signal("SIGTERM");
    assert.is((await ended()).exitCode, 0);
  });
});

/** The options by which the launcher's seccomp filter refuses a system call, and the exit codes. */
const { SIGINT, SIGTERM, SIGCHLD } = constants.signals;
const REFUSALS = [
  { refuse: ["-s", `${SIGINT}`], exitCode: 1 },
  { refuse: ["-s", `${SIGTERM}`], exitCode: 2 },
  { refuse: ["-s", `${SIGCHLD}`], exitCode: 3 },
  { refuse: ["-w"], exitCode: 42 },
];

onEachPlatform(
  "pause",
  "ends with 1, 2, 3 or 42 when seccomp refuses the action of SIGINT, SIGTERM, SIGCHLD, or the wait",
  ({ start }) =>
    withTool("launcher", async (launcher) => {
      for (const { refuse, exitCode } of REFUSALS) {
        for (const place of PLACES) {
          const ended = await runSoon(inPlace(place, [launcher, ...refuse, ...start]));
          const stderr = place === "first" ? "" : WARNING;
          assert.equal(ended, { exitCode, stdout: "", stderr }, `${refuse}, ${place}`);
        }
      }
    }),
);

/** Starts the words that follow in the folder of the first one, with what a container leaves them. */
const CONFINED = `
root=$1
mount --bind "$root" "$root" && mount -o remount,bind,ro "$root" || exit
exec setpriv --no-new-privs chroot --userspec=65535:65535 --groups= "$@"
`;

const CONFINED_FACTS = { user: 65535, group: 65535, capabilities: 0n, noNewPrivileges: true };

/** Gives `use` a folder to be the root, with the program and its emulator, and the words in it. */
async function withRoot(
  { target, platform, file }: Built,
  use: (root: string, start: Command) => Promise<void>,
): Promise<void> {
  await withFolder(async (root) => {
    const emulated = emulator(target, platform);
    await mkdir(join(root, "usr/bin"), { recursive: true });
    await chmod(root, 0o755);
    await copyFile(file, join(root, "pause"));
    for (const name of emulated.slice(0, 1)) {
      const { stdout } = await runSoon(["sh", "-c", `command -v ${name}`]);
      await copyFile(stdout.trim(), join(root, "usr/bin", basename(name)));
    }
    const [program = "/pause", ...words] = [...emulated, "/pause"];
    await use(root, [program, ...words]);
  });
}

onEachPlatform(
  "pause",
  "needs no user, no capability, no new privileges, no root that it can write to",
  (built) =>
    withRoot(built, async (root, start) => {
      const confined: Command = ["unshare", "-m", "sh", "-c", CONFINED, "sh", root, ...start];
      assert.is((await runSoon([...confined, "-v"])).stdout, `pause.c ${VERSION}\n`);
      for (const place of PLACES) {
        await withSleeper(place, confined, async ({ pid, signal, ended }) => {
          const facts = processFacts(pid);
          assert.equal(facts, { ...facts, ...CONFINED_FACTS });
          assert.throws(() => writeFileSync(`/proc/${pid}/root/new`, ""), /EROFS|Read-only/i);
          signal("SIGTERM");
          const { exitCode, stderr } = await ended();
          assert.equal({ exitCode, stderr }, { exitCode: 0, stderr: errorsOf(place, "SIGTERM") });
        });
      }
    }),
);

/** Bytes. */
const PAGES = [16_384, 65_536];

onEachPlatform("pause", "runs where QEMU says that pages have 16 or 64 KiB", async (built) => {
  const { target, platform, file } = built;
  const [qemu, ...words] = emulator(target, platform);
  // On a machine of that architecture the pages are what they are.
  if (qemu === undefined) return;
  for (const size of PAGES) {
    const start: Command = [qemu, ...words, "-p", `${size}`, file];
    for (const by of ENDING) {
      await withSleeper("ordinary", start, async ({ signal, ended }) => {
        signal(by);
        const { exitCode, stderr } = await ended();
        assert.equal({ exitCode, stderr }, { exitCode: 0, stderr: errorsOf("ordinary", by) });
      });
    }
  }
}, TARGETS.filter(({ arch }) => LARGE_PAGES.includes(arch)));

test.run();
