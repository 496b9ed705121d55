import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { VERDICT_CODES } from "../../build/attest/verify/verdict.ts";
import { runAttest } from "../../build/terminal/attest.ts";
import { runSign } from "../../build/terminal/sign.ts";
import { runVerifySignature } from "../../build/terminal/verify-signature.ts";
import { AMD64, ARM64, ROOT, TAG } from "../attest/verify/stage.ts";
import { failsWith } from "../support/fails.ts";
import { withFolder } from "../support/folder.ts";
import { type TestRegistry, withRegistry } from "../support/registry.ts";
import { holding } from "../support/registry/held.ts";
import { ISSUER, tokenWith, withSigstore, WORKFLOW } from "../support/sigstore/services.ts";
import { screenOn } from "./desk.ts";

const SIGNAL = new AbortController().signal;
const IMAGES = [AMD64, ARM64].flatMap(({ config, layer, manifest }) => [config, layer, manifest]);

/** An image on a registry, Sigstore beside it, and the words that sign with that. */
interface Stage {
  readonly registry: TestRegistry;
  readonly image: string;
  readonly keyless: readonly string[];
  readonly trust: readonly string[];
  readonly folder: string;
}

const withStage = (use: (stage: Stage) => Promise<void>): Promise<void> =>
  withFolder((folder) =>
    withSigstore(
      {},
      ({ services: { fulcio, rekor, timestamp }, root }) =>
        withRegistry({}, async (registry) => {
          registry.repositories.set("k8s/pause", holding([...IMAGES, ROOT], { [TAG]: ROOT }));
          const [token, trusted] = [join(folder, "token"), join(folder, "root.json")];
          await writeFile(token, tokenWith());
          await writeFile(trusted, root);
          await use({
            registry,
            image: `${registry.host}/k8s/pause:${TAG}`,
            keyless: [
              ...["--keyless", "--identity-token", token, "--fulcio-url", fulcio],
              ...["--rekor-url", rekor, "--timestamp-url", timestamp],
            ],
            trust: ["--trusted-root", trusted],
            folder,
          });
        }),
    )
  );

type Run = typeof runSign;

async function run(command: Run, ...words: string[]): Promise<{ code: number; lines: string[] }> {
  const lines: string[] = [];
  const screen = screenOn(lines);
  return { code: await command(words, SIGNAL, screen, screen), lines };
}

const BY_WORKFLOW = ["--certificate-identity", WORKFLOW, "--certificate-oidc-issuer", ISSUER];

test("sign --keyless signs an index and each of its images, and verify-signature says by whom", () =>
  withStage(async ({ image, keyless, trust }) => {
    const signed = await run(runSign, image, ...keyless);
    assert.is(signed.code, 0);
    assert.equal(signed.lines.map((line) => line.replace(/sha256:\w+/, "…")), [
      "signed   …  referrer  linux/amd64",
      "signed   …  referrer  linux/arch1",
      "signed   …  referrer",
    ]);
    for (const more of [[], ["--platform", "linux/arch1"]]) {
      const { code, lines } = await run(
        runVerifySignature,
        ...[image, ...trust, ...BY_WORKFLOW, ...more],
      );
      assert.is(code, 0, lines.join("\n"));
      assert.match(lines.join("\n"), `${WORKFLOW} (${ISSUER})`);
    }
  }));

/** Who else might have signed, and what is said of that. */
const OTHERS = [
  ["another workflow", [`${WORKFLOW}x`, ISSUER]],
  ["another issuer", [WORKFLOW, "https://issuer.example"]],
] as const;

for (const [what, [identity, issuer]] of OTHERS) {
  test(`who trusts ${what} does not trust this one`, () =>
    withStage(async ({ image, keyless, trust }) => {
      await run(runSign, image, ...keyless);
      const words = ["--certificate-identity", identity, "--certificate-oidc-issuer", issuer];
      const { code, lines } = await run(runVerifySignature, image, ...trust, ...words);
      assert.is(code, VERDICT_CODES.untrusted);
      assert.match(lines.join("\n"), /whom the policy does not trust/);
    }));
}

test("attest --keyless hangs a signed statement on the image", () =>
  withStage(async ({ image, keyless, trust, folder }) => {
    const predicate = join(folder, "scan.json");
    await writeFile(predicate, '{"found":0}');
    const type = "https://example.com/scan/v1";
    await run(runAttest, image, ...keyless, "--predicate", predicate, "--type", type);
    const words = [image, ...trust, ...BY_WORKFLOW];
    assert.is((await run(runVerifySignature, ...words, "--type", type)).code, 0);
    assert.is((await run(runVerifySignature, ...words)).code, VERDICT_CODES.unsigned);
  }));

test("a service that refuses leaves the image without a signature", () =>
  withStage(async ({ image, keyless, trust, registry }) => {
    const elsewhere = keyless.map((word, at) =>
      keyless[at - 1] === "--rekor-url" ? `${word}/nowhere` : word
    );
    await failsWith(["registry"], () => run(runSign, image, ...elsewhere));
    assert.not(registry.log.some(({ method }) => method === "PUT"));
    const { code } = await run(runVerifySignature, image, ...trust, ...BY_WORKFLOW);
    assert.is(code, VERDICT_CODES.unsigned);
  }));

/** Words that do not belong together, and what is said of them. */
const WRONG: readonly (readonly [readonly string[], RegExp])[] = [
  [["--keyless", "--key", "key.pem"], /--keyless signs without a key. Leave --key out/],
  [["--rekor-url", "https://rekor.example"], /--rekor-url is for --keyless. Add it/],
  [["--keyless", "--fulcio-url", "http://fulcio.example"], /it is not https/],
  [[], /Add --key FILE, or --keyless/],
];

for (const [words, says] of WRONG) {
  test(`sign ${words.join(" ")} is refused before anybody is asked`, async () => {
    const signing = (): Promise<unknown> => run(runSign, "registry.example/pause", ...words);
    assert.match((await failsWith(["usage"], signing)).message, says);
  });
}

test("keyless signatures are referrers: cosign's tag has no place for them here", () =>
  withStage(async ({ image, keyless }) => {
    const signing = (): Promise<unknown> => run(runSign, image, ...keyless, "--form", "tag");
    assert.match((await failsWith(["usage"], signing)).message, /as a referrer alone/);
  }));

test.run();
