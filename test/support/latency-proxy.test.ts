import { createServer } from "node:http";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type LatencyProxy, withLatency } from "./latency-proxy.ts";

async function withEcho(use: (proxy: LatencyProxy) => Promise<void>): Promise<void> {
  const server = createServer((_, response) => void response.end("hello"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const { port } = server.address() as { port: number };
    await withLatency(`127.0.0.1:${port}`, 100, use);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

async function get({ host }: LatencyProxy): Promise<string> {
  return await (await fetch(`http://${host}/`)).text();
}

test("a request through the proxy takes a round trip's time, and comes through whole", async () => {
  await withEcho(async (proxy) => {
    const start = performance.now();
    assert.is(await get(proxy), "hello");
    assert.ok(performance.now() - start >= 195);
  });
});

test("requests one after the other are as many round trips, requests side by side are one", async () => {
  await withEcho(async (proxy) => {
    for (let count = 0; count < 3; count++) await get(proxy);
    assert.is(proxy.counted().roundTrips, 3);
    proxy.reset();
    await Promise.all([get(proxy), get(proxy), get(proxy), get(proxy)]);
    assert.is(proxy.counted().roundTrips, 1);
    assert.ok(proxy.counted().received > 4 * "hello".length);
  });
});

test.run();
