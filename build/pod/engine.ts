import { findProgram } from "../compile/find-program.ts";
import { PauseError } from "../error.ts";
import { type Ended, run, type RunOptions } from "../host/process.ts";
import { clientFailure, type Hint } from "../store/engine/client.ts";

/** The container engines that run pods, in the order in which they are looked for. */
export const ENGINES = ["docker", "podman"] as const;

/** A container engine, by its command-line client: docker's and podman's agree in what is used here. */
export interface Engine {
  readonly name: typeof ENGINES[number];
  /** Runs the client. A failure is a result. */
  attempt(words: readonly string[], options?: Pick<RunOptions, "signal">): Promise<Ended>;
  /**
   * Runs the client and returns what it printed.
   *
   * @param purpose what is being done: `list the pods`
   * @param options `unless`: what it may say and be right
   * @throws PauseError `toolchain` with the client's words when it fails
   */
  must(
    purpose: string,
    words: readonly string[],
    options?: Pick<RunOptions, "signal"> & { readonly unless?: RegExp },
  ): Promise<string>;
}

/**
 * The engine of that name, or the first one that is installed.
 * @throws PauseError `toolchain` when it is not
 */
export function findEngine(name?: Engine["name"]): Engine {
  const found = (name === undefined ? ENGINES : [name]).find((name) => findProgram(name));
  if (found !== undefined) return engineOf(found);
  throw new PauseError(
    "toolchain",
    `Cannot run pods: there is no ${name ?? ENGINES.join(" and no ")} on PATH. Install one of ${
      ENGINES.join(" and ")
    }.`,
  );
}

function engineOf(name: Engine["name"]): Engine {
  // Ctrl-C ends us in good order: a client that it ended too would leave a container to come.
  const attempt: Engine["attempt"] = (words, options) =>
    run([name, ...words], { ...options, ownGroup: true });
  return {
    name,
    attempt,
    must: async (purpose, words, { unless, ...options } = {}) => {
      const ended = await attempt(words, options);
      if (ended.exitCode === 0 || unless?.test(ended.stderr)) return ended.stdout.trim();
      throw clientFailure({ purpose, command: [name, ...words], ended, hints: HINTS });
    },
  };
}

/** What to do about what the clients say of pods. */
const HINTS: readonly Hint[] = [
  [
    /connect to the docker (daemon|API)|connect to Podman|denied while trying to connect/i,
    (engine) =>
      `Start ${engine}, log in as somebody who may use it, or name another engine with --engine.`,
  ],
  [
    /port is already allocated|address already in use/i,
    () => "Free the port, or give hostPort another number.",
  ],
  [
    /executable file not found|no such file or directory/i,
    () => "See whether the image has that program.",
  ],
  [/workdir|working directory/i, () => "See whether the image has that folder."],
  [
    /is already in use/i,
    () => "Remove what has that name, or give the pod another one.",
  ],
];
