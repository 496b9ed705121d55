import { test } from "uvu";
import * as assert from "uvu/assert";
import { limited, type Limits, shareOf } from "../../build/mirror/limits.ts";
import { type Network, openNetwork } from "../../build/store/registry/http/network.ts";

const A = new URL("https://a.io/v2/");
const B = new URL("https://b.io/v2/");

const limitedTo = (limits: Readonly<Record<string, Limits>>): Network =>
  limited(openNetwork({ env: {} }), (host) => limits[host]);

/** Milliseconds that `times` requests to a host take, each over at once. */
async function time(network: Network, url: URL, times: number): Promise<number> {
  const started = performance.now();
  await Promise.all(Array.from({ length: times }, async () => {
    const leave = await network.throttleOf(url).enter(undefined);
    leave("good");
  }));
  return performance.now() - started;
}

test("requests to a host begin at equal distances, the first one at once", async () => {
  const network = limitedTo({ "a.io": { requestsPerSecond: 50 } });
  const [limitedTime, free] = await Promise.all([time(network, A, 11), time(network, B, 11)]);
  // Ten distances of 20 ms. Timers are late, never early by more than a millisecond each.
  assert.ok(limitedTime >= 185, `${limitedTime}`);
  assert.ok(free < 100, `${free}`);
});

test("all that ask one host share its limit, whatever the path", async () => {
  const network = limitedTo({ "a.io": { requestsPerSecond: 50 } });
  const other = new URL("/v2/other/", A);
  const started = performance.now();
  await Promise.all([time(network, A, 5), time(network, other, 6)]);
  assert.ok(performance.now() - started >= 185);
});

test("a host gets only so many requests at once", async () => {
  const network = limitedTo({ "a.io": { concurrency: 2 } });
  let [now, most] = [0, 0];
  await Promise.all(Array.from({ length: 6 }, async () => {
    const leave = await network.throttleOf(A).enter(undefined);
    most = Math.max(most, ++now);
    await new Promise((resolve) => setTimeout(resolve, 5));
    now--;
    leave("good");
  }));
  assert.is(most, 2);
});

test("whoever waits for his turn is called off at once, and others go on", async () => {
  const network = limitedTo({ "a.io": { requestsPerSecond: 0.01, concurrency: 1 } });
  const turns = network.throttleOf(A);
  (await turns.enter(undefined))("good");
  const controller = new AbortController();
  const waiting = turns.enter(controller.signal);
  const reason = new Error("stopped");
  setTimeout(() => controller.abort(reason), 10);
  try {
    await waiting;
    assert.unreachable();
  } catch (error) {
    assert.is(error, reason);
  }
});

test("a rate of a few requests in a year is kept too: timers that long end at once", async () => {
  const turns = limitedTo({ "a.io": { requestsPerSecond: 1e-7 } }).throttleOf(A);
  (await turns.enter(undefined))("good");
  const reason = new Error("stopped");
  const controller = new AbortController();
  setTimeout(() => controller.abort(reason), 50);
  try {
    await turns.enter(controller.signal);
    assert.unreachable();
  } catch (error) {
    assert.is(error, reason);
  }
});

test("several processes together keep the limit of one", () => {
  assert.equal(shareOf({ requestsPerSecond: 10, concurrency: 8 }, 4), {
    requestsPerSecond: 2.5,
    concurrency: 2,
  });
  assert.equal(shareOf({ concurrency: 3 }, 10), { concurrency: 1 });
  assert.equal(shareOf({}, 10), {});
});

test.run();
