import { formatPlatform, type Platform } from "../oci/platform.ts";
import type { Base } from "./base.ts";
import { type Change, type Draft, draftOn, emptyDraft } from "./draft.ts";
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

/** An image to build on, by the name that FROM has for it: `mcr.microsoft.com/x@sha256:…`. */
export interface NamedBase {
  readonly name: string;
  readonly image: Base;
}

/** All that a Dockerfile says for a platform, understood. No file has been read for it. */
export interface Plan {
  /** How errors name the Dockerfile. */
  readonly path: string;
  readonly platform: Platform;
  /** What it is built on; undefined: from scratch. */
  readonly base?: NamedBase;
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
 * @param platform of the image; on a base it is the base's, os.version included
 * @param buildArgs values of ARGs, over the presets in the file; names that no ARG has are left alone
 * @param base what FROM has to name. @default scratch
 * @throws PauseError `dockerfile` with `path:line` for the first instruction that is wrong, unknown, or
 * not done by the embedded builder
 */
export function planImage(
  dockerfile: Dockerfile,
  path: string,
  platform: Platform,
  buildArgs: Readonly<Record<string, string>>,
  base?: NamedBase,
): Plan {
  const { instructions, escape } = dockerfile;
  const at = instructions.findIndex(({ keyword }) => keyword === "FROM");
  const from = instructions[at];
  if (from === undefined) {
    throw refuse({ path, line: 1 }, "it has no FROM", `Begin with FROM ${base?.name ?? SCRATCH}.`);
  }

  const { os } = platform;
  const preface = emptyDraft(os, targetArguments(platform), {});
  for (const instruction of instructions.slice(0, at)) {
    if (instruction.keyword !== "ARG") {
      throw refuse(instruction.place, `${instruction.keyword} comes before FROM`, "Move it below.");
    }
    read(instruction, preface, new Map(), escape, buildArgs);
  }
  readFrom(from, scopeOf(from, preface, escape), base?.name ?? SCRATCH);

  const draft = base === undefined
    ? emptyDraft(os, {}, os === "linux" ? { PATH: DEFAULT_PATH } : {})
    : draftOn(base.image.config);
  const steps = instructions.slice(at + 1).map((instruction) => ({
    text: instructionText(instruction),
    change: read(instruction, draft, preface.args, escape, buildArgs),
  }));
  return { path, platform, draft, steps, ...(base && { base }) };
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

const SCRATCH = "scratch";

/** `FROM NAME [AS name]`: NAME is what is at hand, and no image is taken from anywhere else. */
function readFrom({ rest, flags, place }: Instruction, scope: Scope, start: string): void {
  const [image = "", as, name, ...more] = splitBlanks(rest);
  const base = expand(image, scope);
  const plain = as === undefined || (as.toUpperCase() === "AS" && name !== undefined);
  if (flags.length === 0 && plain && more.length === 0 && base === start) return;
  const found = flags.length > 0
    ? `FROM --${flags[0]?.[0]} is not done here`
    : `the embedded builder starts from ${start}, and not from "${expand(rest, scope)}"`;
  throw refuse(place, found, elsewhere(place));
}
