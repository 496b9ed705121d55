import { saveByName } from "../mirror/by-name.ts";
import { tellerFor } from "../terminal/carrying.ts";
import { formatBytes } from "../terminal/sizes.ts";
import type { RunCommand } from "./desk.ts";
import { linesOf } from "./inputs.ts";
import { mirroredOutputs, placesOf, subsetOf } from "./mirrored.ts";
import { mirroredSummary } from "./summary.ts";

/** `command: save` */
export const runSave: RunCommand = async (desk) => {
  const { inputs, log } = desk;
  const teller = tellerFor({ json: false, quiet: false }, { out: log, err: log });
  const saved = await log.group(
    `Save to ${inputs.output}`,
    () =>
      saveByName(linesOf(inputs.image), inputs.output, {
        ...placesOf(desk),
        // No archive holds an index that names what is not there.
        ...subsetOf(desk, "rewritten"),
        onEvent: teller.onEvent,
      }),
  );
  const { images: mirrored, file, size, sha256 } = saved;
  const outcome = { mirrored, failures: [] };
  log.write(`${file}  ${sha256}  ${formatBytes(size)}`);
  return {
    outputs: {
      ...mirroredOutputs(outcome, { file, size, sha256 }),
      image: file,
      // The archive is written anew, with the same bytes for the same images.
      changed: true,
    },
    summary: mirroredSummary(outcome),
  };
};
