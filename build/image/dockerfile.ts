import { type Place, refuse } from "./place.ts";

/** One instruction as it is written: continued lines joined, comments gone, nothing expanded. */
export interface Instruction {
  /** In capitals: `ADD`. */
  readonly keyword: string;
  /** `--chown=65535` is `["chown", "65535"]`, `--link` is `["link", undefined]`. */
  readonly flags: readonly (readonly [name: string, value: string | undefined])[];
  /** What follows the keyword and the flags. */
  readonly rest: string;
  /** Where it begins. */
  readonly place: Place;
}

export interface Dockerfile {
  readonly instructions: readonly Instruction[];
  /** The escape character: a backslash, or what the directive `# escape=` says. */
  readonly escape: string;
}

/**
 * Splits a Dockerfile into its instructions, by the rules of lines alone.
 *
 * @param path how errors name the file
 * @param originOf the place that a line was rendered from. @default it was written as it is
 * @throws PauseError `dockerfile` for an escape character that is none
 * @see https://docs.docker.com/reference/dockerfile/#format
 */
export function parseDockerfile(
  text: string,
  path: string,
  originOf?: (line: number) => NonNullable<Place["origin"]>,
): Dockerfile {
  const placeOf = (at: number): Place => {
    const line = at + 1;
    return { path, line, ...(originOf && { origin: originOf(line) }) };
  };
  // Carriage returns and a byte order mark are blanks to JavaScript, and go with the others.
  const lines = text.split("\n");
  const escape = readEscape(lines, placeOf);
  const instructions: Instruction[] = [];
  for (let at = 0; at < lines.length;) {
    const { joined, next } = joinLines(lines, at, escape);
    if (joined !== "") instructions.push(readInstruction(joined, placeOf(at)));
    at = next;
  }
  return { instructions, escape };
}

/** Directives stand before all else, comments included. */
const DIRECTIVE = /^\s*#\s*(syntax|check|escape)\s*=\s*(.*?)\s*$/i;

function readEscape(lines: readonly string[], placeOf: (at: number) => Place): string {
  for (const [at, text] of lines.entries()) {
    const [, name, value = ""] = DIRECTIVE.exec(text) ?? [];
    if (name === undefined) break;
    if (name.toLowerCase() !== "escape") continue;
    if (value === "\\" || value === "`") return value;
    throw refuse(placeOf(at), `"${value}" cannot be the escape character`, "Choose \\ or `.");
  }
  return "\\";
}

const COMMENT = /^\s*#/;

/**
 * The instruction that begins at a line, and the line after it. A line that ends with the escape
 * character goes on in the next one; in between, comments and blank lines count for nothing.
 */
function joinLines(
  lines: readonly string[],
  start: number,
  escape: string,
): { joined: string; next: number } {
  let joined = "";
  for (let at = start; at < lines.length; at++) {
    const line = lines[at] ?? "";
    const counts = !COMMENT.test(line) && line.trim() !== "";
    if (!counts && at === start) return { joined, next: at + 1 };
    if (!counts) continue;
    const end = line.trimEnd();
    if (!end.endsWith(escape)) return { joined: (joined + line).trim(), next: at + 1 };
    joined += end.slice(0, -1);
  }
  return { joined: joined.trim(), next: lines.length };
}

function readInstruction(joined: string, place: Place): Instruction {
  const [, keyword = joined, tail = ""] = /^(\S+)\s+([^]*)$/.exec(joined) ?? [];
  const [given = ""] = /^(?:--\S*(?:\s+|$))*/.exec(tail) ?? [];
  const flags = given.split(/\s+/).filter((word) => word !== "").map((word) => {
    const [, name = "", value] = /^--([^=]*)(?:=([^]*))?$/.exec(word) ?? [];
    return [name, value] as const;
  });
  return { keyword: keyword.toUpperCase(), flags, rest: tail.slice(given.length), place };
}

/** The instruction on one line, for the image's history. */
export function instructionText({ keyword, flags, rest }: Instruction): string {
  const words = flags.map(([name, value]) => `--${name}${value === undefined ? "" : `=${value}`}`);
  return [keyword, ...words, rest].join(" ");
}
