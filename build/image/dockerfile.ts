import type { Instruction as Parsed, ModifiableInstruction } from "dockerfile-ast";
import { PauseError, reason } from "../error.ts";
import type { Place } from "./place.ts";

/** One instruction as it is written: continued lines joined, comments gone, nothing expanded. */
export interface Instruction {
  /** In capitals: `ADD`. */
  readonly keyword: string;
  /** `--chown=65535` is `["chown", "65535"]`, `--link` is `["link", undefined]`. */
  readonly flags: readonly (readonly [name: string, value: string | undefined])[];
  /** What follows the keyword and the flags. */
  readonly rest: string;
  readonly place: Place;
}

export interface Dockerfile {
  readonly instructions: readonly Instruction[];
  /** The escape character: a backslash, or what the directive `# escape=` says. */
  readonly escape: string;
}

/**
 * Reads a Dockerfile into its instructions.
 *
 * The parser is loaded when it is first needed: it takes longer than all the rest of a run that
 * finds everything built.
 *
 * @param path how errors name the file
 * @throws PauseError `dockerfile` for text that the parser cannot read
 * @see https://docs.docker.com/reference/dockerfile/#format
 */
export async function parseDockerfile(text: string, path: string): Promise<Dockerfile> {
  const { DockerfileParser } = await import("dockerfile-ast");
  try {
    const parsed = DockerfileParser.parse(text);
    return {
      instructions: parsed.getInstructions().map((instruction) => read(instruction, path)),
      escape: parsed.getEscapeCharacter(),
    };
  } catch (error) {
    throw new PauseError("dockerfile", `Cannot read ${path}: ${reason(error)}. Correct it.`, {
      cause: error,
    });
  }
}

function read(parsed: Parsed, path: string): Instruction {
  return {
    keyword: parsed.getKeyword(),
    flags: hasFlags(parsed)
      ? parsed.getFlags().map((flag) => [flag.getName(), flag.getValue() ?? undefined] as const)
      : [],
    rest: (parsed.getArgumentsContent() ?? "").trim(),
    place: { path, line: parsed.getRange().start.line + 1 },
  };
}

function hasFlags(parsed: Parsed): parsed is ModifiableInstruction {
  return "getFlags" in parsed;
}

/** The instruction on one line, for the image's history. */
export function instructionText({ keyword, flags, rest }: Instruction): string {
  const words = flags.map(([name, value]) => `--${name}${value === undefined ? "" : `=${value}`}`);
  return [keyword, ...words, rest].join(" ");
}
