/** docs/verify-signature.md is held to what the tests show, and to what the program says. */

import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { LARGEST, MOST_REFERRERS, MOST_SIGNATURES } from "../../../build/attest/verify/limits.ts";
import { POLICY_SCHEMA, readPolicyFile } from "../../../build/attest/verify/policy-file.ts";
import { VERDICT_CODES } from "../../../build/attest/verify/verdict.ts";
import { ATTESTATIONS, VERIFY_SIGNATURE } from "../../../build/terminal/manual/verify-signature.ts";
import { withFolder } from "../../support/folder.ts";
import { ecKey } from "./signing.ts";

const DOCUMENT = readFileSync("docs/verify-signature.md", "utf8");

test("the table of verdicts has a row for each test, and no other", () => {
  const tested = Object.keys(VERDICT_CODES).flatMap((verdict) => {
    const text = readFileSync(`test/attest/verify/${verdict}.test.ts`, "utf8");
    return [...text.matchAll(/^ {2}"([^"]+)": \{/gm)].map(([, name]) => `${verdict}: ${name}`);
  });
  const [, table = ""] = /<!-- verdicts: begin -->(.*?)<!-- verdicts: end -->/s.exec(DOCUMENT) ??
    [];
  const rows = [...table.matchAll(/^\| `(\w+)` +\| (.+?) +\|$/gm)];
  assert.ok(rows.length > 50);
  assert.equal(rows.map(([, verdict, name]) => `${verdict}: ${name}`), tested);
});

test("the page has the exit code of each verdict", () => {
  for (const [verdict, code] of Object.entries(VERDICT_CODES)) {
    assert.match(DOCUMENT, new RegExp(`^\\| \`${verdict}\` +\\| ${code} +\\|`, "m"));
  }
});

test("the example is a policy, with every way to name a signer", () =>
  withFolder(async (folder) => {
    const [, example = ""] = /```yaml\n(.*?)```/s.exec(DOCUMENT) ?? [];
    await writeFile(join(folder, "release.pub"), ecKey(1).publicKey);
    await writeFile(join(folder, "policy.yaml"), example);
    const { signers, threshold } = await readPolicyFile(join(folder, "policy.yaml"));
    assert.is(threshold, 2);
    assert.equal(signers.map(({ kind }) => kind), ["key", "key", "identity", "identity"]);
    const named = Object.values(POLICY_SCHEMA.$defs ?? {})
      .flatMap((part) => Object.keys((part as { properties?: object }).properties ?? {}));
    for (const key of new Set(named)) assert.match(example, new RegExp(`\\b${key}: `));
  }));

test("the page names the options about trust, the types of attestations, and the limits", () => {
  const [trust] = VERIFY_SIGNATURE.groups ?? [];
  for (const name of Object.keys(trust?.options ?? {})) assert.match(DOCUMENT, `--${name}`);
  for (const name of Object.keys(ATTESTATIONS)) assert.match(DOCUMENT, `${name}`);
  assert.match(DOCUMENT.replaceAll("\n", " "), `at most ${MOST_REFERRERS} referrers`);
  assert.match(DOCUMENT.replaceAll("\n", " "), `at most ${MOST_SIGNATURES} signatures`);
  assert.match(DOCUMENT.replaceAll("\n", " "), `${LARGEST / 1024 / 1024} MiB each`);
});

test.run();
