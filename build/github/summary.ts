import { Buffer } from "node:buffer";
import type { Report } from "../check/verify.ts";
import { nameOf } from "../oci/platform.ts";
import type { Made } from "../make/workshop.ts";
import type { MirroredAll } from "../mirror/many.ts";
import type { Planned, PlannedDelivery } from "../mirror/sync/plan.ts";
import type { PlannedAll } from "../mirror/sync/by-file.ts";
import { formatBytes } from "../terminal/sizes.ts";

/** Images, platform by platform, and the names that they have now. */
export function madeSummary(
  { programs, saved, pushed, missing }: Made,
  references: readonly string[],
): string {
  const images = [...saved, ...pushed][0]?.images ?? [];
  const rows = images.map(({ arch, platform, manifest: { digest } }) => {
    const size = programs.find((one) =>
      one.arch === arch && one.os === platform.os && /\bpause-/.test(one.path)
    )?.size;
    return [nameOf(platform), size === undefined ? "" : `${size}`, code(digest)];
  });
  const lost = missing.map(({ name, reason }) => [plain(name), "**missing**", plain(reason)]);
  return [
    table(["Platform", "Program, bytes", "Digest"], [...rows, ...lost], [1]),
    fitting(references.map((name) => `- ${code(name)}`)).join("\n"),
  ].join("\n\n");
}

/** What became of each destination. */
export function mirroredSummary(
  { mirrored, failures }: MirroredAll,
  skipped: readonly string[] = [],
): string {
  const rows = [
    ...mirrored.flatMap(({ source, deliveries }) =>
      deliveries.map(({ destination, outcome, bytes, digest, error }) => [
        code(source),
        code(destination),
        OUTCOMES[outcome],
        outcome === "copied" ? formatBytes(bytes) : "",
        error ? plain(error.message) : code(digest ?? ""),
      ])
    ),
    ...failures.map(({ source, error }) => [
      code(source),
      "",
      OUTCOMES.failed,
      "",
      plain(error.message),
    ]),
    ...skipped.map((source) => [code(source), "", "not begun", "", ""]),
  ];
  return table(["Image", "Destination", "Outcome", "Sent", "Digest"], rows, [3]);
}

const OUTCOMES = { copied: "copied", present: "up to date", failed: "**failed**" } as const;

/** What there would be to do. */
export function planSummary({ planned, unplanned }: PlannedAll): string {
  const all: readonly Pick<Planned, "source" | "destinations" | "error">[] = [
    ...planned,
    ...unplanned.map((one) => ({ ...one, destinations: [] })),
  ];
  const rows = all.flatMap(({ source, destinations, error }) =>
    error
      ? [[code(source), "", STATES.failed, plain(error.message)]]
      : destinations.map(({ destination, state, sending, error }) => [
        code(source),
        code(destination),
        STATES[state],
        error ? plain(error.message) : sending ? formatBytes(sending.bytes) : "",
      ])
  );
  return table(["Image", "Destination", "State", "To send"], rows);
}

const STATES: Readonly<Record<PlannedDelivery["state"], string>> = {
  current: "up to date",
  missing: "missing",
  outdated: "out of date",
  incomplete: "incomplete",
  failed: "**failed**",
};

/** The rows that do not pass, and how many do. */
export function reportSummary({ subjects }: Report): string {
  const counts = subjects.map(({ name, rows }) => [
    plain(name),
    ...(["pass", "fail", "unchecked"] as const).map((wanted) =>
      String(rows.filter(({ outcome }) => outcome === wanted).length)
    ),
  ]);
  const bad = subjects.flatMap(({ name, rows }) =>
    rows.filter(({ outcome }) => outcome !== "pass").map(({ row, outcome, found = "" }) => [
      plain(name),
      code(row.id),
      outcome === "fail" ? "**fails**" : "not checked",
      plain(found),
    ])
  );
  return [
    table(["Checked", "Pass", "Fail", "Not checked"], counts, [1, 2, 3]),
    ...(bad.length > 0 ? [table(["Checked", "Row", "Outcome", "Found"], bad)] : []),
  ].join("\n\n");
}

/**
 * What each table and list of a summary may have: GitHub takes 1 MiB in all, and nothing of a longer one.
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#step-isolation-and-limits
 */
const MOST = { rows: 500, bytes: 400_000 } as const;

/** The lines that fit, and how many do not. */
function fitting(lines: readonly string[]): readonly string[] {
  let bytes = 0;
  const end = lines.slice(0, MOST.rows).findIndex((line) => {
    bytes += Buffer.byteLength(line) + 1;
    return bytes > MOST.bytes;
  });
  const shown = lines.slice(0, end < 0 ? MOST.rows : end);
  const left = lines.length - shown.length;
  return left > 0 ? [...shown, "", `… and ${left} more, which the log has.`] : lines;
}

/** @param right the columns with numbers, from 0 */
function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const rule = headings.map((_, at) => right.includes(at) ? "---:" : "---");
  return [line(headings), line(rule), ...fitting(rows.map(line))].join("\n");
}

/** Words of strangers without what Markdown and HTML would make of them, on one line. */
export function plain(text: string): string {
  return text.replace(/\s+/g, " ").replace(
    /[\\`*_{}[\]<>#|!~&$@]/g,
    (mark) => `&#${mark.charCodeAt(0)};`,
  );
}

/** A name or a digest as code. */
export function code(text: string): string {
  return text === "" ? "" : `<code>${plain(text)}</code>`;
}
