import { Buffer } from "node:buffer";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { identityToken, type TokenOptions } from "../../../build/attest/keyless/token.ts";
import { failsWith } from "../../support/fails.ts";
import { withFolder } from "../../support/folder.ts";
import {
  ISSUER,
  RUNNER_TOKEN,
  tokenWith,
  withSigstore,
  WORKFLOW,
} from "../../support/sigstore/services.ts";

const refusalOf = async (options: TokenOptions): Promise<string> =>
  (await failsWith(["authentication"], () => identityToken(options))).message;

test("a token is taken from the file that is named, before all others", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "token");
    await writeFile(file, `${tokenWith({ sub: "of the file" })}\n`);
    const environment = { SIGSTORE_ID_TOKEN: tokenWith({ sub: "of the environment" }) };
    const { text, ...token } = await identityToken({ file, environment });
    assert.equal(token, { subject: "of the file", issuer: ISSUER });
    assert.not(text.endsWith("\n"));
  });
});

test("a token is taken from SIGSTORE_ID_TOKEN; a mail address comes before the subject", async () => {
  const claims = { email: "pause@example.com", email_verified: true };
  const environment = { SIGSTORE_ID_TOKEN: tokenWith(claims) };
  assert.is((await identityToken({ environment })).subject, "pause@example.com");
});

test("the runner of GitHub Actions is asked for a token that is meant for Sigstore", async () => {
  await withSigstore({}, async ({ runner, asked }) => {
    const environment = {
      ACTIONS_ID_TOKEN_REQUEST_URL: runner,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: RUNNER_TOKEN,
    };
    const { subject, issuer } = await identityToken({ environment });
    assert.equal([subject, issuer], [WORKFLOW, ISSUER]);
    assert.equal(asked, ["GET /token"]);
  });
});

test("a runner that gives no token is named, without what it is asked with", async () => {
  await withSigstore({}, async ({ runner }) => {
    const environment = {
      ACTIONS_ID_TOKEN_REQUEST_URL: runner,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: "another-secret",
    };
    const message = await refusalOf({ environment });
    assert.match(
      message,
      /the runner answered 401 at http:\/\/127\.0\.0\.1:\d+\/token, and no token/,
    );
    assert.not.match(message, /another-secret|api-version/);
  });
});

test("no runner is asked without TLS but on this machine", async () => {
  const environment = { ACTIONS_ID_TOKEN_REQUEST_URL: "http://runner.example/token" };
  assert.match(await refusalOf({ environment }), /is no address with https/);
});

test("without a token, what to do is said: in GitHub Actions, and elsewhere", async () => {
  assert.match(
    await refusalOf({ environment: { GITHUB_ACTIONS: "true" } }),
    /there is no identity token. Give the job "permissions: id-token: write"/,
  );
  assert.match(await refusalOf({ environment: {} }), /Set SIGSTORE_ID_TOKEN/);
  assert.match(await refusalOf({ environment: {}, file: "/nowhere/token" }), /there is no file/);
});

test("a token that has expired by this machine's clock is refused, with both times", async () => {
  const exp = Date.parse("2026-01-01T00:00:00Z") / 1000;
  const environment = { SIGSTORE_ID_TOKEN: tokenWith({ exp }) };
  const now = (): number => (exp + 1) * 1000;
  assert.match(
    await refusalOf({ environment, now }),
    /expired at 2026-01-01T00:00:00.000Z. By this machine's clock it is 2026-01-01T00:00:01.000Z/,
  );
  await identityToken({ environment, now: () => exp * 1000 - 1 });
});

/** What is no token that Fulcio would take, and what is said of it. */
const NO_TOKENS: Readonly<Record<string, readonly [string, RegExp]>> = {
  "text": ["secret text", /is no token of OpenID Connect/],
  "two parts": [tokenWith().split(".").slice(1).join("."), /is no token of OpenID Connect/],
  "claims that are no JSON": ["e30.c2VjcmV0.e30", /is no token of OpenID Connect/],
  "a list": [`e30.${Buffer.from("[1]").toString("base64url")}.e30`, /is no token/],
  "nobody": [tokenWith({ sub: undefined }), /does not say who it is about/],
  "nobody's word": [tokenWith({ iss: undefined }), /does not say who it is about/],
  "a mail address of anybody": [tokenWith({ email: "a@example.com" }), /did not verify/],
};

for (const [what, [text, says]] of Object.entries(NO_TOKENS)) {
  test(`${what} is refused, and not quoted`, async () => {
    const message = await refusalOf({ environment: { SIGSTORE_ID_TOKEN: text } });
    assert.match(message, says);
    for (const part of text.split(".")) assert.not(part !== "" && message.includes(part));
  });
}

test.run();
