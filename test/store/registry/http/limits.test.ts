import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { RETRY, retrying } from "../../../../build/store/registry/http/retry.ts";
import type { Outgoing, Transport } from "../../../../build/store/registry/http/transport.ts";
import { brokenConnection } from "../../../../build/store/registry/http/trouble.ts";
import { withConnectProxy } from "../../../support/connect-proxy.ts";
import { failsWith } from "../../../support/fails.ts";
import { withHttpServer } from "../../../support/http-server.ts";
import { ask, here, transportTo } from "./sending.ts";

const never = (): Promise<never> => new Promise(() => {});

/** Gives `use` a server that takes connections and says nothing. */
async function withSilence(use: (host: string) => Promise<void>): Promise<void> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket.on("error", () => {})));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await use(`127.0.0.1:${(server.address() as { port: number }).port}`);
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** The steps of a request at which nothing goes on, each with an address and what leads there. */
type Stuck = (
  use: (root: string, options: Parameters<typeof transportTo>[1]) => Promise<void>,
) => Promise<void>;

const CONNECTING: Readonly<Record<string, Stuck>> = {
  "the look-up of a name": (use) => use("https://registry.test/", { lookup: never }),
  "TLS": (use) => withSilence((host) => use(`https://${host}/`, {})),
  "the proxy's answer to CONNECT": (use) =>
    withConnectProxy(
      { silent: true },
      ({ host }) => use("https://registry.test/", { env: { HTTPS_PROXY: `http://${host}` } }),
    ),
  "TLS with the proxy": (use) =>
    withSilence((host) =>
      use("https://registry.test/", { env: { HTTPS_PROXY: `https://${host}` } })
    ),
  "TLS through the proxy": (use) =>
    withConnectProxy(
      {},
      (proxy) =>
        withSilence((host) =>
          use(`https://registry.test:${host.split(":")[1]}/`, {
            env: { HTTPS_PROXY: `http://${proxy.host}` },
          })
        ),
    ),
};

const ANSWERING: Readonly<Record<string, Stuck>> = {
  "the answer": (use) => withHttpServer(() => {}, ({ host }) => use(`http://${host}/`, {})),
  "the rest of the answer": (use) =>
    withHttpServer(
      (_, response) => void response.write("some"),
      ({ host }) => use(`http://${host}/`, {}),
    ),
  "the answer of a proxy": (use) =>
    withConnectProxy(
      { silent: true },
      ({ host }) => use("http://registry.test/", { env: { HTTP_PROXY: `http://${host}` } }),
    ),
};

for (const [step, stuck] of Object.entries(CONNECTING)) {
  test(`${step} may take as long as a connection, and no longer`, async () => {
    await stuck(async (root, options) => {
      const transport = transportTo(root, options, { connectTimeout: 150 });
      const start = performance.now();
      const { message } = await failsWith(["registry"], () => ask(root, transport));
      assert.match(message, /: there was no connection within 0\.15 s\. Check the address/);
      const took = performance.now() - start;
      assert.ok(took >= 140 && took < 5_000, `${took} ms`);
    });
  });
}

for (const [step, stuck] of Object.entries(ANSWERING)) {
  test(`${step} is waited for as long as nothing may move, and no longer`, async () => {
    await stuck(async (root, options) => {
      const transport = transportTo(root, options, { idleTimeout: 150 });
      const { message } = await failsWith(["registry"], () => ask(root, transport));
      assert.match(message, /: it stopped answering\. /);
    });
  });
}

for (const [step, stuck] of Object.entries({ ...CONNECTING, ...ANSWERING })) {
  test(`Ctrl-C ends ${step} at once`, async () => {
    await stuck(async (root, options) => {
      const controller = new AbortController();
      const transport = transportTo(root, options, { signal: controller.signal });
      setTimeout(() => controller.abort(), 50);
      const start = performance.now();
      const { message } = await failsWith(["interrupted"], () => ask(root, transport));
      assert.is(message, "Stopped while trying to pull pause.");
      assert.ok(performance.now() - start < 3_000);
    });
  });
}

test("Ctrl-C ends the wait for a turn, and the wait before a retry", async () => {
  await withHttpServer(() => {}, async ({ host }) => {
    const controller = new AbortController();
    const root = `http://${host}/`;
    const transport = transportTo(root, { sideBySide: 1 }, { signal: controller.signal });
    const start = performance.now();
    setTimeout(() => controller.abort(), 50);
    const both = [1, 2].map(() => failsWith(["interrupted"], () => ask(root, transport)));
    await Promise.all(both);
    assert.ok(performance.now() - start < 3_000);
  });
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 50);
  const busy = { status: 503, headers: new Headers({ "retry-after": "20" }), body: null };
  const url = new URL("http://h/");
  const start = performance.now();
  const waiting = retrying(RETRY, controller.signal, () => Promise.resolve({ url, ...busy }));
  assert.instance(await waiting.catch((error) => error), Error);
  assert.ok(performance.now() - start < 3_000);
});

test("a source that never opens is ended by Ctrl-C, and closed should it open after all", async () => {
  const controller = new AbortController();
  const transport = transportTo("http://127.0.0.1:1/", {}, { signal: controller.signal });
  let closed = false;
  const late = async (): Promise<ReadableStream<Uint8Array>> => {
    await sleep(100);
    return new ReadableStream({ cancel: () => void (closed = true) });
  };
  setTimeout(() => controller.abort(), 20);
  const payload = { size: 5, open: late };
  await failsWith(
    ["interrupted"],
    () => ask("http://127.0.0.1:1/", transport, { method: "PUT", payload }),
  );
  await sleep(200);
  assert.ok(closed);
});

