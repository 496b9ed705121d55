import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readSyncFile } from "../../build/mirror/sync/file.ts";
import { EXAMPLES, OURS, workflowsIn } from "../support/workflow/workflow.ts";

const DOCUMENT = readFileSync("docs/workflows.md", "utf8");

/** The first two cells of the rows of the table with that heading. */
function rows(heading: string): string[][] {
  const table = DOCUMENT.split("\n\n").find((part) => part.startsWith(`| ${heading} `)) ?? "";
  return table.split("\n").slice(2)
    .map((row) => row.split("|").slice(1, 3).map((cell) => cell.trim().replaceAll("`", "")));
}

test("docs/workflows.md has what the called workflow takes and gives, and its defaults", () => {
  const call = workflowsIn(OURS).find(({ path }) => path.endsWith("/mirror.yml"))?.on.workflow_call;
  const inputs = Object.entries(call?.inputs ?? {});
  assert.ok(inputs.length > 0);
  assert.equal(rows("Input"), inputs.map(([name, input]) => [name, String(input.default)]));
  const names = (heading: string): string[] => rows(heading).flatMap(([name]) => name ?? []);
  assert.equal(names("Secret"), Object.keys(call?.secrets ?? {}));
  assert.equal(names("Output"), Object.keys(call?.outputs ?? {}));
});

test("docs/workflows.md names every workflow, and nothing that is not there", () => {
  for (const { path } of [...workflowsIn(OURS), ...workflowsIn(EXAMPLES)]) {
    assert.ok(DOCUMENT.includes(`](../${path})`), path);
  }
  for (const [, path = ""] of DOCUMENT.matchAll(/\]\(([^):]+)\)/g)) {
    assert.ok(existsSync(join("docs", path)), path);
  }
});

test("the sync file that an example tells people to write is one", () => {
  const { text } = workflowsIn(EXAMPLES).find(({ path }) => path.includes("nightly")) ?? {};
  const lines = [...(text ?? "").matchAll(/^# {3}(.*)$/gm)].map(([, line]) => line);
  const bytes = new TextEncoder().encode(lines.join("\n"));
  const { sources, destinations } = readSyncFile(bytes, "pause-mirror.yaml");
  assert.is(sources.length, 1);
  assert.is(destinations.length, 1);
});

test.run();
