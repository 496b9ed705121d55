import { readdirSync, readFileSync } from "node:fs";

/** What the kernel says of a process. */
export interface ProcessFacts {
  readonly parent: number;
  /** `S`: asleep. `T`: stopped. `Z`: a zombie. */
  readonly state: string;
  /** The signals it ignores, signal 1 in the lowest bit. */
  readonly ignored: bigint;
  /** The effective user, and group. */
  readonly user: number;
  readonly group: number;
  /** The capabilities that it has or could get by itself, as one set. */
  readonly capabilities: bigint;
  /** The capabilities that it could get from a file with privileges. */
  readonly bounding: bigint;
  readonly noNewPrivileges: boolean;
  /** Whether a seccomp filter decides on its system calls. */
  readonly filtered: boolean;
}

/** What a process has cost until now. */
export interface Costs {
  /** Kibibytes in memory; those of its page tables. */
  readonly resident: number;
  readonly pageTables: number;
  /** How often it has gone to sleep, and how often a processor has begun to run it. */
  readonly sleeps: number;
  readonly turns: number;
}

/** What the kernel says of the process `pid`; undefined when there is none. */
export function processFacts(pid: number): ProcessFacts | undefined {
  const status = read(`/proc/${pid}/status`);
  if (status === undefined) return undefined;
  const field = fieldsOf(status);
  const bits = (name: string): bigint => BigInt(`0x${field(name)}`);
  return {
    parent: Number(field("PPid")),
    state: field("State"),
    ignored: bits("SigIgn"),
    user: Number(field("Uid", 2)),
    group: Number(field("Gid", 2)),
    capabilities: bits("CapInh") | bits("CapPrm") | bits("CapEff") | bits("CapAmb"),
    bounding: bits("CapBnd"),
    noNewPrivileges: field("NoNewPrivs") === "1",
    filtered: field("Seccomp") === "2",
  };
}

/** What the process `pid` has cost until now; undefined when there is none. */
export function costsOf(pid: number): Costs | undefined {
  const status = read(`/proc/${pid}/status`);
  const turns = read(`/proc/${pid}/schedstat`)?.trim().split(" ")[2];
  if (status === undefined || turns === undefined) return undefined;
  const field = fieldsOf(status);
  return {
    resident: Number(field("VmRSS")),
    pageTables: Number(field("VmPTE")),
    sleeps: Number(field("voluntary_ctxt_switches")),
    turns: Number(turns),
  };
}

/** Kibibytes of memory that the process `pid` takes, with its share of what it shares. */
export function proportionalSize(pid: number): number {
  return Number(fieldsOf(read(`/proc/${pid}/smaps_rollup`) ?? "")("Pss"));
}

/** The numbers of the children of the process `pid`, zombies among them. */
export function childrenOf(pid: number): number[] {
  return readdirSync("/proc").map(Number)
    .filter((number) => number > 0 && processFacts(number)?.parent === pid);
}

/** Reads the word of a field by its name; the first one unless said otherwise. */
function fieldsOf(text: string): (name: string, which?: number) => string {
  return (name, which = 1) =>
    new RegExp(`^${name}:\\s*(.*)`, "m").exec(text)?.[1]?.split(/\s+/)[which - 1] ?? "0";
}

/** A process may end while it is looked at. */
function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
