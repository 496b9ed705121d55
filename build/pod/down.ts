import { setTimeout as sleep } from "node:timers/promises";
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
    await remove(engine, pod.name, ids);
  }
  return true;
}

/** Times that it is looked whether somebody else has done with removing, and milliseconds between. */
const [LOOKS, PAUSE] = [50, 100];

/** Removes containers, which somebody else may be doing too. */
async function remove(engine: Engine, pod: string, ids: readonly string[]): Promise<void> {
  const words = ["rm", "--force", "--volumes", ...ids];
  for (let looks = 0; looks < LOOKS; looks++) {
    const { exitCode, stderr } = await engine.attempt(words);
    if (exitCode === 0) return;
    const [left] = await listPods(engine, { pod });
    if (!inOrder(left).flat().some((id) => ids.includes(id))) return;
    if (!/already in progress/.test(stderr)) break;
    await sleep(PAUSE);
  }
  await engine.must(`remove the pod ${pod}`, words);
}

function inOrder(pod: RunningPod | undefined): readonly (readonly string[])[] {
  const { infra, containers = [] } = pod ?? {};
  return [containers.map(({ id }) => id), infra ? [infra.id] : []];
}