const drip: RequestListener = (_, response) => {
  const timer = setInterval(() => response.write("."), 20);
  response.once("close", () => clearInterval(timer));
};

test("a whole request may have a limit, though it moves", async () => {
  await withHttpServer(drip, async ({ host }) => {
    const root = `http://${host}/`;
    const transport = transportTo(root, {}, { wholeTimeout: 1_500, idleTimeout: 1_400 });
    const start = performance.now();
    const { message } = await failsWith(["registry"], () => ask(root, transport));
    assert.match(message, /: it was not done within 1\.5 s\. /);
    assert.ok(performance.now() - start >= 1_490);
  });
});

test("an upload that is not taken is given up, and one that is taken slowly is not", async () => {
  const payload = new Uint8Array(30_000_000);
  const put = async (
    serve: (request: IncomingMessage, response: ServerResponse) => void,
  ): Promise<string> =>
    await withHttpServer(serve, async ({ host }) => {
      const root = `http://${host}/`;
      const transport = transportTo(root, {}, { idleTimeout: 2_500 });
      const request: Partial<Outgoing> = { method: "PUT", payload };
      return (await ask(root, transport, request)).text;
    });
  const { message } = await failsWith(["registry"], () => put((request) => void request.pause()));
  assert.match(message, /it stopped answering/);
  let read = 0;
  const slow = (request: IncomingMessage, response: ServerResponse): void => {
    request.on("data", ({ length }: Uint8Array) => {
      // Three seconds in all, and never one without a byte, what the kernel holds included.
      if (Math.floor(read / 3_000_000) < Math.floor((read += length) / 3_000_000)) {
        request.pause();
        setTimeout(() => request.resume(), 300);
      }
    }).on("end", () => response.end(String(read)));
  };
  assert.is(await put(slow), String(payload.length));
});

test("an answer with headers without end, or that is no HTTP, or goes on as another protocol, is an error", async () => {
  const WRONG: readonly (readonly [answer: string, message: RegExp])[] = [
    [`HTTP/1.1 200 OK\r\nx: ${"a".repeat(200_000)}\r\n\r\n`, /headers of its answer are too long/],
    [`HTTP/1.1 200 OK\r\n${"a: b\r\n".repeat(50_000)}\r\n`, /headers of its answer are too long/],
    ["SSH-2.0-OpenSSH\r\n", /what it answered is no HTTP/],
    ["HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n", /is no HTTP/],
    ["HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab", /is no HTTP/],
    ["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", /is no HTTP/],
    ["HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc", /the connection broke/],
    ["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabc", /the connection broke/],
    ["", /the connection broke/],
  ];
  for (const [answer, expected] of WRONG) {
    const server = createServer((socket) => {
      socket.on("error", () => {}).once("data", () => socket.end(answer));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const root = `http://127.0.0.1:${(server.address() as { port: number }).port}/`;
    const transport = transportTo(root);
    const { message } = await failsWith(["registry"], () => ask(root, transport));
    assert.match(message, expected, answer.slice(0, 60));
    await new Promise((resolve) => server.close(resolve));
  }
});

test("a name service that is away for a moment is asked again, a name that is not there is not", async () => {
  const asked = async (code: string): Promise<number> => {
    let times = 0;
    const lookup = (name: string): Promise<readonly string[]> => {
      times++;
      if (times > 2) return here();
      return Promise.reject(Object.assign(new Error(`getaddrinfo ${code} ${name}`), { code }));
    };
    await withHttpServer((_, response) => response.end("in"), async ({ host }) => {
      const root = `http://registry.test:${host.split(":")[1]}/`;
      await again(root, transportTo(root, { lookup })).catch(() => {});
    });
    return times;
  };
  assert.is(await asked("EAI_AGAIN"), 3);
  assert.is(await asked("ENOTFOUND"), 1);
});

/** Asks as {@link ask} does, with retries. */
async function again(root: string, transport: Transport): Promise<void> {
  const { retry, signal, network } = transport;
  const once = async (): Promise<Awaited<ReturnType<typeof ask>>["answer"]> => {
    const { send } = await import("../../../../build/store/registry/http/connection.ts");
    return await send({ method: "GET", url: new URL(root) }, transport);
  };
  try {
    const { body } = await retrying(retry, signal, once, network.spendRetry);
    await body?.cancel();
  } catch (error) {
    throw brokenConnection(transport, error);
  }
}

test("a registry that is dying is left alone when the command's retries are used up", async () => {
  let asked = 0;
  await withHttpServer((_, response) => {
    asked++;
    response.writeHead(500).end("no");
  }, async ({ host }) => {
    const root = `http://${host}/`;
    const transport = transportTo(root, { retries: 5 });
    await again(root, transport);
    assert.is(asked, 4, "a first attempt and three more");
    const { message } = await failsWith(["registry"], () => again(root, transport));
    assert.match(message, /: all retries of this command are used up: it answered 500\. /);
    assert.is(asked, 7, "a first attempt and two more");
    await failsWith(["registry"], () => again(root, transport));
    assert.is(asked, 8);
  });
});

test.run();
