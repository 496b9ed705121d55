import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "../../build/host/process.ts";
import { clientEngine, type Engine } from "./engine.ts";
import { withEnginePlace } from "./engine-place.ts";

/**
 * Runs `use` with a podman of its own: storage, state, configuration and control group. Nothing of
 * it is left afterwards.
 *
 * @param inside words that run a command in a network namespace where podman may have a bridge, see
 * `withNetwork`; none: no container has a network
 */
export async function withPodman<T>(
  use: (podman: Engine) => Promise<T>,
  inside?: Command,
): Promise<T> {
  return await withEnginePlace(async (place) => {
    const env = await configure(place.dir);
    const options = ["--network", "none", "--cgroup-parent", place.cgroup];
    const podman = clientEngine(
      "podman",
      inside ? [...inside, "podman"] : ["podman"],
      env,
      options,
    );
    try {
      return await use(podman);
    } finally {
      await podman.attempt("rm", "--all", "--force", "--time", "0");
    }
  });
}

/** Writes the configuration into `dir` and returns the environment that leads podman to it. */
async function configure(dir: string): Promise<Record<string, string>> {
  const at = (name: string): string => join(dir, name);
  await mkdir(at(".config/containers"), { recursive: true });
  for (const [name, text] of Object.entries(files(dir))) await writeFile(at(name), text);
  return {
    // policy.json has no variable: it is found from the home folder.
    HOME: dir,
    TMPDIR: dir,
    XDG_CONFIG_HOME: at(".config"),
    CONTAINERS_CONF: at("containers.conf"),
    CONTAINERS_STORAGE_CONF: at("storage.conf"),
    CONTAINERS_REGISTRIES_CONF: at("registries.conf"),
    REGISTRY_AUTH_FILE: at("auth.json"),
  };
}

function files(dir: string): Record<string, string> {
  return {
    ".config/containers/policy.json": `{ "default": [{ "type": "insecureAcceptAnything" }] }`,
    // crun and systemd's control groups refuse where a sandbox has hybrid groups; vfs works on any
    // file system.
    "containers.conf": `[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[network]
network_backend = "netavark"
network_config_dir = "${dir}/networks"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "none"
static_dir = "${dir}/static"
tmp_dir = "${dir}/tmp"
volume_path = "${dir}/volumes"
`,
    "storage.conf": `[storage]
driver = "vfs"
graphroot = "${dir}/root"
runroot = "${dir}/run"
`,
    "registries.conf": `[[registry]]
location = "127.0.0.1"
insecure = true
`,
    "auth.json": "{}",
  };
}
