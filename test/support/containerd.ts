import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../../build/host/process.ts";
import { type Daemon, startDaemon } from "./daemon.ts";
import { withEnginePlace } from "./engine-place.ts";

/** Runs containerd's own client with these words. @throws Error with its words when it fails */
export type Ctr = (...words: string[]) => Promise<string>;

/** A containerd that may be started, again and again, in a folder of its own. */
export interface Containerd {
  readonly socket: string;
  readonly ctr: Ctr;
  /** @param isReady what it has to say yes to, beyond that it answers */
  start(isReady?: () => Promise<boolean>): Promise<Daemon>;
}

/** Runs `use` with a containerd of its own, without CRI. Nothing of it is left afterwards. */
export async function withContainerd<T>(
  use: (ctr: Ctr, socket: string) => Promise<T>,
): Promise<T> {
  return await withEnginePlace(async ({ dir }) => {
    const { ctr, socket, start } = await containerdIn(
      dir,
      `disabled_plugins = ["io.containerd.grpc.v1.cri"]`,
    );
    const daemon = await start();
    try {
      return await use(ctr, socket);
    } finally {
      await daemon.stop();
    }
  });
}

/**
 * A containerd in a folder, not started yet.
 * @param settings of its own, in TOML: keys of the root, and tables
 */
export async function containerdIn(dir: string, settings: string): Promise<Containerd> {
  const at = (name: string): string => join(dir, name);
  const socket = at("containerd.sock");
  const attempt = (...words: string[]): ReturnType<typeof run> =>
    run(["ctr", "--address", socket, ...words]);
  await writeFile(at("config.toml"), config(dir, socket, settings));
  return {
    socket,
    ctr: async (...words) => {
      const { exitCode, stdout, stderr } = await attempt(...words);
      if (exitCode === 0) return stdout;
      throw new Error(`ctr ${words.join(" ")} exited with ${exitCode}: ${stderr.trim()}`);
    },
    start: (isReady = () => Promise.resolve(true)) =>
      startDaemon({
        command: ["containerd", "--config", at("config.toml")],
        log: at("containerd.log"),
        ready: async () => (await attempt("version")).exitCode === 0 && await isReady(),
      }),
  };
}

/** The snapshotter without needs: it copies. */
function config(dir: string, socket: string, settings: string): string {
  return `version = 2
root = "${dir}/root"
state = "${dir}/state"
${settings}
[grpc]
address = "${socket}"
[plugins."io.containerd.service.v1.diff-service"]
default = ["walking"]
[plugins."io.containerd.internal.v1.opt"]
path = "${dir}/opt"
`;
}
