import type { Command } from "../../build/host/process.ts";
import { withDockerd } from "../support/docker.ts";
import type { Engine } from "../support/engine.ts";
import { withNetwork } from "../support/network.ts";
import { loadPodImages, type PodImages } from "../support/pod-images.ts";
import { withPodman } from "../support/podman.ts";

/** An engine with a network of its own and the images of a pod. */
export interface PodStage {
  readonly engine: Engine;
  /** The words that run a command where the pod's address can be reached. */
  readonly inside: Command;
  readonly images: PodImages;
}

/** The engines that pods run on, with the programs that the tests of each need. */
export const ENGINES = [
  { name: "docker", programs: ["docker", "dockerd", "busybox", "nginx", "curl"] },
  { name: "podman", programs: ["podman", "runc", "busybox", "nginx", "curl"] },
] as const;

/** Runs `use` with an engine that starts pods. Nothing of it is left afterwards. */
export async function withPodStage<T>(
  name: Engine["name"],
  use: (stage: PodStage) => Promise<T>,
): Promise<T> {
  const withEngine = { docker: withDockerd, podman: withPodman }[name];
  return await withNetwork((inside) =>
    withEngine(
      async (engine) => await use({ engine, inside, images: await loadPodImages(engine) }),
      inside,
    )
  );
}
