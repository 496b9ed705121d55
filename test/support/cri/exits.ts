import { readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../../build/host/process.ts";
import { startDaemon } from "../daemon.ts";

/**
 * The status with which a container's process ended: what it exited with, or 128 and the number of
 * the signal that ended it. Undefined while it runs.
 */
export type ExitOf = (container: string) => number | undefined;

/**
 * Gives `use` what containerd says of tasks that end. CRI has no word on how an infra container ended.
 *
 * @param dir a folder for what containerd says
 */
export async function withExits<T>(
  dir: string,
  socket: string,
  use: (exitOf: ExitOf) => Promise<T>,
): Promise<T> {
  const log = join(dir, "events");
  const ctr = ["ctr", "--address", socket] as const;
  const listener = await startDaemon({
    command: [...ctr, "events"],
    log,
    // It says nothing when it has begun to listen: we say something until it hears us.
    ready: async () => {
      await run([...ctr, "namespaces", "label", "k8s.io", `heard=${Date.now()}`]);
      return readFileSync(log, "utf8").includes("/namespaces/update");
    },
  });
  try {
    return await use((container) => exitIn(log, container));
  } finally {
    await listener.stop();
  }
}

function exitIn(log: string, container: string): number | undefined {
  const [event] = readFileSync(log, "utf8").split("\n")
    .map((line) => line.split(" /tasks/exit ")[1])
    .flatMap((json) => json === undefined ? [] : [JSON.parse(json) as Exit])
    // Programs that were started in a container later have another id.
    .filter(({ container_id, id }) => container_id === container && id === container);
  // Zeros are left out.
  return event && (event.exit_status ?? 0);
}

interface Exit {
  readonly container_id: string;
  readonly id: string;
  readonly exit_status?: number;
}
