import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { VERDICT_CODES } from "../../build/attest/verify/verdict.ts";
import { runVerifySignature } from "../../build/terminal/verify-signature.ts";
import { keylessReferrer } from "../attest/verify/sigstore.ts";
import { AMD64, ARM64, ROOT, TAG } from "../attest/verify/stage.ts";
import { failsWith } from "../support/fails.ts";
import { withFolder } from "../support/folder.ts";
import { withRegistry } from "../support/registry.ts";
import { holding } from "../support/registry/held.ts";
import { ISSUER, withSigstore, WORKFLOW } from "../support/sigstore/services.ts";
import { screenOn } from "./desk.ts";

async function run(...words: string[]): Promise<{ code: number; text: string }> {
  const lines: string[] = [];
  const { signal } = new AbortController();
  const code = await runVerifySignature(words, signal, screenOn(lines));
  return { code, text: lines.join("\n") };
}

test("an identity is checked by the trusted root that is named, or by Sigstore's", () =>
  withSigstore({}, (sigstore) =>
    withFolder((folder) =>
      withRegistry({}, async (registry) => {
        const images = [AMD64, ARM64]
          .flatMap(({ config, layer, manifest }) => [config, layer, manifest]);
        const referrer = await keylessReferrer(sigstore, ROOT);
        registry.repositories.set("a", holding([...images, ROOT, ...referrer], { [TAG]: ROOT }));
        const root = join(folder, "trusted_root.json");
        await writeFile(root, sigstore.root);
        const policy = join(folder, "policy.yaml");
        const signer = { identityRegexp: "https://github\\.com/example/.*", issuer: ISSUER };
        await writeFile(policy, JSON.stringify({ version: 1, signers: [signer] }));
        const image = `${registry.host}/a:${TAG}`;
        const identity = [
          `--certificate-identity=${WORKFLOW}`,
          `--certificate-oidc-issuer=${ISSUER}`,
        ];

        const signed = await run(image, ...identity, "--trusted-root", root);
        assert.is(signed.code, VERDICT_CODES.signed, signed.text);
        assert.match(signed.text, `by ${WORKFLOW} (${ISSUER})`);
        const byPolicy = await run(image, "--policy", policy, "--trusted-root", root);
        assert.is(byPolicy.code, VERDICT_CODES.signed, byPolicy.text);

        const other = `${identity[0]}.4`;
        const stranger = await run(image, other, identity[1] ?? "", "--trusted-root", root);
        assert.is(stranger.code, VERDICT_CODES.untrusted, stranger.text);
        assert.match(stranger.text, `it is by ${WORKFLOW} (${ISSUER}), whom the policy does not`);

        const sigstores = await run(image, ...identity, "--offline");
        assert.is(sigstores.code, VERDICT_CODES.untrusted, sigstores.text);
        assert.match(sigstores.text, "Cannot verify the bundle");

        await writeFile(root, "{}");
        const wrong = (): Promise<unknown> => run(image, ...identity, "--trusted-root", root);
        assert.match((await failsWith(["usage"], wrong)).message, /trusted_root\.json/);
      })
    )));

test.run();
