import { EXIT_CODES, PauseError, reason } from "../error.ts";
import type { MirroredAll } from "../mirror/many.ts";
import type { Delivery, MirrorEvent } from "../mirror/report.ts";
import { grouped } from "../host/grouped.ts";
import { grid } from "./columns.ts";
import type { Paint } from "./screen.ts";
import { count, formatBytes } from "./sizes.ts";

/** A line for a destination that is done with. */
export function deliveryLine(
  { destination, outcome, digest, error, ...rest }: Delivery,
  paint: Paint,
): string {
  if (outcome === "failed") {
    return `${destination}  ${paint("red", "failed")}  ${error?.message ?? ""}`;
  }
  const verb = outcome === "present" ? paint("dim", "is up to date") : paint("green", "copied");
  const referrers = rest.referrers ? `, ${count(rest.referrers, "referrer")}` : "";
  const how = outcome === "present" ? "" : `  (${formatBytes(rest.bytes)}${referrers})`;
  return `${destination}  ${digest ?? ""}  ${verb}${how}`;
}

/** The closing table, a line for each store that was written to. */
export function closingTable({ mirrored }: MirroredAll, paint: Paint): string[] {
  const deliveries = mirrored.flatMap((one) => one.deliveries);
  if (deliveries.length === 0) return [];
  const rows = [...grouped(deliveries, storeOf)].map(([name, group]) => rowOf(name, group));
  const lines = grid([
    ["destination", "copied", "present", "mounted", "failed", "bytes", "digest"],
    ...rows,
  ], ["destination", "digest"]);
  return ["", ...lines.map((line, at) => at === 0 ? paint("bold", line) : line)];
}

/** The store that a delivery went to: without its tags. */
function storeOf({ destination }: Delivery): string {
  return destination.replace(/(@sha\d+:[0-9a-f]+|:[^/:]*)$/, "");
}

function rowOf(name: string, group: readonly Delivery[]): string[] {
  const sum = (of: (delivery: Delivery) => number): number =>
    group.reduce((total, delivery) => total + of(delivery), 0);
  const digests = new Set(group.flatMap(({ digest }) => digest ?? []));
  const [digest = ""] = digests;
  return [
    name,
    String(sum(({ pieces }) => pieces.copied)),
    String(
      sum(({ pieces, outcome }) =>
        pieces.present + (pieces.copied + pieces.present === 0 && outcome === "present" ? 1 : 0)
      ),
    ),
    String(sum(({ pieces }) => pieces.mounted)),
    String(sum(({ outcome }) => outcome === "failed" ? 1 : 0)),
    formatBytes(sum(({ bytes }) => bytes)),
    digests.size > 1 ? `${digests.size} images` : digest,
  ];
}

/** An event as a line of JSON; undefined for those that come by the thousand. */
export function jsonEvent(event: MirrorEvent): string | undefined {
  if (event.type === "bytes") return undefined;
  if (event.type !== "delivered") return JSON.stringify(event);
  return JSON.stringify({ ...event, delivery: plain(event.delivery) });
}

/** The last line of JSON of a command that threw. What it has done is in the events. */
export function jsonFailure(error: unknown): string {
  const known = error instanceof PauseError ? error : new PauseError("internal", reason(error));
  return jsonOutcome({ mirrored: [], failures: [] }, errorFields(known));
}

/** The last line of JSON: all that became of everything. */
export function jsonOutcome({ mirrored, failures }: MirroredAll, more: object = {}): string {
  return JSON.stringify({
    type: "done",
    images: mirrored.map((one) => ({ ...one, deliveries: one.deliveries.map(plain) })),
    failures: failures.map(({ source, error }) => ({ source, ...errorFields(error) })),
    ...more,
  });
}

function plain({ error, ...delivery }: Delivery): object {
  return { ...delivery, ...errorFields(error) };
}

/** An error as JSON has it; nothing where there is none. */
export function errorFields(error: PauseError | undefined): { readonly error?: object } {
  return error === undefined ? {} : { error: { code: error.code, message: error.message } };
}

/** 0 when all went well; the failure's own code when nothing did; `partial` in between. */
export function exitCode({ mirrored, failures }: MirroredAll): number {
  const deliveries = mirrored.flatMap((one) => one.deliveries);
  const errors = [
    ...failures.map(({ error }) => error),
    ...deliveries.flatMap(({ error }) => error ?? []),
  ];
  const [first] = errors;
  if (first === undefined) return 0;
  const some = deliveries.some(({ outcome }) => outcome !== "failed");
  return EXIT_CODES[some ? "partial" : first.code];
}
