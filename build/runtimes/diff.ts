/** Lines around what differs. */
const CONTEXT = 3;

/**
 * What differs between two texts, as `diff -u` and `patch` have it: in one piece, from the first line
 * that differs to the last one.
 *
 * @returns no lines for equal texts
 */
export function unifiedDiff(path: string, before: string, after: string): string[] {
  if (before === after) return [];
  const [old, now] = [linesOf(before), linesOf(after)];
  const head = commonLength(old, now, (lines, at) => lines[at]);
  const most = Math.min(old.length, now.length) - head;
  const tail = Math.min(most, commonLength(old, now, (lines, at) => lines[lines.length - 1 - at]));
  const from = Math.max(0, head - CONTEXT);
  const below = Math.min(CONTEXT, tail);
  const [gone, come] = [old, now].map((lines) => lines.slice(head, lines.length - tail));
  const body = [
    ...old.slice(from, head).map((line) => ` ${line}`),
    ...changes(gone ?? [], come ?? []),
    ...old.slice(old.length - tail, old.length - tail + below).map((line) => ` ${line}`),
  ];
  const range = (lines: readonly string[]): string => {
    const count = lines.length - tail + below - from;
    return `${count === 0 ? from : from + 1},${count}`;
  };
  return [`--- ${path}`, `+++ ${path}`, `@@ -${range(old)} +${range(now)} @@`, ...body].flatMap(
    (line) => line.split("\n"),
  );
}

/** A last line without an end says so, and so differs from the same one with an end. */
function linesOf(text: string): string[] {
  const lines = text.split("\n");
  const last = lines.pop() ?? "";
  return last === "" ? lines : [...lines, `${last}\n\\ No newline at end of file`];
}

function commonLength(
  old: readonly string[],
  now: readonly string[],
  lineAt: (lines: readonly string[], at: number) => string | undefined,
): number {
  let length = 0;
  const most = Math.min(old.length, now.length);
  while (length < most && lineAt(old, length) === lineAt(now, length)) length++;
  return length;
}

/** The lines that went and came, those that stayed between them as they are. */
function changes(old: readonly string[], now: readonly string[]): string[] {
  const stays = old.findIndex((line) => now.includes(line));
  const line = old[stays];
  if (line === undefined) {
    return [
      ...old.map((line) => `-${line}`),
      ...now.map((line) => `+${line}`),
    ];
  }
  const at = now.indexOf(line);
  return [
    ...changes(old.slice(0, stays), now.slice(0, at)),
    ` ${line}`,
    ...changes(old.slice(stays + 1), now.slice(at + 1)),
  ];
}
