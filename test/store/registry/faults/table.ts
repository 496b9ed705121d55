import { PauseError, reason } from "../../../../build/error.ts";
import type { Outcome } from "./carry-out.ts";
import type { Row } from "./row.ts";

export interface Line {
  readonly row: Row;
  readonly outcome: Outcome;
}

const HEAD = ["", "fault", "where", "expected", "got"];

/** The table as text. Rows that differ in where the fault happens alone are one line. */
export function linesOf(table: readonly Line[]): string[] {
  const wheres = new Map<string, string[]>();
  for (const { row, outcome } of table) {
    const cells = [row.act, row.fault, expected(row), got(row, outcome)];
    const key = JSON.stringify(cells);
    wheres.set(key, [...wheres.get(key) ?? [], row.where]);
  }
  const rows = [...wheres].map(([key, where]) => {
    const [act = "", fault = "", expect = "", found = ""] = JSON.parse(key) as string[];
    return [act, fault, where.join(", "), expect, found];
  });
  const all = [HEAD, ...rows];
  const widths = HEAD.map((_, at) => Math.max(...all.map((cells) => cells[at]?.length ?? 0)));
  return all.map((cells) => cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join("  "));
}

function expected({ expect, act, tagged = false }: Row): string {
  if (expect === "success") return "success";
  return `${expect}${isWritten(act) ? tagged ? ", new tag" : ", old tag" : ""}`;
}

function got({ act }: Row, { error, tag, wrong }: Outcome): string {
  if (wrong.length > 0) return `wrong: ${wrong.join(", ")}`;
  if (error === undefined) {
    return isWritten(act) && tag !== "new" ? `success, ${tag} tag` : "success";
  }
  const code = error instanceof PauseError ? error.code : "no PauseError";
  return `${code}${isWritten(act) ? `, ${tag} tag` : ""}: ${found(reason(error))}`;
}

function isWritten(act: Row["act"]): boolean {
  return act === "push" || act === "copy";
}

/** What a message says was found, without what differs from run to run. */
function found(message: string): string {
  const [, words = message] = /^Cannot .*?: (?=[a-z])([^]*?)(?:\. [A-Z]|$)/.exec(message) ?? [];
  const same = words.replace(/sha256:[0-9a-f]{64}/g, "sha256:…").replace(
    /127\.0\.0\.1:\d+/g,
    "HOST",
  );
  return same.length > 70 ? `${same.slice(0, 69)}…` : same;
}
