import { posix } from "node:path";
import { PauseError } from "../error.ts";

/**
 * Reads a `.dockerignore` into a question: is this path, relative to the context, left out of it?
 *
 * The last line that matches a path or a folder above it decides; a line with `!` takes back in.
 *
 * @throws PauseError `dockerfile` for a pattern that is none
 * @see https://docs.docker.com/build/concepts/context/#dockerignore-files
 */
export function parseIgnore(text: string): (path: string) => boolean {
  const rules = text.split("\n").map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => ({ leavesOut: !line.startsWith("!"), form: form(line.replace(/^!\s*/, "")) }));
  return (path) => rules.findLast(({ form }) => form.test(path))?.leavesOut ?? false;
}

const WILDCARDS: Readonly<Record<string, string>> = {
  "**/": "(?:.*/)?",
  "**": ".*",
  "*": "[^/]*",
  "?": "[^/]",
};

/** What a pattern matches, with all that lies below it. */
function form(pattern: string): RegExp {
  const path = posix.normalize(pattern).replace(/^\/|\/$/g, "");
  const source = path.replace(
    /\*\*\/|\*\*|\*|\?|\\(.)|(\[\^?[^\]/]+\])|[.+^$(){}|[\]\\/]/gs,
    (found, escaped: string | undefined, set: string | undefined) =>
      set ?? WILDCARDS[found] ?? literal(escaped ?? found),
  );
  try {
    return new RegExp(`^${source}(?:/.*)?$`, "s");
  } catch (cause) {
    const found = `Cannot read .dockerignore: "${pattern}" is no pattern. Correct it.`;
    throw new PauseError("dockerfile", found, { cause });
  }
}

/** A letter with a backslash would be a class of characters. */
function literal(char: string): string {
  return /\w/.test(char) ? char : `\\${char}`;
}
