/** Control groups, of either version or both at once: proc(5), cgroups(7). */
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rmdir } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";

/** What a group's members take, the kernel's own memory for them included. Bytes. */
export interface GroupMemory {
  readonly total: number;
  /** Of which the kernel's: task structures, kernel stacks, page tables. */
  readonly kernel: number;
}

/** A group of our own. What this machine does not account is undefined. */
export interface Group {
  /** The files through which a process joins. */
  readonly joins: readonly string[];
  readonly memory: () => Promise<GroupMemory | undefined>;
  /** Time on a processor of all members that were ever there, nanoseconds. */
  readonly cpu: () => Promise<number | undefined>;
}

/** Of a group's name; the number of the process that made it follows. */
const PREFIX = "pause-bench-";

/** A hierarchy that we are in. */
export interface Hierarchy {
  /** `memory`, `cpuacct` …; none for version 2. */
  readonly controllers: readonly string[];
  /** Our own group's folder. */
  readonly folder: string;
  /** The highest group that can be seen. */
  readonly top: string;
}

/**
 * Finds our place in every hierarchy.
 *
 * @param own /proc/self/cgroup
 * @param mounts /proc/self/mountinfo
 */
export function findHierarchies(own: string, mounts: string): Hierarchy[] {
  const mounted = mounts.split("\n").flatMap((line) => {
    const [, root, top, type, options] =
      /^\d+ \d+ \S+ (\S+) (\S+) .* - (cgroup2?) \S+ (\S+)$/.exec(line) ?? [];
    if (root === undefined || top === undefined || options === undefined) return [];
    return [{ root, top, controllers: type === "cgroup2" ? [] : options.split(",") }];
  });
  return own.split("\n").flatMap((line) => {
    const [, list, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (list === undefined || path === undefined) return [];
    const controllers = list === "" ? [] : list.split(",");
    const mount = mounted.find((mount) =>
      controllers.length === 0
        ? mount.controllers.length === 0
        : controllers.every((controller) => mount.controllers.includes(controller))
    );
    if (!mount) return [];
    const folder = join(mount.top, relative(mount.root, path));
    return [{ controllers, folder, top: mount.top }];
  });
}

/** Gives `use` a group of our own, and removes it afterwards, when nobody is in it any more. */
export async function withGroup<T>(use: (group: Group) => Promise<T>): Promise<T> {
  const [own, mounts] = await Promise.all(
    ["cgroup", "mountinfo"].map((file) => readFile(`/proc/self/${file}`, "utf8")),
  );
  const wanted = findHierarchies(own ?? "", mounts ?? "").filter(({ controllers }) =>
    controllers.length === 0 || controllers.some((name) => name === "memory" || name === "cpuacct")
  );
  const folders: string[] = [];
  try {
    for (const hierarchy of wanted) folders.push(...await makeGroup(hierarchy));
    return await use({
      joins: folders.map((folder) => join(folder, "cgroup.procs")),
      memory: () => firstOf(folders, memoryIn),
      cpu: () => firstOf(folders, cpuIn),
    });
  } finally {
    for (const folder of folders) await removeGroup(folder);
  }
}

/**
 * Below our own group, else above it: version 2 accounts memory only where a group without members
 * hands the controller down.
 */
async function makeGroup({ controllers, folder, top }: Hierarchy): Promise<string[]> {
  const name = `${PREFIX}${process.pid}`;
  let made: string[] = [];
  for (let parent = folder; parent.startsWith(top); parent = dirname(parent)) {
    await sweep(parent);
    const group = join(parent, name);
    if (!await mkdir(group).then(() => true, () => false)) continue;
    for (const worse of made) await rmdir(worse);
    made = [group];
    if (controllers.length > 0 || await memoryIn(group) !== undefined) break;
  }
  return made;
}

/** Removes the groups of runs that were stopped; one with somebody in it stays. */
async function sweep(parent: string): Promise<void> {
  const groups = (await readdir(parent)).filter((name) => name.startsWith(PREFIX));
  for (const name of groups) {
    if (existsSync(`/proc/${name.slice(PREFIX.length)}`)) continue;
    await rmdir(join(parent, name)).catch(() => {});
  }
}

async function removeGroup(folder: string): Promise<void> {
  // A process leaves its group a little after it has ended.
  for (let tries = 100; tries > 0; tries--) {
    if (await rmdir(folder).then(() => true, () => false)) return;
    await pause(20);
  }
  throw new Error(`Cannot remove the control group ${folder}: processes are still in it.`);
}

async function memoryIn(folder: string): Promise<GroupMemory | undefined> {
  const [one, oneKernel, two, stat] = await Promise.all(
    ["memory.usage_in_bytes", "memory.kmem.usage_in_bytes", "memory.current", "memory.stat"]
      .map((file) => readFile(join(folder, file), "utf8").catch(() => undefined)),
  );
  if (one !== undefined) return { total: Number(one), kernel: Number(oneKernel) };
  if (two === undefined) return undefined;
  return { total: Number(two), kernel: Number(/^kernel (\d+)$/m.exec(stat ?? "")?.[1]) };
}

async function cpuIn(folder: string): Promise<number | undefined> {
  const [one, two] = await Promise.all(
    ["cpuacct.usage", "cpu.stat"]
      .map((file) => readFile(join(folder, file), "utf8").catch(() => "")),
  );
  if (one) return Number(one);
  const microseconds = /^usage_usec (\d+)$/m.exec(two ?? "")?.[1];
  return microseconds === undefined ? undefined : 1000 * Number(microseconds);
}

async function firstOf<T>(
  folders: readonly string[],
  read: (folder: string) => Promise<T | undefined>,
): Promise<T | undefined> {
  for (const folder of folders) {
    const found = await read(folder);
    if (found !== undefined) return found;
  }
  return undefined;
}
