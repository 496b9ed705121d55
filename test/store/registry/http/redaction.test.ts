import { test } from "uvu";
import * as assert from "uvu/assert";
import { redacted, shownAddress } from "../../../../build/store/registry/http/redaction.ts";

const CASES: readonly [text: string, clean: string][] = [
  ["got https://s3.example/b?X-Amz-Signature=abc&d=e, sorry", "got https://s3.example/b sorry"],
  ["(http://h:1/p?token=x)", "(http://h:1/p)"],
  ["https://me:pw@h.example/a", "https://h.example/a"],
  ["sent Authorization: Bearer eyJhbGciOi.J9", "sent Authorization: Bearer [secret]"],
  ["the password is hunter2, or hunter2", "the password is [secret], or [secret]"],
  ["two\r\nlines\t\u001b[31mred\u202e", "two lines [31mred"],
  ["plain words (404)", "plain words (404)"],
];

test("redacted() takes out passwords, tokens, signed queries and control characters", () => {
  for (const [text, clean] of CASES) assert.is(redacted(text, ["hunter2", ""]), clean);
});

test("redacted() keeps strangers short", () => {
  assert.is(redacted("x".repeat(5000), []).length, 301);
});

test("shownAddress() shows neither login nor query", () => {
  assert.is(
    shownAddress(new URL("https://me:pw@h.example:1/a/b?c=d#e")),
    "https://h.example:1/a/b",
  );
});

test.run();
