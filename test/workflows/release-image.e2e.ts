import { test } from "uvu";
import * as assert from "uvu/assert";
import { PREDICATE } from "../../build/attest/media-types.ts";
import { verifyKeyless } from "../../build/attest/keyless/verify.ts";
import { readTrustedRoot } from "../../build/attest/trust/trusted-root.ts";
import { exactIdentity, policyOf } from "../../build/attest/verify/policy.ts";
import { verifySignatures } from "../../build/attest/verify/verify.ts";
import { TARGETS } from "../../build/compile/targets.ts";
import { registryStore } from "../../build/store/registry/registry.ts";
import { PASSWORD, USER } from "../support/docker-registry.ts";
import { withFolder } from "../support/folder.ts";
import { ISSUER, jobWith, withSigstore, WORKFLOW } from "../support/sigstore/services.ts";
import { lacks, skip } from "../support/skip.ts";
import { runJob } from "../support/workflow/job.ts";
import { OURS, readWorkflow, workflowsIn } from "../support/workflow/workflow.ts";
import { readBack, TAG, withRegistries } from "./registries.ts";

test("the release builds, checks, pushes and signs every architecture, SBOMs and provenance", async () => {
  const missing = lacks("docker-registry", "skopeo", "node");
  if (missing) return skip(missing);
  const written = workflowsIn(OURS).find(({ path }) => path.endsWith("/release.yml"));
  await withRegistries((_, closed) =>
    withSigstore({}, (sigstore) =>
      withFolder(async (folder) => {
        const text = written?.text.replaceAll("ghcr.io/", `${closed}/`) ?? "";
        const ended = await runJob(readWorkflow("release.yml", text), "image", folder, {
          contexts: { github: { actor: USER, token: PASSWORD } },
          standIns: { "actions/checkout": () => Promise.resolve() },
          env: jobWith(sigstore),
        });
        assert.is(ended.status, "success", ended.log);
        const { digest, platforms } = await readBack(`${closed}/pause-image/pause:${TAG}`);
        const all = TARGETS.flatMap((target) => target.platforms);
        assert.is(platforms.length, all.length);
        const store = registryStore({ host: closed, repository: "pause-image/pause" }, {
          credentials: () =>
            Promise.resolve({ credential: { username: USER, password: PASSWORD } }),
          strictAbsence: true,
        });
        const root = readTrustedRoot(sigstore.root, "of the tests");
        const kinds = [undefined, PREDICATE.spdx, PREDICATE.cyclonedx, PREDICATE.provenance];
        for (const predicateType of kinds) {
          const { verdict } = await verifySignatures(
            () => Promise.resolve({ store, ref: digest }),
            {
              policy: policyOf([exactIdentity(WORKFLOW, ISSUER)], 1),
              check: (bundle, artifact) => verifyKeyless(bundle, artifact, root),
              ...(predicateType !== undefined && { predicateType }),
            },
          );
          assert.is(verdict, "signed", predicateType);
        }
      }))
  );
});

test.run();
