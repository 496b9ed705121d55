import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { run } from "../../build/host/process.ts";

/** Where an engine under test may leave things: all of it is gone at the end. */
export interface EnginePlace {
  /** A folder for its storage, sockets and configuration. */
  readonly dir: string;
  /** The control group under which its containers go, from the root of each hierarchy. */
  readonly cgroup: string;
}

/** Gives `use` a place, and afterwards ends what still runs in it, unmounts and removes it. */
export async function withEnginePlace<T>(use: (place: EnginePlace) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), "engine-"));
  const cgroup = `/pause-e2e-${randomBytes(4).toString("hex")}`;
  try {
    return await use({ dir, cgroup });
  } finally {
    await endAll(cgroup);
    for (const mount of (await mountsUnder(dir)).reverse()) await run(["umount", "-l", mount]);
    await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** What is in use at a place: mounts, and control groups below its own. */
export async function inUse({ dir, cgroup }: EnginePlace): Promise<string[]> {
  const groups = await Promise.all(
    (await hierarchies()).map((hierarchy) => foldersUnder(hierarchy + cgroup)),
  );
  // The last of each is the place's own.
  return [...await mountsUnder(dir), ...groups.flatMap((folders) => folders.slice(0, -1))];
}

async function mountsUnder(dir: string): Promise<string[]> {
  const lines = (await readFile("/proc/self/mountinfo", "utf8")).trimEnd().split("\n");
  return lines.map((line) => line.split(" ")[4] ?? "").filter((at) => at.startsWith(`${dir}/`));
}

/** Kills what runs in the group, in every hierarchy, and removes its folders, the deepest first. */
async function endAll(cgroup: string): Promise<void> {
  for (const hierarchy of await hierarchies()) {
    for (const folder of await foldersUnder(hierarchy + cgroup)) {
      for (let tries = 0; tries < 40 && !await removed(folder); tries++) {
        const pids = await readFile(join(folder, "cgroup.procs"), "utf8").catch(() => "");
        for (const pid of pids.split("\n").filter(Boolean)) kill(Number(pid));
        await sleep(25);
      }
    }
  }
}

async function hierarchies(): Promise<string[]> {
  const root = "/sys/fs/cgroup";
  return [root, ...(await readdir(root)).map((name) => `${root}/${name}`)];
}

/** The folder and all under it, children before parents; nothing when it is not there. */
async function foldersUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const below = entries.filter((entry) => entry.isDirectory())
    .map((entry) => foldersUnder(join(folder, entry.name)));
  return entries.length === 0 ? [] : [...(await Promise.all(below)).flat(), folder];
}

async function removed(folder: string): Promise<boolean> {
  return await rmdir(folder).then(() => true, () => false);
}

/** Ends a process, if it has not ended by itself. */
export function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself.
  }
}
