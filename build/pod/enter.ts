import { readFile } from "node:fs/promises";
import process from "node:process";
import { findProgram } from "../compile/find-program.ts";
import { PauseError } from "../error.ts";
import { type Command, run } from "../host/process.ts";
import type { Engine } from "./engine.ts";
import { listPods } from "./ps.ts";

/**
 * Runs a program of this machine in the namespaces of a pod's pause container: its network, IPC, host
 * name and processes. The files are the machine's, /proc is the pod's.
 *
 * @param command what to run, on our terminal
 * @returns its exit code
 * @throws PauseError `usage` when there is no such pod; `toolchain` when this machine, or whoever runs
 * this, cannot enter namespaces
 */
export async function enterPod(
  engine: Engine,
  name: string,
  command: Command,
  signal?: AbortSignal,
): Promise<number> {
  checkMachine(engine, name);
  const [pod] = await listPods(engine, { pod: name });
  const pid = pod?.infra?.pid ?? 0;
  if (pod === undefined || pid === 0) {
    const found = pod === undefined ? "there is none" : "its pause container does not run";
    throw new PauseError(
      "usage",
      `Cannot enter the pod ${name}: ${found}. See what there is: pause-image pod ps.`,
    );
  }
  if (!await isHere(pid, pod.infra?.id ?? "")) {
    throw cannotEnter(
      name,
      `its process ${pid} is not on this machine`,
      `Enter it where ${engine.name} runs`,
    );
  }
  const { exitCode } = await run([...enterWords(pid), ...command], {
    output: "inherit",
    ...(signal && { signal }),
  });
  return exitCode;
}

/** Whether a process of this machine is of that container: each has files of its own mounted, such as /etc/hosts. */
async function isHere(pid: number, container: string): Promise<boolean> {
  const mounts = await readFile(`/proc/${pid}/mountinfo`, "utf8").catch(() => "");
  return mounts.includes(container);
}

/** The words before a command that has to run in the namespaces of process `pid`. */
export function enterWords(pid: number): Command {
  // The PID namespace holds for children alone; a mount namespace of their own has the pod's /proc.
  const namespaces = ["--net", "--ipc", "--uts", "--pid"];
  return ["nsenter", "--target", `${pid}`, ...namespaces, "--", "unshare", "--mount-proc", "--"];
}

/** How one becomes root of the namespaces: a pod of a user's own podman is not root's. */
const ROOT: Readonly<Record<Engine["name"], string>> = {
  docker: "Run this with sudo",
  podman: 'Run this behind "podman unshare", or with sudo where it was sudo that started the pod',
};

function checkMachine(engine: Engine, name: string): void {
  if (process.platform !== "linux") {
    throw cannotEnter(name, "namespaces are Linux's", "Enter it on the machine where it runs");
  }
  if (process.geteuid?.() !== 0) {
    throw cannotEnter(name, "only root may enter namespaces", ROOT[engine.name]);
  }
  const missing = ["nsenter", "unshare"].filter((program) => !findProgram(program));
  if (missing.length > 0) {
    throw cannotEnter(name, `there is no ${missing.join(", no ")}`, "Install util-linux");
  }
}

function cannotEnter(name: string, found: string, next: string): PauseError {
  return new PauseError("toolchain", `Cannot enter the pod ${name}: ${found}. ${next}.`);
}
