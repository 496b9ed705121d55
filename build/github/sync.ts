import { PauseError } from "../error.ts";
import {
  type FileSyncOptions,
  planByFile,
  type PlannedAll,
  syncByFile,
} from "../mirror/sync/by-file.ts";
import { tellerFor } from "../terminal/carrying.ts";
import { closingLines, planJson, planLines } from "../terminal/sync-lines.ts";
import { count } from "../terminal/sizes.ts";
import type { Desk, Outcome, RunCommand } from "./desk.ts";
import { failureOf, mirroredOutputs } from "./mirrored.ts";
import { mirroredSummary, planSummary } from "./summary.ts";

/** `command: sync` */
export const runSync: RunCommand = async (desk) => {
  const { inputs, environment, signal, credentials } = desk;
  const { "cert-dir": certDir } = inputs;
  const options: FileSyncOptions = {
    environment: certDir === "" ? environment : { ...environment, CERT_DIR: certDir },
    signal,
    ...(credentials && { credentials }),
  };
  return await (inputs["dry-run"] === "true" ? plan : carryOut)(desk, options);
};

async function carryOut({ inputs, log }: Desk, options: FileSyncOptions): Promise<Outcome> {
  const file = inputs["sync-file"];
  const teller = tellerFor({ json: false, quiet: false }, { out: log, err: log });
  const outcome = await log.group(
    `Sync ${file}`,
    () => syncByFile(file, { ...options, onEvent: teller.onEvent, onFailed: teller.failed }),
  );
  const { skipped } = outcome;
  for (const line of closingLines(outcome, skipped.length, log.paint)) log.write(line);
  const failure = failureOf(outcome);
  return {
    outputs: mirroredOutputs(outcome, { skipped }),
    summary: mirroredSummary(outcome, skipped),
    ...(failure && { failure }),
  };
}

async function plan({ inputs, log }: Desk, options: FileSyncOptions): Promise<Outcome> {
  const file = inputs["sync-file"];
  const all = await planByFile(file, { ...options, deep: true });
  for (const line of planLines(all.planned, all.unplanned, log.paint)) log.write(line);
  const deliveries = all.planned.flatMap(({ destinations }) => destinations);
  const failure = planFailure(all);
  return {
    outputs: {
      digest: "",
      image: "",
      references: deliveries.map(({ destination }) => destination),
      digests: {},
      metadata: JSON.parse(planJson(all.planned, all.unplanned)),
      changed: deliveries.some(({ state }) => state !== "current"),
    },
    summary: planSummary(all),
    ...(failure && { failure }),
  };
}

function planFailure({ planned, unplanned }: PlannedAll): PauseError | undefined {
  const parts = [...unplanned, ...planned, ...planned.flatMap(({ destinations }) => destinations)];
  const errors = parts.flatMap(({ error }) => error ?? []);
  const [first] = errors;
  if (first === undefined || errors.length === 1) return first;
  return new PauseError(
    first.code,
    `Cannot look at everything: ${
      count(errors.length, "part")
    } failed. The first: ${first.message}`,
    { cause: first },
  );
}
