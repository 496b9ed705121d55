import { join } from "node:path";
import { writeFile } from "node:fs/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { run } from "../../build/host/process.ts";
import { withFolder } from "../support/folder.ts";
import { lacks, skip } from "../support/skip.ts";
import { EXAMPLES, OURS, type Workflow, workflowsIn } from "../support/workflow/workflow.ts";

/** The scripts of a workflow, each as a program of the shell that GitHub starts them with. */
function scriptsOf({ jobs }: Workflow): string[] {
  return Object.values(jobs).flatMap(({ steps = [] }) => steps)
    .flatMap(({ run = "" }) => run === "" ? [] : [`#!/bin/bash -e\n${run}`]);
}

/** What shellcheck says against a script. */
async function complaints(script: string, folder: string): Promise<string> {
  const file = join(folder, "script.sh");
  await writeFile(file, script);
  const { exitCode, stdout, stderr } = await run(["shellcheck", file]);
  return exitCode === 0 ? "" : stdout + stderr;
}

test("the scripts of the workflows are good shell", async () => {
  const missing = lacks("shellcheck");
  if (missing) return skip(missing);
  await withFolder(async (folder) => {
    const scripts = [...workflowsIn(OURS), ...workflowsIn(EXAMPLES)].flatMap(scriptsOf);
    assert.ok(scripts.length > 10);
    for (const script of scripts) assert.is(await complaints(script, folder), "");
    assert.match(await complaints("#!/bin/bash -e\nrm $files\n", folder), /SC2086/);
  });
});

test.run();
