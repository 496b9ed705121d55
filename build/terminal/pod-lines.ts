import type { RunningPod } from "../pod/ps.ts";
import type { UpPod } from "../pod/up.ts";
import type { Paint } from "./screen.ts";

/** A line for each pod, and one for each of its containers. */
export function podLines(pods: readonly (RunningPod | UpPod)[], paint: Paint): string[] {
  const rows = pods.flatMap(({ name, infra, address, ports, containers, ...rest }) => [
    [name, "outcome" in rest ? rest.outcome : infra?.status ?? "gone", address, ...ports],
    ...containers.map(({ name, status, image }) => [`  ${name}`, status, image]),
  ]);
  const widths = [0, 1].map((at) => Math.max(0, ...rows.map((row) => row[at]?.length ?? 0)));
  return rows.map(([name = "", status = "", ...more]) =>
    [
      paint("bold", name.padEnd(widths[0] ?? 0)),
      paint(STATES.has(status) ? "green" : "red", status.padEnd(widths[1] ?? 0)),
      ...more,
    ].join("  ").trimEnd()
  );
}

const STATES: ReadonlySet<string> = new Set(["started", "running"]);
