import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../../build/host/process.ts";
import { startDaemon } from "./daemon.ts";
import { withEnginePlace } from "./engine-place.ts";

/** Runs containerd's own client with these words. @throws Error with its words when it fails */
export type Ctr = (...words: string[]) => Promise<string>;

/** Runs `use` with a containerd of its own, without CRI. Nothing of it is left afterwards. */
export async function withContainerd<T>(use: (ctr: Ctr) => Promise<T>): Promise<T> {
  return await withEnginePlace(async ({ dir }) => {
    const at = (name: string): string => join(dir, name);
    const socket = at("containerd.sock");
    await writeFile(at("config.toml"), config(dir));
    const daemon = await startDaemon({
      command: ["containerd", "--config", at("config.toml")],
      log: at("containerd.log"),
      ready: async () => (await run(["ctr", "--address", socket, "version"])).exitCode === 0,
    });
    try {
      return await use(async (...words) => {
        const { exitCode, stdout, stderr } = await run(["ctr", "--address", socket, ...words]);
        if (exitCode === 0) return stdout;
        throw new Error(`ctr ${words.join(" ")} exited with ${exitCode}: ${stderr.trim()}`);
      });
    } finally {
      await daemon.stop();
    }
  });
}

/** The snapshotter without needs: it copies. */
function config(dir: string): string {
  return `version = 2
root = "${dir}/root"
state = "${dir}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
address = "${dir}/containerd.sock"
[plugins."io.containerd.service.v1.diff-service"]
default = ["walking"]
`;
}
