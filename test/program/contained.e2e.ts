/** Pause where it runs: in containers, under the seccomp profile that their engines have by default. */
import { basename, dirname, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { run } from "../../build/host/process.ts";
import { withDockerd } from "../support/docker.ts";
import type { Engine } from "../support/engine.ts";
import { withFolder } from "../support/folder.ts";
import { withPodman } from "../support/podman.ts";
import { lacks, skip } from "../support/skip.ts";
import { ENDING, LAST_WORDS, WARNING } from "./lines.ts";
import { withNative } from "./places.ts";
import { childrenOf, costsOf, processFacts } from "./processes.ts";
import { VERSION } from "./programs.ts";
import { until } from "./sleeper.ts";

const ENGINES = [
  { name: "docker", withEngine: withDockerd, needs: ["docker", "dockerd"] },
  { name: "podman", withEngine: withPodman, needs: ["podman", "runc"] },
] as const;

/** As tight as a container gets. */
const CONFINED = [
  "--user=65535:65535",
  "--read-only",
  "--cap-drop=ALL",
  "--security-opt=no-new-privileges",
];

/** Makes an image of pause and orphan that runs pause with these words. Returns its reference. */
type MakeImage = (...words: readonly string[]) => Promise<string>;

/** Adds a test for each engine. */
function inContainers(
  behaviour: string,
  body: (engine: Engine, image: MakeImage) => Promise<void>,
): void {
  for (const { name, withEngine, needs } of ENGINES) {
    test(`${name}: pause ${behaviour}`, async () => {
      const lacking = lacks(...needs, "tar");
      if (lacking !== undefined) return skip(lacking);
      await withArchive((tar) =>
        withEngine((engine) =>
          body(engine, async (...words) => {
            const entry = `ENTRYPOINT ${JSON.stringify(["/pause", ...words])}`;
            await engine.client("import", "--change", entry, tar, "localhost/pause:it");
            return "localhost/pause:it";
          })
        )
      );
    });
  }
}

/** Gives `use` an archive of a root with both programs. */
async function withArchive(use: (tar: string) => Promise<void>): Promise<void> {
  const pack = (...files: readonly string[]): Promise<void> =>
    withFolder(async (folder) => {
      const tar = join(folder, "root.tar");
      const words = files.flatMap((file) => ["-C", dirname(file), basename(file)]);
      const { exitCode, stderr } = await run(["tar", "-cf", tar, ...words]);
      assert.is(exitCode, 0, stderr);
      await use(tar);
    });
  await withNative("pause", (pause) => withNative("orphan", (orphan) => pack(pause, orphan)));
}

/** The number of a running container's process among all processes of this machine. */
async function pidOf(engine: Engine, container: string): Promise<number> {
  const { State } = await engine.inspect(container) as { State: { Running: boolean; Pid: number } };
  assert.ok(State.Running, await engine.logs(container));
  return State.Pid;
}

/** What the kernel says of a process that was started so. */
const CONFINED_FACTS = {
  user: 65535,
  group: 65535,
  capabilities: 0n,
  bounding: 0n,
  noNewPrivileges: true,
  filtered: true,
};

inContainers(
  "does what it does as user 65535 under the default seccomp profile",
  async (engine, image) => {
    const sleeping = await image();
    for (const [place, warning] of [["--pid=host", WARNING], ["--pid=", ""]] as const) {
      for (const by of ENDING) {
        const options = [...CONFINED, place, `--stop-signal=${by}`];
        const container = await engine.run(sleeping, ...options);
        const facts = processFacts(await pidOf(engine, container));
        assert.equal(facts, { ...facts, ...CONFINED_FACTS });
        assert.is((await engine.stop(container)).exitCode, 0);
        assert.is(await engine.logs(container), warning + LAST_WORDS[by]);
      }
    }
    const printing = await engine.run(await image("-v"), ...CONFINED);
    assert.is((await engine.stop(printing)).exitCode, 0);
    assert.is(await engine.logs(printing), `pause.c ${VERSION}\n`);
  },
);

inContainers("sleeps while the kernel reaps a thousand orphans", async (engine, image) => {
  const container = await engine.run(await image(), ...CONFINED);
  const pid = await pidOf(engine, container);
  const before = costsOf(pid);
  await engine.client("exec", container, "/orphan", "1000", "100");
  await until("the orphans are reaped", () => childrenOf(pid).length === 0);
  assert.equal(costsOf(pid), before);
  assert.is((await engine.stop(container)).exitCode, 0);
});

test.run();
