import { type ErrorCode, PauseError } from "../../error.ts";
import { type Command, type Ended, run, type RunOptions } from "../../host/process.ts";

/** What to do about what a client says, when its words are these. */
export type Hint = readonly [words: RegExp, next: (client: string) => string];

/** The first one that fits is given. The words are those of docker, podman, buildah, skopeo and ctr. */
const HINTS: readonly Hint[] = [
  [
    /graph ?driver|GetDriver|driver not supported|storage driver/i,
    () =>
      'The storage is of another driver than the one that is asked for: give "driver" in storage.conf the one that it was made with, or name another storage in CONTAINERS_STORAGE_CONF.',
  ],
  [
    /permission denied|operation not permitted|denied while trying/i,
    (client) =>
      `Run it as root, or as somebody who may use ${client}${
        client === "docker" ? " (the group docker)" : ""
      }.`,
  ],
  [
    /connect to the docker (daemon|API)|connect to Podman|failed to dial|connection refused|no such host|error during connect/i,
    (client) => {
      const address = ADDRESSES[client];
      return `Start ${DAEMONS[client] ?? client}${
        address ? `, or say where it is with ${address}` : ""
      }.`;
    },
  ],
  [
    /is not a docker command|unknown command: docker buildx|buildx component is missing/i,
    () => "Install docker's plug-in buildx, or leave ENGINE out.",
  ],
  [/no space left/i, () => "Free some space and run the command again."],
];

/** What the clients talk to, where that has another name. */
const DAEMONS: Readonly<Record<string, string>> = { ctr: "containerd" };

/** The variable by which each client finds it. */
const ADDRESSES: Readonly<Record<string, string>> = {
  docker: "DOCKER_HOST",
  podman: "CONTAINER_HOST",
  ctr: "CONTAINERD_ADDRESS",
};

/** A failure of an engine's client, by name, with its own words and what to do next. */
export interface Failure {
  /** What was being done: `load pause:3.10.2 into docker`. */
  readonly purpose: string;
  readonly command: readonly string[];
  readonly ended: Ended;
  /** What kind of failure it is where the program is there. @default "toolchain" */
  readonly code?: ErrorCode;
  /** Those of the purpose, which go first. @default none */
  readonly hints?: readonly Hint[];
}

type ClientOptions = Pick<RunOptions, "env" | "signal"> & Pick<Failure, "code">;

/**
 * Runs a client of a container engine.
 *
 * @param purpose what is being done: `load pause:3.10.2 into docker`
 * @returns what it printed, without blanks around it
 * @throws PauseError `toolchain` when there is no such program, `code` when it fails; `interrupted`
 */
export async function runClient(
  purpose: string,
  command: Command,
  { code, ...options }: ClientOptions = {},
): Promise<string> {
  const ended = await run(command, options);
  if (ended.exitCode === 0) return ended.stdout.trim();
  throw clientFailure({ purpose, command, ended, ...(code && { code }) });
}

/** The error of a client that failed. */
export function clientFailure(failure: Failure): PauseError {
  const { purpose, command, ended, code = "toolchain", hints = [] } = failure;
  const [client = "", verb = ""] = command;
  const { exitCode, stderr } = ended;
  if (exitCode === NO_PROGRAM && stderr.startsWith("/bin/sh:")) {
    return new PauseError(
      "toolchain",
      `Cannot ${purpose}: there is no ${client} on PATH. Install it, or do without it.`,
    );
  }
  const said = wordsOf(stderr);
  const hint = [...hints, ...HINTS].find(([pattern]) => pattern.test(said))?.[1](client) ??
    "Mend that, and run it again.";
  return new PauseError(
    code,
    `Cannot ${purpose}: ${
      verb.startsWith("-") ? client : `${client} ${verb}`
    } exited with ${exitCode}: ${said || "it said nothing"}${
      /[.?!]$/.test(said) ? "" : "."
    } ${hint}`,
  );
}

/** As a shell says that it found no program; engines have it from containers. */
const NO_PROGRAM = 127;

/** The last lines that say something: no warnings, no advice on help, nothing but the words of a log line. */
function wordsOf(stderr: string): string {
  return stderr.trim().split("\n")
    .filter((line) => !/^(Run|See) '|^(Usage|Run '|DEPRECATED)|^\s*$|level=warning/.test(line))
    .map((line) => line.replace(/^time="[^"]*" level=\w+ msg=("?)(.*)\1$/, "$2").trim())
    .slice(-3).join(" ");
}
