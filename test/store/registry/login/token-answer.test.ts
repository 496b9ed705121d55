import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Given, readGiven } from "../../../../build/store/registry/login/token-answer.ts";

const DATE = "Sun, 22 Nov 2026 12:00:00 GMT";

function given(fields: unknown, date: string | null = DATE): Given | undefined {
  const text = typeof fields === "string" ? fields : JSON.stringify(fields);
  return readGiven(new TextEncoder().encode(text), date);
}

test("a token lasts as long as its server says, and a minute when it says less or nothing", () => {
  const LIVES: readonly [expiresIn: unknown, seconds: number][] = [
    [300, 300],
    ["300", 300],
    [undefined, 60],
    [0, 60],
    [5, 60],
    [-1, 60],
    ["soon", 60],
    [null, 60],
  ];
  for (const [expires_in, seconds] of LIVES) {
    assert.is(given({ token: "t", expires_in })?.life, seconds * 1000, String(expires_in));
  }
});

test("the life of a token that was in use already counts from when it was issued, by its server's clock", () => {
  const left = (issued_at: unknown, date: string | null = DATE): number | undefined =>
    given({ token: "t", expires_in: 300, issued_at }, date)?.life;
  assert.is(left("2026-11-22T12:00:00Z"), 300_000);
  assert.is(left("2026-11-22T11:57:00Z"), 120_000);
  assert.is(left("2026-11-22T12:57:00+01:00"), 120_000);
  // One of the server's two clocks is wrong: its token is a good one all the same.
  assert.is(left("2009-11-10T23:00:00Z"), 300_000);
  assert.is(left("2026-11-22T12:03:00Z"), 300_000);
  assert.is(left("yesterday"), 300_000);
  assert.is(left("2026-11-22T11:57:00Z", null), 300_000);
});

test("a token is called token or access_token, and what cannot stand in a header is none", () => {
  assert.is(given({ token: "a", access_token: "b" })?.token, "a");
  assert.is(given({ token: "", access_token: "b" })?.token, "b");
  assert.is(given({ token: null, access_token: "b" })?.token, "b");
  for (const text of ["", "<html>", "null", "5", "[]", "{}"]) assert.is(given(text), undefined);
  for (const token of [5, "", "a b", "line\nbreak", "ü"]) assert.is(given({ token }), undefined);
});

test("a refresh token is taken when it is one", () => {
  assert.is(given({ token: "a", refresh_token: "r" })?.refreshToken, "r");
  for (const refresh_token of [5, "", "a b", null]) {
    assert.is(given({ token: "a", refresh_token })?.refreshToken, undefined);
  }
});

test.run();
