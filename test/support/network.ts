import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "../../build/host/process.ts";
import { startDaemon } from "./daemon.ts";
import { withFolder } from "./folder.ts";

/**
 * Gives `use` a network namespace of its own, with a loopback and nothing else: what bridges, routes
 * and packet filters an engine makes in it are not the machine's.
 *
 * @param use gets the words that run a command inside
 */
export async function withNetwork<T>(use: (inside: Command) => Promise<T>): Promise<T> {
  return await withFolder(async (folder) => {
    const up = join(folder, "up");
    const hold = `busybox ip link set lo up && : >"$0" && exec sleep infinity`;
    const holder = await startDaemon({
      command: ["unshare", "--net", "sh", "-c", hold, up],
      log: join(folder, "log"),
      ready: () => Promise.resolve(existsSync(up)),
    });
    try {
      return await use(["nsenter", "--target", `${holder.pid}`, "--net", "--"]);
    } finally {
      await holder.stop();
    }
  });
}
