import { readFile } from "node:fs/promises";
import { availableParallelism, cpus, release, type } from "node:os";
import { run } from "../build/host/process.ts";

/** What the figures were taken on. */
export interface Machine {
  readonly cpu: string;
  readonly threads: number;
  readonly system: string;
  /** The tools that take part, each with what it says of its version. */
  readonly tools: Readonly<Record<string, string>>;
}

const TOOLS = ["clang-19", "buildah", "skopeo", "docker-registry"];

/** Describes this machine, with nothing in it that names it. */
export async function describeMachine(): Promise<Machine> {
  const tools = TOOLS.map(async (tool) => [tool, await version(tool)] as const);
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    threads: availableParallelism(),
    system: `${await distribution()}, ${type()} ${/^\d+\.\d+/.exec(release())?.[0]}`,
    tools: Object.fromEntries(await Promise.all(tools)),
  };
}

async function version(tool: string): Promise<string> {
  const { exitCode, stdout } = await run([tool, "--version"]);
  return exitCode === 0 ? /\d+(\.\d+)+/.exec(stdout)?.[0] ?? "unknown" : "not installed";
}

async function distribution(): Promise<string> {
  const text = await readFile("/etc/os-release", "utf8").catch(() => "");
  return /^PRETTY_NAME="?([^"\n]*)/m.exec(text)?.[1] ?? "unknown system";
}
