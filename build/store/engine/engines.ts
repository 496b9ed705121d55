import { existsSync } from "node:fs";
import { PauseError } from "../../error.ts";
import { type Command, run } from "../../host/process.ts";
import { formatReference, parseRepository } from "../../oci/reference.ts";
import { clientFailure, runClient } from "./client.ts";
import type { Containerd, Engine, EngineForm } from "./engine.ts";

/** The label by which containerd's CRI plugin keeps an image from the kubelet's garbage collection. */
export const PINNED = "io.cri-containerd.pinned=pinned";

/** The engine of that name. @param containerd where that is; of no use to the others */
export function engineOf(form: EngineForm, containerd: Containerd): Engine {
  return ENGINES[form](containerd);
}

const ENGINES: Readonly<Record<EngineForm, (containerd: Containerd) => Engine>> = {
  docker: () => ({
    form: "docker",
    transport: "docker-daemon",
    archive: "docker",
    repository: (repository) => repository,
    require: asks("docker", ["docker", "version", "--format={{.Server.Version}}"]),
    // With its own image store it takes the images of single platforms alone.
    takesIndex: async (signal) =>
      (await runClient("ask docker for its image store", [
        "docker",
        "info",
        "--format={{json .DriverStatus}}",
      ], options(signal))).includes("io.containerd.snapshotter.v1"),
    load: async ({ file, names }, signal) =>
      void await runClient(
        `load ${names.join(", ")} into docker`,
        ["docker", "load", "--quiet", "--input", file],
        options(signal),
      ),
    identify: answers((name) => ["docker", "image", "inspect", "--format={{.Id}}", name]),
  }),

  podman: () => ({
    form: "podman",
    transport: "containers-storage",
    archive: "docker",
    repository: withLocalhost,
    require: asks("podman", ["podman", "info", "--format={{.Store.GraphDriverName}}"]),
    takesIndex: () => Promise.resolve(false),
    load: async ({ file, names }, signal) =>
      void await runClient(
        `load ${names.join(", ")} into podman`,
        ["podman", "load", "--quiet", "--input", file],
        options(signal),
      ),
    identify: answers((name) => ["podman", "image", "inspect", "--format={{.Id}}", name]),
  }),

  "containers-storage": () => ({
    form: "containers-storage",
    transport: "containers-storage",
    archive: "docker",
    repository: withLocalhost,
    require: requireStorage,
    takesIndex: () => Promise.resolve(false),
    load: async ({ file, names }, signal) => {
      for (const name of names) {
        await runClient(
          `write ${name} to containers-storage`,
          ["skopeo", "copy", "--quiet", `docker-archive:${file}:${name}`, `${STORAGE}:${name}`],
          options(signal),
        );
      }
    },
    identify: answers((
      name,
    ) => ["skopeo", "inspect", "--format={{.Digest}}", `${STORAGE}:${name}`]),
  }),

  containerd: (place) => {
    const ctr = (...words: readonly string[]): Command => [
      "ctr",
      // A socket that nobody listens at would be waited for ten seconds.
      "--connect-timeout=5s",
      `--address=${place.address}`,
      `--namespace=${place.namespace}`,
      ...words,
    ];
    return {
      form: "containerd",
      transport: "containerd",
      archive: "oci",
      repository: (repository) => formatReference(parseRepository(repository)),
      require: (signal) => requireContainerd(place, ctr("version"), signal),
      takesIndex: () => Promise.resolve(true),
      load: async ({ file, names }, signal) => {
        const purpose = `import ${names.join(", ")} into containerd`;
        // Who runs a container unpacks it for the snapshotter that is then in use.
        const words = ["images", "import", "--all-platforms", "--no-unpack", file];
        await runClient(purpose, ctr(...words), options(signal));
        for (const name of names) {
          await runClient(`pin ${name}`, ctr("images", "label", name, PINNED), options(signal));
        }
      },
      identify: async (name, signal) => {
        const { stdout } = await run(ctr("images", "ls", `name==${name}`), options(signal));
        return stdout.includes(PINNED) ? /\bsha256:[0-9a-f]{64}\b/.exec(stdout)?.[0] : undefined;
      },
    };
  },
};

const STORAGE = "containers-storage";

const options = (signal: AbortSignal | undefined): { signal?: AbortSignal } =>
  signal ? { signal } : {};

/** Sees that a client answers, and so what it is the client of. */
function asks(name: string, command: Command): Engine["require"] {
  return async (signal) => void await runClient(`load into ${name}`, command, options(signal));
}

/** What a client prints, if it knows what it is asked for. */
function answers(command: (name: string) => Command): Engine["identify"] {
  return async (name, signal) => {
    const { exitCode, stdout } = await run(command(name), options(signal));
    return exitCode === 0 ? stdout.trim() : undefined;
  };
}

/** podman and its kin say `localhost/` where docker says nothing. */
function withLocalhost(repository: string): string {
  return repository.includes("/") ? repository : `localhost/${repository}`;
}

/** Asks for an image that nobody has: the storage has to be opened to know that. */
async function requireStorage(signal?: AbortSignal): Promise<void> {
  const command: Command = ["skopeo", "inspect", `${STORAGE}:localhost/pause-image.invalid:asks`];
  const ended = await run(command, options(signal));
  if (ended.exitCode === 0 || /does not resolve to an image|not an image/.test(ended.stderr)) {
    return;
  }
  throw clientFailure({ purpose: "write to containers-storage", command, ended });
}

/** A socket that is not there is said so at once; the client would wait for it. */
async function requireContainerd(
  { address, namespace }: Containerd,
  command: Command,
  signal?: AbortSignal,
): Promise<void> {
  const path = address.replace(/^unix:\/\//, "");
  const purpose = `import into containerd's namespace ${namespace}`;
  const hasProgram = await run(["ctr", "--version"], options(signal));
  if (hasProgram.exitCode === 0 && !existsSync(path)) {
    throw new PauseError(
      "toolchain",
      `Cannot ${purpose}: there is no socket ${path}. Start containerd, or say where it is with CONTAINERD_ADDRESS, such as /run/k3s/containerd/containerd.sock.`,
    );
  }
  await runClient(purpose, command, options(signal));
}
