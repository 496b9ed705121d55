import { readdirSync, readFileSync } from "node:fs";
import { containerdIn, type Ctr } from "../containerd.ts";
import type { Daemon } from "../daemon.ts";
import { inUse, kill, withEnginePlace } from "../engine-place.ts";
import { type Ask, withCriClient } from "./client.ts";
import { type ExitOf, withExits } from "./exits.ts";

/** A node of a cluster, as far as its runtime goes: containerd with CRI. We are its kubelet. */
export interface Node {
  readonly ask: Ask;
  readonly socket: string;
  /** containerd's own client, in the namespace where CRI keeps everything. */
  readonly ctr: Ctr;
  /** Starts to listen, for as long as `use` runs: how the processes of containers end. */
  withExits<T>(use: (exitOf: ExitOf) => Promise<T>): Promise<T>;
  /** Runs a pod whose containers share its PID namespace, in the network of this machine. */
  runPod(name: string): Promise<Pod>;
  /** Starts a container in a pod, in the PID namespace of the pod. */
  startContainer(pod: Pod, image: string): Promise<Container>;
  pod(id: string): Promise<PodStatus>;
  /** Stops containerd, and starts it again: what it holds goes on. */
  restart(): Promise<void>;
  /** The numbers of the processes through which containerd holds its pods. */
  shims(): number[];
  /** What else pods have of this machine: containers and tasks of containerd, mounts, control groups. */
  holds(): Promise<string[]>;
}

export interface PodStatus {
  readonly state: "SANDBOX_READY" | "SANDBOX_NOTREADY";
  /** The number of the infra container's process among all processes of this machine; 0 when it has ended. */
  readonly pid: number;
  /** The image that it was made of. */
  readonly image: string;
}

export interface Pod {
  readonly id: string;
  readonly config: unknown;
}

export interface Container {
  readonly id: string;
  /** As {@link PodStatus.pid}. */
  readonly pid: number;
}

/**
 * A pod in the network of this machine needs no CNI, and its containers no network of their own.
 * `POD` is a PID namespace for all containers of the pod.
 */
const NAMESPACES = { network: "NODE", pid: "POD" } as const;

/** Gives `use` a node whose pods have `sandboxImage`. Nothing of it is left afterwards. */
export async function withNode<T>(
  sandboxImage: string,
  use: (node: Node) => Promise<T>,
): Promise<T> {
  return await withEnginePlace(async (place) => {
    const { socket, ctr, start } = await containerdIn(place.dir, settings(place.dir, sandboxImage));
    return await withCriClient(socket, async (ask) => {
      // It serves before CRI has found what was there.
      const isReady = (): Promise<boolean> => ask("ListPodSandbox").then(() => true, () => false);
      const daemon = { now: await start(isReady) };
      const restart = async (): Promise<void> => {
        await daemon.now.stop();
        daemon.now = await start(isReady);
      };
      const inNamespace: Ctr = (...words) => ctr("--namespace", "k8s.io", ...words);
      try {
        return await use({
          ...kubelet(ask, place.cgroup),
          ask,
          socket,
          ctr: inNamespace,
          withExits: (use) => withExits(place.dir, socket, use),
          restart,
          shims: () => shimsOf(socket),
          holds: async () => [...await known(inNamespace), ...await inUse(place)],
        });
      } finally {
        await end(ask, daemon.now, socket);
      }
    });
  });
}

function settings(dir: string, sandboxImage: string): string {
  const cri = (table = ""): string => `[plugins."io.containerd.grpc.v1.cri"${table}]`;
  return `${cri()}
sandbox_image = "${sandboxImage}"
# Without CAP_SYS_RESOURCE no process may get a lower score than ours.
restrict_oom_score_adj = true
${cri(".cni")}
conf_dir = "${dir}/cni"
bin_dir = "${dir}/cni"
${cri(".containerd")}
snapshotter = "native"
${cri(".containerd.runtimes.runc")}
runtime_type = "io.containerd.runc.v2"
${cri(".containerd.runtimes.runc.options")}
Root = "${dir}/runc"`;
}

/** What the kubelet asks for, and what it is told. */
function kubelet(ask: Ask, cgroupParent: string): Pick<Node, "runPod" | "startContainer" | "pod"> {
  return {
    runPod: async (name) => {
      const metadata = { name, uid: name, namespace: "default" };
      const securityContext = { namespaceOptions: NAMESPACES };
      const config = { metadata, linux: { cgroupParent, securityContext } };
      const { podSandboxId: id } = await ask<{ podSandboxId: string }>("RunPodSandbox", { config });
      return { id, config };
    },
    pod: async (podSandboxId) => {
      const { status: { state }, info } = await ask<
        { status: Pick<PodStatus, "state">; info: { info: string } }
      >("PodSandboxStatus", { podSandboxId, verbose: true });
      const { pid, image } = JSON.parse(info.info) as PodStatus;
      return { state, pid, image };
    },
    startContainer: async ({ id: podSandboxId, config: sandboxConfig }, image) => {
      await ask("PullImage", { image: { image } });
      const linux = { securityContext: { namespaceOptions: NAMESPACES } };
      const config = { metadata: { name: "app" }, image: { image }, linux };
      const request = { podSandboxId, sandboxConfig, config };
      const { containerId } = await ask<{ containerId: string }>("CreateContainer", request);
      await ask("StartContainer", { containerId });
      const { info } = await ask<{ info: { info: string } }>(
        "ContainerStatus",
        { containerId, verbose: true },
      );
      return { id: containerId, pid: (JSON.parse(info.info) as { pid: number }).pid };
    },
  };
}

/** Ends all pods, and containerd. Without containerd, shims would keep them for ever. */
async function end(ask: Ask, daemon: Daemon, socket: string): Promise<void> {
  try {
    const { items } = await ask<{ items: { id: string }[] }>("ListPodSandbox");
    for (const { id: podSandboxId } of items) {
      await ask("RemovePodSandbox", { podSandboxId });
    }
  } finally {
    await daemon.stop();
    for (const pid of shimsOf(socket)) kill(pid);
  }
}

/** What containerd itself keeps of containers. */
async function known(ctr: Ctr): Promise<string[]> {
  const lists = [["containers", "ls", "--quiet"], ["tasks", "ls", "--quiet"]];
  const ids = await Promise.all(lists.map((words) => ctr(...words)));
  return ids.flatMap((text) => text.split("\n").filter(Boolean));
}

function shimsOf(socket: string): number[] {
  return readdirSync("/proc").map(Number).filter((pid) => {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      return words[0]?.endsWith("containerd-shim-runc-v2") && words.includes(socket);
    } catch {
      // No process, or one that has ended in the meantime.
      return false;
    }
  });
}
