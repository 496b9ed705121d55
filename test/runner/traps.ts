import { bareCode, importsOf } from "./source-code.ts";

interface Trap {
  /** What follows the name of a suite in code that has fallen into the trap. */
  readonly after: RegExp;
  /** What is wrong, as the rest of a sentence that begins with the name of the suite. */
  readonly wrong: string;
}

/** What makes uvu report success without having run every test. */
const TRAPS: readonly Trap[] = [
  { after: /^\.only\b/, wrong: ".only leaves out all the others" },
  {
    after: /^\.skip\b/,
    wrong: ".skip gives no reason: call skip() of test/support/skip.ts instead",
  },
  {
    after: /^\.(before|after)\b/,
    wrong: " has a hook, whose errors uvu swallows: call a function",
  },
];

/**
 * Reads a test file for what would make uvu exit with 0 without having run every test.
 *
 * @param source the TypeScript of the file
 * @returns what is wrong with it, one sentence each; nothing for a good file
 */
export function findTraps(source: string): string[] {
  const names = suiteNames(source);
  if (names.length === 0) return ['It has no suite: it does not import { test } from "uvu".'];
  const code = bareCode(source);
  return names.flatMap((name) => trapsOf(name, code));
}

function trapsOf(name: string, code: string): string[] {
  const uses = [...code.matchAll(new RegExp(String.raw`(?<![\w.$])${escape(name)}\s*`, "g"))]
    .map((use) => code.slice(use.index + use[0].length));
  const fallen = TRAPS.filter(({ after }) => uses.some((rest) => after.test(rest)))
    .map(({ wrong }) => `${name}${wrong}.`);
  const isRun = uses.some((rest) => /^\.run\s*\(/.test(rest));
  return isRun ? fallen : [...fallen, `${name}.run() is never called, so none of its tests run.`];
}

/** The names that tests are registered by: uvu's own `test`, and what `suite()` returned. */
function suiteNames(source: string): string[] {
  const imported = importsOf(source)
    .filter(({ specifier }) => specifier === "uvu")
    .flatMap(({ clause }) => clause.replace(/[{}]/g, "").split(","))
    .map((name) => name.trim().split(/\s+as\s+/));
  const localNames = (wanted: string): string[] =>
    imported.filter(([name]) => name === wanted).map(([name = "", local]) => local ?? name);
  const code = bareCode(source);
  const made = localNames("suite").flatMap((make) => {
    const assignment = String.raw`\b([\w$]+)\s*(?::[^=]*)?=\s*${escape(make)}\s*[(<]`;
    return [...code.matchAll(new RegExp(assignment, "g"))].map((match) => match[1] ?? "");
  });
  return [...localNames("test"), ...made];
}

function escape(name: string): string {
  return name.replaceAll("$", "\\$");
}
