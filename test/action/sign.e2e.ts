import { generateKeyPairSync } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { VERDICT_CODES } from "../../build/attest/verify/verdict.ts";
import { runVerifySignature } from "../../build/terminal/verify-signature.ts";
import { withDockerRegistry } from "../support/docker-registry.ts";
import {
  ISSUER,
  jobWith,
  RUNNER_TOKEN,
  type Sigstore,
  withSigstore,
  WORKFLOW,
} from "../support/sigstore/services.ts";
import { lacks, skip } from "../support/skip.ts";
import { screenOn } from "../terminal/desk.ts";
import { type Machine, type With, withMachine } from "./step.ts";

interface Stage extends Machine {
  readonly sigstore: Sigstore;
  /** The push, before anybody says how it is signed. */
  readonly inputs: With;
  /** What the verdict on an image is: its exit code. */
  readonly verdict: (image: string, ...words: string[]) => Promise<number>;
}

/** Gives `use` a machine, a registry, and Sigstore's services, all on this machine. */
async function withStage(use: (stage: Stage) => Promise<void>): Promise<void> {
  const missing = lacks("node", "clang-19", "ld.lld-19", "docker-registry");
  if (missing !== undefined) return skip(missing);
  await withMachine((machine) =>
    withDockerRegistry(({ host }) =>
      withSigstore({}, async (sigstore) => {
        const root = join(machine.workspace, "root.json");
        await writeFile(root, sigstore.root);
        await use({
          ...machine,
          sigstore,
          inputs: { command: "push", registry: `${host}/k8s`, architectures: "amd64 arm64" },
          verdict: (image, ...words) =>
            runVerifySignature(
              [image, "--trusted-root", root, ...words],
              new AbortController().signal,
              screenOn([]),
            ),
        });
      })
    )
  );
}

const BY_WORKFLOW = ["--certificate-identity", WORKFLOW, "--certificate-oidc-issuer", ISSUER];

test("sign: keyless signs the index, its images, SBOMs and provenance as the workflow", () =>
  withStage(async ({ step, inputs, sigstore, verdict }) => {
    const ended = await step({ ...inputs, sign: "keyless" }, { env: jobWith(sigstore) });
    assert.is(ended.exitCode, 0, ended.everything);
    const { image = "", changed } = ended.outputs;
    assert.is(changed, "true");
    assert.is(await verdict(image, ...BY_WORKFLOW), 0);
    assert.is(await verdict(image, ...BY_WORKFLOW, "--platform", "linux/arm64"), 0);
    for (const type of ["spdx", "cyclonedx", "provenance"]) {
      assert.is(await verdict(image, ...BY_WORKFLOW, "--type", type), 0, type);
    }
    const other = BY_WORKFLOW.with(1, `${WORKFLOW}.4`);
    assert.is(await verdict(image, ...other), VERDICT_CODES.untrusted);
    const certificates = sigstore.asked.filter((path) => path.endsWith("/signingCert"));
    assert.is(certificates.length, 1);
    const lines = ended.log.split("\n").filter((line) => line.startsWith("signed  "));
    assert.is(lines.filter((line) => line.includes("  referrer")).length, 3, ended.log);
    const logged = sigstore.asked.filter((path) => path.endsWith("/entries"));
    assert.is(logged.length, lines.length);
    assert.is(new Set(lines).size, lines.length);
    assert.not.ok(ended.everything.includes(RUNNER_TOKEN));
  }));

test("sign: env://KEY signs with a key; nothing else hangs where it is switched off", () =>
  withStage(async ({ step, inputs, workspace, verdict }) => {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const pem = privateKey.export({ format: "pem", type: "pkcs8" }).toString();
    const trusted = join(workspace, "key.pub");
    await writeFile(trusted, publicKey.export({ format: "pem", type: "spki" }));
    const more = { sign: "env://SIGNING_KEY", sbom: "false", provenance: "false" };
    const ended = await step({ ...inputs, ...more }, { env: { SIGNING_KEY: pem } });
    assert.is(ended.exitCode, 0, ended.everything);
    const { image = "" } = ended.outputs;
    assert.is(await verdict(image, "--key", trusted), 0);
    const type = await verdict(image, "--key", trusted, "--type", "spdx");
    assert.is(type, VERDICT_CODES.unsigned);
    assert.not.ok(ended.everything.includes(pem.split("\n")[1] ?? pem));
    // The same key does not sign the same twice.
    const again = await step({ ...inputs, ...more }, { env: { SIGNING_KEY: pem } });
    assert.is(again.outputs.changed, "false", again.everything);
  }));

test("a service of Sigstore that refuses fails the step, and the image stays without a signature", () =>
  withStage(async ({ step, inputs, sigstore, verdict }) => {
    const env = { ...jobWith(sigstore), SIGSTORE_REKOR_URL: `${sigstore.services.rekor}/nowhere` };
    const ended = await step({ ...inputs, tag: "v1", sign: "keyless" }, { env });
    assert.is(ended.exitCode, 1);
    assert.match(ended.log, /Cannot sign keyless: Rekor answered 404/);
    const name = `${inputs.registry}/pause:v1`;
    assert.is(await verdict(name, ...BY_WORKFLOW), VERDICT_CODES.unsigned, ended.everything);
  }));

test.run();
