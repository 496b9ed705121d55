import { PauseError } from "../../build/error.ts";
import { GOALS } from "../../build/make/goals.ts";
import { fromEnvironment } from "../../build/make/settings.ts";
import { readArguments } from "../../build/terminal/arguments.ts";
import { COMMANDS } from "../../build/terminal/commands.ts";

/** Something that the compiled program may do. What is not in the table, it never may. */
interface Grant {
  /** Deno's name. */
  readonly name: "read" | "write" | "net" | "run" | "env" | "sys";
  /** Of what. Without it: of all, for only the user knows which. */
  readonly only?: readonly string[];
  readonly why: string;
}

/** All that the compiled program is given when it is compiled. */
export const GRANTS: readonly Grant[] = [
  { name: "read", why: "sources, layouts, archives, certificates and credentials, wherever" },
  { name: "write", why: "bin/, OUTPUT, archives and temporary folders" },
  { name: "net", why: "registries, token servers, storage and proxies of any name" },
  { name: "run", why: "compilers, git, docker, emulators and credential helpers" },
  { name: "env", why: "what is started inherits it whole" },
  {
    name: "sys",
    only: ["gid", "homedir", "hostname", "uid"],
    why: "what we may execute; where credentials are; who holds a lock; who we are",
  },
];

/** The table as words for `deno run` and `deno compile`. Nobody is ever asked for more. */
export function permissionFlags(): string[] {
  const flags = GRANTS.map(({ name, only }) => `--allow-${name}${only ? `=${only}` : ""}`);
  return ["--no-prompt", ...flags, "--deny-import"];
}

/** What is given up at once, because the command line does not need it. */
type Dispensable = "write" | "net" | "run";

/** What the words ask for: only to print something, to build here, or to speak to others. */
type Reach = "print" | "build" | "all";

const DISPENSABLE: Readonly<Record<Reach, readonly Dispensable[]>> = {
  print: ["write", "net", "run"],
  build: ["net"],
  all: [],
};

/** What a command line does not need. */
export function dispensable(
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): readonly Dispensable[] {
  return DISPENSABLE[reachOf(words, env)];
}

function reachOf(
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Reach {
  if (words[0] === "completion") return "print";
  if (COMMANDS.some(({ name }) => name === words[0])) return "all";
  try {
    const { goals, assignments, help, version } = readArguments(words);
    if (help || version) return "print";
    const { OUTPUT } = { ...fromEnvironment(env), ...assignments };
    const steps = GOALS.filter(({ name }) => goals.includes(name)).flatMap(({ steps }) => steps);
    const isPublic = OUTPUT === "registry" || steps.some((step) => step.startsWith("push"));
    return isPublic ? "all" : "build";
  } catch (error) {
    // The program is about to refuse these words, and to say why.
    if (error instanceof PauseError) return "print";
    throw error;
  }
}
