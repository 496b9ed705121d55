import type { PauseError } from "../error.ts";
import type { Unplanned } from "../mirror/sync/items.ts";
import type { Planned, PlannedDelivery } from "../mirror/sync/plan.ts";
import type { Delivery, Mirrored } from "../mirror/report.ts";
import type { MirroredAll } from "../mirror/many.ts";
import type { Paint } from "./screen.ts";
import { count, formatBytes } from "./sizes.ts";

const STYLES = {
  current: "dim",
  missing: "bold",
  outdated: "bold",
  incomplete: "bold",
  failed: "red",
} as const;

const STATES: Readonly<Record<PlannedDelivery["state"], string>> = {
  current: "up to date",
  missing: "missing",
  outdated: "out of date",
  incomplete: "incomplete",
  failed: "failed",
};

/** The lines of a plan: one for each destination of each image, and what it comes to. */
export function planLines(
  planned: readonly Planned[],
  unplanned: readonly Unplanned[],
  paint: Paint,
): string[] {
  const lines = [
    ...planned.flatMap((image) => imageLines(image, paint)),
    ...unplanned.map(({ source, error }) => failure(source, error, paint)),
  ];
  return [...lines, paint("bold", planTotal(planned, unplanned))];
}

function imageLines({ source, destinations, error }: Planned, paint: Paint): string[] {
  if (error) return [failure(source, error, paint)];
  return destinations.map(({ destination, state, sending, error }) => {
    if (error) return failure(`${source} → ${destination}`, error, paint);
    const amount = sending === undefined ? "" : `  ${sendingWords(sending)}`;
    return `${source} → ${destination}  ${paint(STYLES[state], STATES[state])}${amount}`;
  });
}

function sendingWords(
  { manifests, blobs, bytes, referrers }: NonNullable<PlannedDelivery["sending"]>,
): string {
  const hanging = referrers === 0 ? "" : `, ${count(referrers, "referrer")}`;
  return `${formatBytes(bytes)} in ${count(blobs, "blob")} and ${
    count(manifests, "manifest")
  }${hanging}`;
}

function planTotal(planned: readonly Planned[], unplanned: readonly Unplanned[]): string {
  const all = planned.flatMap(({ destinations }) => destinations);
  const states = (Object.keys(STATES) as PlannedDelivery["state"][]).map((state) => {
    const lost = state === "failed"
      ? planned.filter(({ error }) => error).length + unplanned.length
      : 0;
    return [state, all.filter((one) => one.state === state).length + lost] as const;
  });
  const words = states.filter(([, number]) => number > 0)
    .map(([state, number]) => `${number} ${STATES[state]}`);
  const bytes = all.reduce((sum, { sending }) => sum + (sending?.bytes ?? 0), 0);
  const amount = bytes === 0 ? "" : `; ${formatBytes(bytes)} to send`;
  return `${count(planned.length + unplanned.length, "image")}: ${
    words.join(", ") || "nothing to do"
  }${amount}`;
}

/** The plan as one JSON document. */
export function planJson(planned: readonly Planned[], unplanned: readonly Unplanned[]): string {
  const plan = [
    ...planned.map(({ source, digest, destinations, error }) => ({
      source,
      ...(digest && { digest }),
      destinations: destinations.map(({ error, ...one }) => ({ ...one, ...errorFields(error) })),
      ...errorFields(error),
    })),
    ...unplanned.map(({ source, error }) => ({ source, destinations: [], ...errorFields(error) })),
  ];
  return JSON.stringify({ plan }, undefined, 2);
}

/** What became of each registry: the closing table. */
export function closingLines(
  { mirrored, failures }: MirroredAll,
  skipped: number,
  paint: Paint,
): string[] {
  const rows = [HEADINGS, ...byHost(mirrored)];
  const widths = HEADINGS.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  const table = rows.map((row, line) => {
    const cells = row.map((cell, at) =>
      at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)
    );
    return line === 0 ? paint("bold", cells.join("  ")) : cells.join("  ");
  });
  const lost = mirrored.filter(({ deliveries }) => deliveries.some(({ error }) => error)).length;
  const failed = failures.length + lost;
  const total = mirrored.length + failures.length + skipped;
  const parts = [
    `${mirrored.length - lost} of ${count(total, "image")} up to date`,
    ...(failed > 0 ? [paint("red", `${failed} failed`)] : []),
    ...(skipped > 0 ? [`${skipped} not begun`] : []),
  ];
  return [...(rows.length > 1 ? ["", ...table] : []), parts.join(", ")];
}

const HEADINGS = ["registry", "copied", "present", "failed", "mounted", "bytes"];

function byHost(mirrored: readonly Mirrored[]): string[][] {
  const hosts = new Map<string, Delivery[]>();
  for (const delivery of mirrored.flatMap(({ deliveries }) => deliveries)) {
    const host = delivery.destination.split("/", 1)[0] ?? "";
    hosts.set(host, [...hosts.get(host) ?? [], delivery]);
  }
  return [...hosts].map(([host, deliveries]) => {
    const outcomes = (wanted: Delivery["outcome"]): string =>
      String(deliveries.filter(({ outcome }) => outcome === wanted).length);
    const sum = (of: (delivery: Delivery) => number): number =>
      deliveries.reduce((total, delivery) => total + of(delivery), 0);
    return [
      host,
      ...(["copied", "present", "failed"] as const).map(outcomes),
      String(sum(({ pieces }) => pieces.mounted)),
      formatBytes(sum(({ bytes }) => bytes)),
    ];
  });
}

function failure(what: string, error: PauseError, paint: Paint): string {
  return `${what}  ${paint("red", "failed")}  ${error.message}`;
}

function errorFields(error: PauseError | undefined): Readonly<Record<string, unknown>> {
  return error === undefined ? {} : { error: { code: error.code, message: error.message } };
}
