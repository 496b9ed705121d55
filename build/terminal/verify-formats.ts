import { grouped } from "../host/grouped.ts";
import type { Checked, Report } from "../check/verify.ts";
import type { Judged, Outcome } from "../check/row.ts";
import type { Paint } from "./screen.ts";

type Format = (report: Report, paint: Paint) => string[];

/** The ways to print a report, by the name that `--format` takes. */
export const FORMATS: Readonly<Record<"table" | "json" | "tap", Format>> = { table, json, tap };

const STYLES = { pass: "green", fail: "red", unchecked: "bold" } as const;
const WORDS: Readonly<Record<Outcome, string>> = { pass: "pass", fail: "FAIL", unchecked: "open" };

/** A line for each subject, with the rows that did not pass below it. */
function table({ target, digest, subjects }: Report, paint: Paint): string[] {
  const width = Math.max(...subjects.map(({ name }) => name.length));
  const lines = subjects.flatMap((subject) => [
    summary(subject, width, paint),
    ...subject.rows.filter(({ outcome }) => outcome === "fail").flatMap((row) =>
      failed(row, paint)
    ),
    ...unchecked(subject.rows, paint),
  ]);
  return [`${paint("bold", plain(target))}  ${digest}`, "", ...lines, "", total(subjects)];
}

function summary({ name, rows, ranOn }: Checked, width: number, paint: Paint): string {
  const outcome = worst(rows);
  const count = `${countOf(rows, "pass")} of ${rows.length} rows`;
  const how = ranOn === undefined ? "" : ranOn === "native" ? "  run" : `  run by ${ranOn}`;
  const word = paint(STYLES[outcome], WORDS[outcome]);
  return `${word}  ${plain(name).padEnd(width)}  ${count}${paint("dim", how)}`;
}

function failed({ row: { id, states, why, link }, found = "" }: Judged, paint: Paint): string[] {
  return [
    `      ${paint("red", id)} should hold: ${states}`,
    `          found: ${plain(found)}`,
    paint("dim", `          ${why}${link === undefined ? "" : ` ${link}`}`),
  ];
}

/** A line for each reason: mostly one holds for many rows. */
function unchecked(rows: readonly Judged[], paint: Paint): string[] {
  const open = rows.filter(({ outcome }) => outcome === "unchecked");
  return [...grouped(open, ({ found = "" }) => found)].map(([reason, group]) => {
    const ids = group.map(({ row }) => row.id).join(", ");
    return `      ${paint("bold", ids)} could not be checked: ${plain(reason)}`;
  });
}

function total(subjects: readonly Checked[]): string {
  const rows = subjects.flatMap((subject) => subject.rows);
  const [pass, fail, unchecked] = (["pass", "fail", "unchecked"] as const)
    .map((outcome) => countOf(rows, outcome));
  return `${rows.length} rows: ${pass} pass, ${fail} fail, ${unchecked} could not be checked`;
}

function json({ target, digest, outcome, subjects }: Report): string[] {
  const document = {
    target,
    digest,
    outcome,
    subjects: subjects.map(({ name, ranOn, rows }) => ({
      name,
      ...(ranOn !== undefined && { ranOn }),
      rows: rows.map(({ row: { id, states, why, link }, outcome, found }) => ({
        id,
        outcome,
        states,
        ...(found !== undefined && { found }),
        why,
        ...(link !== undefined && { link }),
      })),
    })),
  };
  return [JSON.stringify(document, undefined, 2)];
}

/** @see https://testanything.org/tap-version-14-specification.html */
function tap({ subjects }: Report): string[] {
  const points = subjects.flatMap(({ name, rows }) => rows.map((judged) => ({ name, ...judged })));
  return [
    "TAP version 14",
    `1..${points.length}`,
    ...points.flatMap(({ name, row, outcome, found = "" }, at) => {
      const ok = outcome === "fail" ? "not ok" : "ok";
      const skip = outcome === "unchecked" ? ` # SKIP ${escape(found)}` : "";
      const point = `${ok} ${at + 1} - ${escape(`${name} ${row.id}: ${row.states}`)}${skip}`;
      if (outcome !== "fail") return [point];
      return [point, "  ---", `  message: ${JSON.stringify(found)}`, "  ..."];
    }),
  ];
}

/** A "#" in a description would begin a directive. */
function escape(text: string): string {
  return plain(text).replaceAll("\\", "\\\\").replaceAll("#", "\\#");
}

/** A stranger's words without what could steer a terminal or make a line of their own. */
function plain(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replaceAll(/[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, "\ufffd");
}

function worst(rows: readonly Judged[]): Outcome {
  return (["fail", "unchecked"] as const).find((outcome) => countOf(rows, outcome) > 0) ?? "pass";
}

function countOf(rows: readonly Judged[], wanted: Outcome): number {
  return rows.filter(({ outcome }) => outcome === wanted).length;
}
