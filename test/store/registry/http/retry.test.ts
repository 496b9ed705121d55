import { test } from "uvu";
import * as assert from "uvu/assert";
import { RETRY, retryAfter, retrying } from "../../../../build/store/registry/http/retry.ts";
import type { Answer, RetryRules } from "../../../../build/store/registry/http/transport.ts";

const RULES: RetryRules = { ...RETRY, firstDelay: 1, longestDelay: 2000 };

function answer(status: number, headers: Record<string, string> = {}): Answer {
  return { url: new URL("http://h/"), status, headers: new Headers(headers), body: null };
}

/** Gives the answers one after the other; an Error is thrown. */
function answers(...list: (Answer | Error)[]): { give: () => Promise<Answer>; made: () => number } {
  let made = 0;
  const give = (): Promise<Answer> => {
    const next = list[made++] ?? answer(299);
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
  };
  return { give, made: () => made };
}

test("every status of the table is tried again, others are answers", async () => {
  for (const status of [408, 429, 500, 502, 503, 504, 522]) {
    const { give } = answers(answer(status), answer(200));
    assert.is((await retrying(RULES, undefined, give)).status, 200, String(status));
  }
  for (const status of [200, 301, 400, 401, 403, 404, 409, 501, 505]) {
    const { give, made } = answers(answer(status));
    assert.is((await retrying(RULES, undefined, give)).status, status);
    assert.is(made(), 1);
  }
});

test("the last answer is handed over when the attempts are used up", async () => {
  const { give, made } = answers(...[1, 2, 3, 4, 5].map(() => answer(503)));
  assert.is((await retrying(RULES, undefined, give)).status, 503);
  assert.is(made(), 4);
});

test("a connection that breaks is made again, one that is refused is not", async () => {
  const broke = Object.assign(new Error("read"), { code: "ECONNRESET" });
  const { give } = answers(new TypeError("fetch failed", { cause: broke }), answer(200));
  assert.is((await retrying(RULES, undefined, give)).status, 200);
  const refused = Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
  const down = answers(new TypeError("fetch failed", { cause: refused }), answer(200));
  const outcome = await retrying(RULES, undefined, down.give).catch((error) => error);
  assert.instance(outcome, TypeError);
  assert.is(down.made(), 1);
});

test("Retry-After is waited for, and not beyond the longest delay", async () => {
  const start = performance.now();
  const { give } = answers(answer(429, { "retry-after": "1" }), answer(200));
  assert.is((await retrying(RULES, undefined, give)).status, 200);
  assert.ok(performance.now() - start >= 990);
  const busy = answers(answer(429, { "retry-after": "600" }), answer(200));
  assert.is((await retrying(RULES, undefined, busy.give)).status, 429);
  assert.is(busy.made(), 1);
});

test("retryAfter() reads seconds and dates", () => {
  const now = Date.parse("2026-11-22T12:00:00Z");
  assert.is(retryAfter("120", now), 120_000);
  assert.is(retryAfter("Sun, 22 Nov 2026 12:00:30 GMT", now), 30_000);
  assert.is(retryAfter("Sun, 22 Nov 2026 11:00:00 GMT", now), 0);
  for (const nothing of [null, "", "soon", "-1"]) assert.is(retryAfter(nothing, now), undefined);
});

test("a signal ends the waiting at once", async () => {
  const controller = new AbortController();
  const { give } = answers(answer(503), answer(200));
  const start = performance.now();
  setTimeout(() => controller.abort(new Error("enough")), 20);
  const rules = { ...RULES, firstDelay: 60_000, longestDelay: 60_000 };
  const outcome = await retrying(rules, controller.signal, give).catch((error) => error);
  assert.instance(outcome, Error);
  assert.ok(performance.now() - start < 25_000);
});

test.run();
