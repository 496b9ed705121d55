import type { PauseError } from "../error.ts";
import type { Unplanned } from "../mirror/sync/items.ts";
import type { Planned, PlannedDelivery } from "../mirror/sync/plan.ts";
import type { Delivery, Mirrored } from "../mirror/report.ts";
import type { MirroredAll } from "../mirror/many.ts";
import { grouped } from "../host/grouped.ts";
import { grid } from "./columns.ts";
import { errorFields } from "./mirror-lines.ts";
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
  const [headings = "", ...lines] = grid(rows, ["registry"]);
  const lost = mirrored.filter(({ deliveries }) => deliveries.some(({ error }) => error)).length;
  const failed = failures.length + lost;
  const total = mirrored.length + failures.length + skipped;
  const parts = [
    `${mirrored.length - lost} of ${count(total, "image")} up to date`,
    ...(failed > 0 ? [paint("red", `${failed} failed`)] : []),
    ...(skipped > 0 ? [`${skipped} not begun`] : []),
  ];
  return [...(rows.length > 1 ? ["", paint("bold", headings), ...lines] : []), parts.join(", ")];
}

const HEADINGS = ["registry", "copied", "present", "failed", "mounted", "bytes"];

function byHost(mirrored: readonly Mirrored[]): string[][] {
  const hosts = grouped(
    mirrored.flatMap(({ deliveries }) => deliveries),
    ({ destination }) => destination.split("/", 1)[0] ?? "",
  );
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
