import { mkdir, writeFile } from "node:fs/promises";
import { get } from "node:http";
import { join } from "node:path";
import type { Command } from "../../build/host/process.ts";
import { type Daemon, startDaemon } from "./daemon.ts";
import { clientEngine, type Engine } from "./engine.ts";
import { type EnginePlace, withEnginePlace } from "./engine-place.ts";

/**
 * Runs `use` with a docker of its own: daemon, storage, socket and control group, no network of the
 * machine touched. Nothing of it is left afterwards.
 *
 * @param inside words that run a command in a network namespace where the daemon may have a bridge,
 * see `withNetwork`; none: no container has a network
 */
export async function withDockerd<T>(
  use: (docker: Engine) => Promise<T>,
  inside?: Command,
): Promise<T> {
  return await withEnginePlace(async (place) => {
    const socket = join(place.dir, "docker.sock");
    const daemon = await start(place, socket, inside);
    // Credentials and plug-ins of whoever runs the tests stay out.
    const env = { DOCKER_HOST: `unix://${socket}`, DOCKER_CONFIG: join(place.dir, "config") };
    const docker = clientEngine("docker", ["docker"], env, ["--network", "none"]);
    try {
      return await use(docker);
    } finally {
      const ids = (await docker.attempt("ps", "--all", "--quiet")).stdout.split("\n");
      await docker.attempt("rm", "--force", "--volumes", ...ids.filter(Boolean));
      await daemon.stop();
    }
  });
}

async function start(
  { dir, cgroup }: EnginePlace,
  socket: string,
  inside: Command | undefined,
): Promise<Daemon> {
  const at = (name: string): string => join(dir, name);
  // A namespace of its own, for where the daemon takes the machine's containerd.
  const namespace = `pause-e2e${cgroup.replaceAll("/", "-")}`;
  await mkdir(at("config"));
  // The machine's own daemon.json could name the same settings as the flags below: a conflict.
  await writeFile(at("daemon.json"), "{}");
  return await startDaemon({
    command: [
      ...(inside ?? ["env"]),
      "dockerd",
      ...["--host", `unix://${socket}`, "--data-root", at("data"), "--exec-root", at("exec")],
      ...["--pidfile", at("pid"), "--config-file", at("daemon.json")],
      ...["--containerd-namespace", namespace, "--containerd-plugins-namespace", `${namespace}-p`],
      ...["--exec-opt", "native.cgroupdriver=cgroupfs", "--cgroup-parent", cgroup],
      // Bridge, routes and packet filter belong to the machine and to other daemons on it.
      ...(inside ? [] : ["--bridge=none", "--iptables=false", "--ip-forward=false"]),
      "--ip6tables=false",
    ],
    log: at("dockerd.log"),
    ready: () => answers(socket),
  });
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    get({ socketPath, path: "/_ping" }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    }).on("error", () => resolve(false));
  });
}
