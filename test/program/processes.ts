import { readdirSync, readFileSync } from "node:fs";

/** What the kernel says of a process. */
export interface ProcessFacts {
  readonly parent: number;
  /** `S`: asleep. `T`: stopped. `Z`: a zombie. */
  readonly state: string;
  /** The signals it ignores, signal 1 in the lowest bit. */
  readonly ignored: bigint;
  /** How often it has gone to sleep. */
  readonly sleeps: number;
}

/** What the kernel says of the process `pid`; undefined when there is none. */
export function processFacts(pid: number): ProcessFacts | undefined {
  const status = read(`/proc/${pid}/status`);
  if (status === undefined) return undefined;
  const field = (name: string): string =>
    new RegExp(`^${name}:\\s*(\\S+)`, "m").exec(status)?.[1] ?? "0";
  return {
    parent: Number(field("PPid")),
    state: field("State"),
    ignored: BigInt(`0x${field("SigIgn")}`),
    sleeps: Number(field("voluntary_ctxt_switches")),
  };
}

/** The numbers of the children of the process `pid`, zombies among them. */
export function childrenOf(pid: number): number[] {
  return readdirSync("/proc").map(Number)
    .filter((number) => number > 0 && processFacts(number)?.parent === pid);
}

/** A process may end while it is looked at. */
function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
