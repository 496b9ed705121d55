import { existsSync } from "node:fs";
import { type Report, verify } from "../check/verify.ts";
import { PauseError } from "../error.ts";
import { readPlatform } from "../oci/platform.ts";
import { redacted } from "../store/registry/http/redaction.ts";
import { FORMATS } from "../terminal/verify-formats.ts";
import type { RunCommand } from "./desk.ts";
import { wordsOf } from "./inputs.ts";
import { byDigest, placesOf } from "./mirrored.ts";
import { reportSummary } from "./summary.ts";

/** `command: verify` */
export const runVerify: RunCommand = async (desk) => {
  const { inputs, log } = desk;
  const platforms = wordsOf(inputs.platforms).map(readPlatform);
  const report = await verify(inputs.image, {
    ...placesOf(desk),
    static: inputs.static === "true",
    ...(platforms.length > 0 && { platforms }),
  });
  for (const line of FORMATS.table(report, log.paint)) log.write(line);
  const { target, digest } = report;
  const failure = failureOf(report);
  return {
    outputs: {
      digest,
      // A program is named by its path.
      image: existsSync(target) ? target : byDigest(target, digest),
      references: [target],
      digests: {},
      metadata: JSON.parse(FORMATS.json(report, log.paint).join("\n")),
      changed: false,
    },
    summary: reportSummary(report),
    ...(failure && { failure }),
  };
};

/** "Could not be checked" is not "good": a step that asks for a check fails then, too. */
function failureOf({ target, outcome, subjects }: Report): PauseError | undefined {
  if (outcome === "pass") return undefined;
  const rows = subjects.flatMap(({ name, rows }) => rows.map((judged) => ({ name, ...judged })));
  const bad = rows.filter((one) => one.outcome === outcome);
  const first = bad.slice(0, 5).map(({ row, name }) => `${row.id} (${redacted(name, [])})`).join(
    ", ",
  );
  const more = bad.length > 5 ? `, and ${bad.length - 5} more` : "";
  return outcome === "fail"
    ? new PauseError(
      "verification",
      `Cannot accept ${target}: it fails ${first}${more}. The log says what was found.`,
    )
    : new PauseError(
      "partial",
      `Cannot tell whether ${target} is good: ${first}${more} could not be checked here, as the log says. "static: true" leaves out what needs programs to be run.`,
    );
}
