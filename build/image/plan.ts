import { formatPlatform, type Platform } from "../oci/platform.ts";
import { type Change, type Draft, emptyDraft } from "./draft.ts";
import { type Dockerfile, type Instruction, instructionText } from "./dockerfile.ts";
import { elsewhere, readInstruction } from "./instructions.ts";
import { refuse } from "./place.ts";
import { expand, type Scope, splitBlanks } from "./words.ts";

/** What one instruction does. */
export interface Step {
  /** The instruction, for the image's history. */
  readonly text: string;
  /** Undefined when it leaves the files alone. */
  readonly change: Change | undefined;
}

/** All that a Dockerfile says for a platform, understood. No file has been read for it. */
export interface Plan {
  /** How errors name the Dockerfile. */
  readonly path: string;
  readonly platform: Platform;
  readonly draft: Draft;
  readonly steps: readonly Step[];
}

/** What Docker, BuildKit and buildah give a Linux image that starts from scratch. */
const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * Understands every instruction of a Dockerfile, so that what cannot be built is refused before
 * anything is.
 *
 * @param path how errors name the file
 * @param buildArgs values of ARGs, over the presets in the file; names that no ARG has are left alone
 * @throws PauseError `dockerfile` with `path:line` for the first instruction that is wrong, unknown, or
 * not done by the embedded builder
 */
export function planImage(
  dockerfile: Dockerfile,
  path: string,
  platform: Platform,
  buildArgs: Readonly<Record<string, string>>,
): Plan {
  const { instructions, escape } = dockerfile;
  const at = instructions.findIndex(({ keyword }) => keyword === "FROM");
  const from = instructions[at];
  if (from === undefined) {
    throw refuse({ path, line: 1 }, "it has no FROM", "Begin with FROM scratch.");
  }

  const preface = emptyDraft(targetArguments(platform), {});
  for (const instruction of instructions.slice(0, at)) {
    if (instruction.keyword !== "ARG") {
      throw refuse(instruction.place, `${instruction.keyword} comes before FROM`, "Move it below.");
    }
    read(instruction, preface, new Map(), escape, buildArgs);
  }
  readFrom(from, scopeOf(from, preface, escape));

  const draft = emptyDraft({}, platform.os === "linux" ? { PATH: DEFAULT_PATH } : {});
  const steps = instructions.slice(at + 1).map((instruction) => ({
    text: instructionText(instruction),
    change: read(instruction, draft, preface.args, escape, buildArgs),
  }));
  return { path, platform, draft, steps };
}

/** @see https://docs.docker.com/reference/dockerfile/#automatic-platform-args-in-the-global-scope */
function targetArguments(platform: Platform): Readonly<Record<string, string>> {
  return {
    TARGETPLATFORM: formatPlatform(platform),
    TARGETOS: platform.os,
    TARGETARCH: platform.architecture,
    TARGETVARIANT: platform.variant ?? "",
  };
}

function read(
  instruction: Instruction,
  draft: Draft,
  inherited: ReadonlyMap<string, string>,
  escape: string,
  given: Readonly<Record<string, string>>,
): Change | undefined {
  const scope = scopeOf(instruction, draft, escape);
  return readInstruction({ instruction, draft, scope, given, inherited });
}

/** Docker's manual: a variable of ENV always hides an ARG of the same name. */
function scopeOf({ place }: Instruction, { env, args }: Draft, escape: string): Scope {
  return { lookup: (name) => env.get(name) ?? args.get(name), escape, place };
}

/** `FROM scratch [AS name]`: the one start that takes no image from anywhere. */
function readFrom({ rest, flags, place }: Instruction, scope: Scope): void {
  const [image = "", as, name, ...more] = splitBlanks(rest);
  const base = expand(image, scope);
  const plain = as === undefined || (as.toUpperCase() === "AS" && name !== undefined);
  if (flags.length === 0 && plain && more.length === 0 && base === "scratch") return;
  const found = flags.length > 0
    ? `FROM --${flags[0]?.[0]} is not done here`
    : `the embedded builder starts from scratch, and not from "${expand(rest, scope)}"`;
  throw refuse(place, found, elsewhere(place));
}
