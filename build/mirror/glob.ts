import { PauseError } from "../error.ts";

/** One step of a glob: any run of characters, or one character that passes. */
type Step = "run" | ((character: string) => boolean);

/** More would only be typed to make us work. */
const MOST_ALTERNATIVES = 1000;

/**
 * Reads a glob for tags: `*` is any run of characters, `?` any one, `[a-z]` one of these (`[!a-z]`
 * none of them), `{a,b}` either word. Everything else stands for itself; the whole tag must match.
 *
 * Matching takes at most steps × characters, however many `*` there are.
 *
 * @throws PauseError `usage` for a character that no tag has, or a bracket without its pair
 */
export function readGlob(pattern: string): (tag: string) => boolean {
  const strange = /[^\w.\-*?[\]{},!]/.exec(pattern)?.[0];
  if (pattern === "") throw unreadable(pattern, "it is empty");
  if (strange !== undefined) throw unreadable(pattern, `no tag has the character "${strange}"`);
  const alternatives = spread(pattern, pattern).map((text) => stepsOf(text, pattern));
  return (tag) => alternatives.some((steps) => matches(steps, tag));
}

/** The pattern without its braces, once for each of the words in them. */
function spread(text: string, pattern: string): string[] {
  const [, before, words = "", after = ""] = /^([^{}]*)\{([^{}]*)\}(.*)$/s.exec(text) ?? [];
  if (before === undefined) {
    if (/[{}]/.test(text)) throw unreadable(pattern, "its braces are not closed one by one");
    return [text];
  }
  const all = words.split(",").flatMap((word) => spread(before + word + after, pattern));
  if (all.length <= MOST_ALTERNATIVES) return all;
  throw unreadable(pattern, `its braces make more than ${MOST_ALTERNATIVES} patterns`);
}

function stepsOf(text: string, pattern: string): Step[] {
  return [...text.matchAll(/\*+|\[[^\]]*\]|[^]/g)].map(([word]) => {
    if (word.startsWith("*")) return "run";
    if (word === "?") return () => true;
    if (word.length > 1) return oneOf(word.slice(1, -1), pattern);
    if (!/[\w.-]/.test(word)) throw unreadable(pattern, `a "${word}" stands alone`);
    return (character) => character === word;
  });
}

/** `a-z0-9`, or `!a-z`. */
function oneOf(set: string, pattern: string): Step {
  const isNegated = set.startsWith("!");
  const ranges = [...set.slice(isNegated ? 1 : 0).matchAll(/([^])-([^])|[^]/g)]
    .map(([one, first = one, last = one]) => [first, last] as const);
  if (ranges.length === 0) throw unreadable(pattern, "a pair of brackets is empty");
  const backwards = ranges.find(([first, last]) => first > last);
  if (backwards) throw unreadable(pattern, `${backwards.join("-")} goes backwards`);
  return (character) =>
    ranges.some(([first, last]) => first <= character && character <= last) !== isNegated;
}

/** Walks all readings at once: which steps may come next, after each character. */
function matches(steps: readonly Step[], tag: string): boolean {
  let next = withRuns(new Set([0]), steps);
  for (const character of tag) {
    const after = new Set<number>();
    for (const at of next) {
      const step = steps[at];
      if (step === "run") after.add(at);
      else if (step?.(character)) after.add(at + 1);
    }
    next = withRuns(after, steps);
  }
  return next.has(steps.length);
}

/** A run may be empty: what follows it may come as well. */
function withRuns(next: Set<number>, steps: readonly Step[]): Set<number> {
  for (const at of next) if (steps[at] === "run") next.add(at + 1);
  return next;
}

function unreadable(pattern: string, found: string): PauseError {
  return new PauseError(
    "usage",
    `Cannot use the pattern "${pattern}": ${found}. A pattern has *, ?, [a-z] and {a,b} beside the letters of a tag.`,
  );
}
