import { PauseError, reason } from "../../../../build/error.ts";
import type { Outcome } from "./carry-out.ts";
import type { Row } from "./row.ts";

export interface Line {
  readonly row: Row;
  readonly outcome: Outcome;
}

const HEAD = ["", "fault", "where", "expected", "got"];
/** Characters of a cell, at most; what is longer takes several lines. */
const WIDTH = 44;

/**
 * The table as text. What differs in where it happens alone is one line, and so is what differs in
 * the kind of fault alone: "500; 503, once".
 */
export function linesOf(table: readonly Line[]): string[] {
  const cells = table.map(({ row, outcome }) => [
    row.act,
    ...parted(row.fault),
    row.where,
    expected(row),
    got(row, outcome),
  ]);
  const merged = merge(merge(cells, 3, ", "), 1, "; ");
  const rows = merged.map(([act = "", fault = "", often = "", where = "", ...rest]) => [
    act,
    fault + often,
    where,
    ...rest,
  ]);
  return laidOut([HEAD, ...rows]);
}

/** "500, once" is "500" and ", once". */
function parted(fault: string): [what: string, often: string] {
  const [, what = fault, often = ""] = /^(.*)(, (?:once|three times|always))$/.exec(fault) ?? [];
  return [what, often];
}

/** Makes one of the rows that differ in one column alone, in the place of the first. */
function merge(
  rows: readonly (readonly string[])[],
  column: number,
  between: string,
): string[][] {
  const groups = new Map<string, string[][]>();
  for (const row of rows) {
    const key = JSON.stringify(row.toSpliced(column, 1));
    groups.set(key, [...groups.get(key) ?? [], [...row]]);
  }
  return [...groups.values()].map((group) => {
    const values = [...new Set(group.map((row) => row[column] ?? ""))];
    return (group[0] ?? []).toSpliced(column, 1, values.join(between));
  });
}

function laidOut(rows: readonly (readonly string[])[]): string[] {
  const tall = rows.map((row) => row.map((cell) => wrapped(cell)));
  const widths = HEAD.map((_, at) =>
    Math.max(...tall.flatMap((row) => (row[at] ?? []).map((line) => line.length)))
  );
  return tall.flatMap((row) => {
    const height = Math.max(...row.map((lines) => lines.length));
    return Array.from(
      { length: height },
      (_, line) =>
        row.map((lines, at) => (lines[line] ?? "").padEnd(widths[at] ?? 0)).join("  ").trimEnd(),
    );
  });
}

function wrapped(cell: string): string[] {
  const lines = [""];
  for (const word of cell.split(" ")) {
    const line = `${lines.at(-1)} ${word}`.trim();
    if (line.length > WIDTH) lines.push(word);
    else lines[lines.length - 1] = line;
  }
  return lines;
}

function expected({ expect, act, tagged = false }: Row): string {
  if (expect === "success") return "success";
  return `${expect}${isWritten(act) ? tagged ? ", new tag" : ", old tag" : ""}`;
}

function got({ act }: Row, { error, tag, wrong }: Outcome): string {
  if (wrong.length > 0) return `wrong: ${wrong.join(", ")}`;
  const where = isWritten(act) ? `, ${tag} tag` : "";
  if (error === undefined) return `success${tag === "new" ? "" : where}`;
  return `${error instanceof PauseError ? error.code : "no PauseError"}${where}: ${
    found(reason(error))
  }`;
}

function isWritten(act: Row["act"]): boolean {
  return act === "push" || act === "copy";
}

/** What a message says was found, without what differs from run to run or stands beside it. */
function found(message: string): string {
  const [, words = message] = /^Cannot .*?: (?=[a-z])([^]*?)(?:\. [A-Z]|$)/.exec(message) ?? [];
  return words.replace(/sha256:[0-9a-f]{64}/g, "sha256:…").replace(/127\.0\.0\.1:\d+/g, "HOST")
    .replace(/answered [45]\d\d/, "answered so").replace(/ \([A-Z_]+: [^)]*\)/, "");
}
