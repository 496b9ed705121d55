import type { Engine } from "./engine.ts";
import { listPods, type RunningPod } from "./ps.ts";

/**
 * Stops and removes a pod: its containers first, because the pause container holds what they stand
 * on. A pod that is not there is down already.
 *
 * @param only by the pod's name, or by the run of `up` that made it
 * @param patience seconds that a container has to end by itself after SIGTERM. @default 10
 * @returns whether there was anything
 * @throws PauseError `toolchain` when the engine does not answer, or keeps something
 */
export async function downPod(
  engine: Engine,
  only: { readonly pod: string } | { readonly run: string },
  patience = 10,
): Promise<boolean> {
  const [pod] = await listPods(engine, only);
  if (pod === undefined) return false;
  for (const ids of inOrder(pod)) {
    if (ids.length === 0) continue;
    // What does not run, or ends in between, need not be stopped. Removing has the last word.
    await engine.attempt(["stop", "-t", `${patience}`, ...ids]);
    await engine.must(`remove the pod ${pod.name}`, ["rm", "--force", "--volumes", ...ids]);
  }
  return true;
}

function inOrder({ infra, containers }: RunningPod): readonly (readonly string[])[] {
  return [containers.map(({ id }) => id), infra ? [infra.id] : []];
}
