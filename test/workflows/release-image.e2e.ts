import { test } from "uvu";
import * as assert from "uvu/assert";
import { TARGETS } from "../../build/compile/targets.ts";
import { PASSWORD, USER } from "../support/docker-registry.ts";
import { withFolder } from "../support/folder.ts";
import { lacks, skip } from "../support/skip.ts";
import { runJob } from "../support/workflow/job.ts";
import { OURS, readWorkflow, workflowsIn } from "../support/workflow/workflow.ts";
import { readBack, TAG, withRegistries } from "./registries.ts";

test("the release builds, checks and pushes every architecture, and attests what it pushed", async () => {
  const missing = lacks("docker-registry", "skopeo", "node");
  if (missing) return skip(missing);
  const written = workflowsIn(OURS).find(({ path }) => path.endsWith("/release.yml"));
  await withRegistries((_, closed) =>
    withFolder(async (folder) => {
      const text = written?.text.replaceAll("ghcr.io/", `${closed}/`) ?? "";
      const attested: unknown[] = [];
      const ended = await runJob(readWorkflow("release.yml", text), "image", folder, {
        contexts: { github: { actor: USER, token: PASSWORD } },
        standIns: {
          "actions/checkout": () => Promise.resolve(),
          "actions/attest": (inputs) => Promise.resolve(void attested.push(inputs)),
        },
      });
      assert.is(ended.status, "success", ended.log);
      const name = `${closed}/pause-image/pause`;
      const { digest, platforms } = await readBack(`${name}:${TAG}`);
      assert.equal(attested, [{ "subject-name": name, "subject-digest": digest }]);
      const all = TARGETS.flatMap((target) => target.platforms);
      assert.is(platforms.length, all.length);
    })
  );
});

test.run();
