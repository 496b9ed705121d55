import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { run } from "../../build/host/process.ts";
import { withFolder } from "../support/folder.ts";
import { type JobRun, runJob, type StandIn } from "../support/workflow/job.ts";
import { OURS, workflowsIn } from "../support/workflow/workflow.ts";
import { makePrograms } from "./stand-in.ts";

/** A clone whose dist/action is kept in the repository. */
const clone: StandIn = async (_, { workspace }) => {
  const git = ["git", "-C", workspace, "-c", "user.name=x", "-c", "user.email=x"] as const;
  await mkdir(join(workspace, "dist/action"), { recursive: true });
  await writeFile(join(workspace, ".gitattributes"), "/dist/action/** -diff\n");
  await writeFile(join(workspace, "dist/action/index.cjs"), "made\n");
  await run([...git, "init", "--quiet"]);
  await run([...git, "add", "."]);
  await run([...git, "commit", "--quiet", "--message=x"]);
};

/** The check, where `deno task action` does as a script says. */
async function check(made: string): Promise<JobRun> {
  const workflow = workflowsIn(OURS).find(({ path }) => path.endsWith("/check-dist.yml"));
  if (workflow === undefined) throw new Error("There is no check-dist.yml");
  return await withFolder(async (folder) => {
    const scripts = { npm: "", npx: `[ "$*" = "deno task action" ] || exit 1\n${made}` };
    const { path } = await makePrograms(folder, scripts);
    const standIns = {
      "actions/checkout": clone,
      "actions/setup-node": () => Promise.resolve(),
    };
    return await runJob(workflow, "dist", folder, { contexts: {}, standIns, path });
  });
}

test("what the sources make passes", async () => {
  const { status, log } = await check("echo made >dist/action/index.cjs");
  assert.is(status, "success", log);
});

test("another bundle, a new file and one that is gone fail, and say what to do", async () => {
  const changes = [
    "echo other >dist/action/index.cjs",
    "touch dist/action/new.txt",
    "rm dist/action/index.cjs",
  ];
  for (const change of changes) {
    const { status, log } = await check(change);
    assert.is(status, "failure", change);
    assert.match(log, /^::error title=.*Run "deno task action" and commit dist\/action\.$/m);
  }
});

test.run();
