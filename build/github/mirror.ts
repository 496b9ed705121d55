import { mirrorByName } from "../mirror/by-name.ts";
import { readMirrorPlace } from "../mirror/place.ts";
import { tellerFor } from "../terminal/carrying.ts";
import type { RunCommand } from "./desk.ts";
import { linesOf, wordsOf } from "./inputs.ts";
import { failureOf, mirroredOutputs, placesOf, subsetOf } from "./mirrored.ts";
import { mirroredSummary } from "./summary.ts";

/** `command: mirror` */
export const runMirror: RunCommand = async (desk) => {
  const { inputs, log } = desk;
  const names = wordsOf(inputs.tags);
  // Refuses a login within it, which the group's title would show.
  readMirrorPlace(inputs.source);
  const teller = tellerFor({ json: false, quiet: false }, { out: log, err: log });
  const outcome = await log.group(
    `Mirror ${inputs.source}`,
    () =>
      mirrorByName(inputs.source, linesOf(inputs.destinations), {
        ...placesOf(desk),
        ...subsetOf(desk, inputs.index === "rewritten" ? "rewritten" : "sparse"),
        ...(names.length > 0 && { rules: { names } }),
        onEvent: teller.onEvent,
        onFailed: teller.failed,
      }),
  );
  teller.close(outcome);
  const failure = failureOf(outcome);
  return {
    outputs: mirroredOutputs(outcome),
    summary: mirroredSummary(outcome),
    ...(failure && { failure }),
  };
};
