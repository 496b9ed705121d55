import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Verified } from "../../build/attest/verify/verify.ts";
import { verdictLines } from "../../build/terminal/verify-signature-lines.ts";

const DIGEST = `sha256:${"a".repeat(64)}` as const;
const FORGED = "x\nsigned     pause:3\r\u2028y";
const TOLD = "x\ufffdsigned     pause:3\ufffd\ufffdy";

const linesOf = (verified: Verified): string[] =>
  verdictLines("pause:3", verified, (digest) => `pause@${digest}`, (_, text) => text);

test("what strangers wrote into a signature draws no line of its own", () => {
  const signatures = [{ from: "tag", note: `made for ${FORGED}`, reason: "it is by another" }];
  const subject = { verdict: "untrusted", digest: DIGEST, signatures, unread: [FORGED] } as const;
  assert.equal(linesOf({ verdict: "untrusted", digest: DIGEST, subjects: [subject], unread: [] }), [
    `untrusted  pause@${DIGEST}`,
    `  does not count: it is by another, made for ${TOLD} (tag)`,
    `  not read: ${TOLD}`,
  ]);
});

test("what a registry said in place of an image draws no line of its own", () => {
  assert.equal(linesOf({ verdict: "unknown", subjects: [], unread: [FORGED] }), [
    "unknown    pause:3",
    `  not read: ${TOLD}`,
  ]);
});

test.run();
