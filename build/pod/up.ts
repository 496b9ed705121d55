import { randomUUID } from "node:crypto";
import { PauseError, reason } from "../error.ts";
import { sha256 } from "../oci/digest.ts";
import { downPod } from "./down.ts";
import type { Engine } from "./engine.ts";
import type { Pod } from "./file.ts";
import { listPods, type RunningPod } from "./ps.ts";
import { containerWords, infraWords } from "./words.ts";

/** How a pod is brought up. */
export interface UpOptions {
  /** The pause image. */
  readonly infraImage: string;
  /** What to do when the engine lacks it, which is then not fetched: a command. @default fetch it */
  readonly makeInfra?: string;
  /** Ends it; what was begun is taken down. */
  readonly signal?: AbortSignal;
  /** Is told of each image that is fetched. */
  readonly onPull?: (image: string) => void;
}

/** A pod that is up. */
export interface UpPod extends RunningPod {
  /** Whether it was there, just so, before. */
  readonly outcome: "started" | "running";
}

/**
 * Brings a pod up: the pause container, then the others in their order. When one of them does not
 * start, all are taken down again.
 *
 * @throws PauseError `usage` when a pod of that name is there which is not this one, or not whole;
 * `toolchain` when an image is missing or the engine refuses; `interrupted`
 */
export async function upPod(engine: Engine, pod: Pod, options: UpOptions): Promise<UpPod> {
  const { infraImage, signal } = options;
  const source = sha256(new TextEncoder().encode(JSON.stringify([pod, infraImage])));
  const [there] = await listPods(engine, { pod: pod.name });
  if (there !== undefined) return { ...alreadyUp(there, pod, source), outcome: "running" };
  await fetchImages(engine, pod, options);
  const run = randomUUID();
  try {
    const infra = infraWords(pod, infraImage, source, run);
    await start(engine, infra, `start the pod ${pod.name}`, signal);
    for (const container of pod.containers) {
      const purpose = `start the container ${container.name} of the pod ${pod.name}`;
      await start(engine, containerWords(pod, container, run), purpose, signal);
    }
    signal?.throwIfAborted();
  } catch (error) {
    await takeDown(engine, run, error);
    // A terminal's Ctrl-C ends the client too, which then has failed.
    signal?.throwIfAborted();
    throw error;
  }
  const [up] = await listPods(engine, { pod: pod.name });
  if (up === undefined) {
    throw new PauseError(
      "toolchain",
      `Cannot bring the pod ${pod.name} up: its containers are gone as soon as they started. See whether something else removes them.`,
    );
  }
  return { ...up, outcome: "started" };
}

async function takeDown(engine: Engine, run: string, error: unknown): Promise<void> {
  try {
    await downPod(engine, { run }, 0);
  } catch (left) {
    throw new PauseError(
      "toolchain",
      `${reason(error)} What was begun is still there: ${reason(left)}`,
      { cause: error },
    );
  }
}

/** A client that is stopped halfway may leave a container to come: it is let to its end. */
async function start(
  engine: Engine,
  words: readonly string[],
  purpose: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  await engine.must(purpose, words);
}

function alreadyUp(there: RunningPod, { name, containers }: Pod, source: string): RunningPod {
  const missing = containers.filter((container) =>
    !there.containers.some(({ name, status }) => name === container.name && status === "running")
  ).map(({ name }) => name);
  const found = there.infra?.status !== "running"
    ? "without its pause container"
    : there.infra.source !== source
    ? "made from another file or with another pause image"
    : missing.length > 0
    ? `and ${missing.join(", ")} not running`
    : undefined;
  if (found === undefined) return there;
  throw new PauseError(
    "usage",
    `Cannot bring the pod ${name} up: it is there already, ${found}. Take it down first: pause-image pod down ${name}.`,
  );
}

async function fetchImages(engine: Engine, pod: Pod, options: UpOptions): Promise<void> {
  const { infraImage, makeInfra, signal, onPull } = options;
  for (const image of new Set([infraImage, ...pod.containers.map(({ image }) => image)])) {
    const { exitCode } = await engine.attempt(["image", "inspect", image], {
      ...signal && { signal },
    });
    if (exitCode === 0) continue;
    if (image === infraImage && makeInfra !== undefined) {
      throw new PauseError(
        "toolchain",
        `Cannot bring the pod ${pod.name} up: ${engine.name} has no ${image}, the pause image. Make and load it: ${makeInfra}; or name another with --infra-image.`,
      );
    }
    onPull?.(image);
    await engine.must(`fetch the image ${image}`, ["pull", "--quiet", image], {
      ...signal && { signal },
    });
  }
}
