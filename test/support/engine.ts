import { type Command, commandLine, type Ended, run } from "../../build/host/process.ts";

/** A container engine with an image store of its own, driven through its command-line client. */
export interface Engine {
  readonly name: "docker" | "podman";
  /** What leads a client to it, by environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs the client with these words. @throws Error with the client's words when it fails */
  client(...words: string[]): Promise<string>;
  /** As {@link client}, with a failure as a result. */
  attempt(...words: string[]): Promise<Ended>;
  /** Loads an archive that `docker save` could have written. Returns the reference that it named. */
  load(archive: string): Promise<string>;
  pull(reference: string): Promise<void>;
  /** Starts a container in the background, without a network. Returns its id. */
  run(reference: string, ...options: string[]): Promise<string>;
  /** What the engine knows of a container or image. */
  inspect(name: string): Promise<Record<string, unknown>>;
  /** Stops a container as `docker stop` does; SIGKILL would follow after ten seconds. */
  stop(container: string): Promise<Stopped>;
  /** What the container wrote on both outputs. */
  logs(container: string): Promise<string>;
}

/** How a container ended. */
export interface Stopped {
  readonly exitCode: number;
  /** From the stop command to its end. */
  readonly milliseconds: number;
}

/**
 * An engine by its client. docker's and podman's agree in all that is used here.
 * @param options what every `run` gets
 */
export function clientEngine(
  name: Engine["name"],
  client: Command,
  env: Readonly<Record<string, string>>,
  options: readonly string[],
): Engine {
  const attempt = (...words: string[]): Promise<Ended> => run([...client, ...words], { env });
  const must = async (...words: string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await attempt(...words);
    if (exitCode === 0) return stdout.trim();
    throw new Error(`${commandLine([name, ...words])} exited with ${exitCode}: ${stderr.trim()}`);
  };
  const inspect: Engine["inspect"] = async (what) =>
    (JSON.parse(await must("inspect", what)) as Record<string, unknown>[])[0] ?? {};
  return {
    name,
    env,
    attempt,
    client: must,
    inspect,
    load: async (archive) => loaded(await must("load", "--input", archive)),
    pull: async (reference) => void await must("pull", "--quiet", reference),
    run: (reference, ...more) => must("run", "--detach", ...options, ...more, reference),
    stop: async (container) => {
      const start = performance.now();
      await must("stop", container);
      const milliseconds = performance.now() - start;
      const { ExitCode } = (await inspect(container))["State"] as { ExitCode: number };
      return { exitCode: ExitCode, milliseconds };
    },
    logs: async (container) => {
      const { stdout, stderr } = await attempt("logs", container);
      return stdout + stderr;
    },
  };
}

function loaded(output: string): string {
  const reference = /^Loaded image(?:\(s\)| ID)?: *(\S+)/m.exec(output)?.[1];
  if (reference === undefined) throw new Error(`load named no image: ${output}`);
  return reference;
}
