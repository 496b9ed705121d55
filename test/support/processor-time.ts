import process from "node:process";

/** Milliseconds for which the processor is at `work`: what else the machine does is not in them. */
export function processorTime(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  return process.cpuUsage(before).user / 1000;
}
