import { createServer, type Socket } from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Outgoing } from "../../../../build/store/registry/http/transport.ts";
import { failsWith } from "../../../support/fails.ts";
import { withHttpServer } from "../../../support/http-server.ts";
import { bytesOf, streamOf } from "../../../support/images.ts";
import { ask, transportTo } from "./sending.ts";

const BYTES = bytesOf(1, 200_000);

/** Payloads that are sent the same way twice: from memory, and from a source that opens twice. */
const PAYLOADS: Readonly<Record<string, () => Pick<Outgoing, "payload">>> = {
  nothing: () => ({}),
  "bytes in memory": () => ({ payload: BYTES }),
  "a stream": () => ({
    payload: { size: BYTES.length, open: () => Promise.resolve(streamOf(BYTES, 50_000)) },
  }),
};

test("requests one after the other share a connection, whatever they ask", async () => {
  await withHttpServer((request, response) => {
    request.resume().on("end", () => {
      if (request.method === "DELETE") response.writeHead(204).end();
      else response.end(request.method === "HEAD" ? undefined : "x".repeat(100_000));
    });
  }, async ({ host, connections }) => {
    const root = `http://${host}/`;
    const transport = transportTo(root);
    for (
      const method of ["HEAD", "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "GET"] as const
    ) {
      const carries = ["PUT", "PATCH"].includes(method);
      await ask(root, transport, { method, ...(carries && { payload: BYTES }) });
    }
    assert.is(connections(), 1);
  });
});

/**
 * A server that answers the first request of each connection, and cuts the connection at the
 * second one, as those do that close idle connections at the wrong moment.
 */
async function withCutter(
  use: (root: string, seen: () => { connections: number; requests: number }) => Promise<void>,
): Promise<void> {
  const sockets = new Set<Socket>();
  let [connections, requests] = [0, 0];
  const server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    let here = 0;
    let left = 0;
    socket.on("error", () => {}).on("data", (chunk: Uint8Array) => {
      const text = new TextDecoder("latin1").decode(chunk);
      const head = /^(GET|PUT|PATCH) [^]*?\r\n\r\n/.exec(text)?.[0];
      if (head !== undefined) {
        requests++;
        if (++here > 1) return void socket.destroy();
        left = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0) + head.length;
      }
      left -= chunk.length;
      if (left <= 0) socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nin");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const { port } = server.address() as { port: number };
    await use(`http://127.0.0.1:${port}/`, () => ({ connections, requests }));
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

test("a kept connection that is dead costs no attempt: what is small goes once more, over a fresh one", async () => {
  for (const name of ["nothing", "bytes in memory"]) {
    await withCutter(async (root, seen) => {
      const transport = transportTo(root);
      const method = name === "nothing" ? "GET" : "PUT";
      for (let times = 0; times < 2; times++) {
        assert.is((await ask(root, transport, { method, ...PAYLOADS[name]?.() })).text, "in");
      }
      assert.equal(seen(), { connections: 2, requests: 3 }, name);
    });
  }
});

test("a chunk, which would be there twice, and a stream are not sent again by themselves", async () => {
  const again: readonly Partial<Outgoing>[] = [
    { method: "PATCH", payload: BYTES },
    { method: "PUT", ...PAYLOADS["a stream"]?.() },
  ];
  for (const request of again) {
    await withCutter(async (root, seen) => {
      const transport = transportTo(root);
      await ask(root, transport);
      await failsWith(["registry"], () => ask(root, transport, request));
      assert.equal(seen(), { connections: 1, requests: 2 });
    });
  }
});

for (const [name, payload] of Object.entries(PAYLOADS)) {
  test(`a fresh connection that is cut is an error, and ${name} is sent once`, async () => {
    let requests = 0;
    await withHttpServer((request) => {
      requests++;
      request.resume().on("end", () => request.socket.destroy());
    }, async ({ host }) => {
      const root = `http://${host}/`;
      const { message } = await failsWith(
        ["registry"],
        () => ask(root, transportTo(root), { method: "PUT", ...payload() }),
      );
      assert.match(message, /the connection broke/);
      assert.is(requests, 1);
    });
  });

  test(`${name} that is given up on a kept connection is not sent again behind our back`, async () => {
    let requests = 0;
    await withHttpServer((request, response) => {
      requests++;
      request.resume();
      if (requests === 1) request.on("end", () => response.end("in"));
    }, async ({ host }) => {
      const root = `http://${host}/`;
      const controller = new AbortController();
      const transport = transportTo(root, {}, { idleTimeout: 1_000, signal: controller.signal });
      const method = name === "nothing" ? "POST" : "PUT";
      await ask(root, transport, { method, ...payload() });
      await failsWith(["registry"], () => ask(root, transport, { method, ...payload() }));
      await new Promise((resolve) => setTimeout(resolve, 300));
      assert.is(requests, 2);
    });
  });
}

test("an answer that was cut short leaves a connection that nobody uses", async () => {
  await withHttpServer(
    (_, response) => response.end("x".repeat(5_000_000)),
    async ({ host, connections }) => {
      const root = `http://${host}/`;
      const transport = transportTo(root);
      const { send } = await import("../../../../build/store/registry/http/connection.ts");
      const { body } = await send({ method: "GET", url: new URL(root) }, transport);
      await body?.cancel();
      assert.is((await ask(root, transport)).text.length, 5_000_000);
      assert.is(connections(), 2);
    },
  );
});

test("a refusal that leaves a payload unread is not followed by another request on its connection", async () => {
  const seen: string[] = [];
  await withHttpServer((request, response) => {
    seen.push(request.method ?? "");
    // It reads nothing of what it refuses, and keeps the connection.
    if (request.method === "PUT") response.writeHead(413, { "content-length": "2" }).end("no");
    else response.end("in");
  }, async ({ host, connections }) => {
    const root = `http://${host}/`;
    const transport = transportTo(root);
    for (const payload of [BYTES, bytesOf(2, 700_000), bytesOf(3, 20_000_000)]) {
      const refused = await ask(root, transport, { method: "PUT", payload });
      assert.is(refused.answer.status, 413);
      assert.is((await ask(root, transport)).text, "in");
    }
    assert.equal(seen, ["PUT", "GET", "PUT", "GET", "PUT", "GET"]);
    assert.ok(connections() >= 4);
  });
});

test("the end of a payload is held back until its source has ended well", async () => {
  let received = 0;
  await withHttpServer((request) => {
    request.on("error", () => {}).on("data", ({ length }: Uint8Array) => received += length);
  }, async ({ host }) => {
    const root = `http://${host}/`;
    const chunks = [BYTES, BYTES, BYTES];
    const open = (): Promise<ReadableStream<Uint8Array>> =>
      Promise.resolve(
        new ReadableStream({
          pull(controller): void {
            const chunk = chunks.pop();
            if (chunk === undefined) controller.error(new Error("its digest is another"));
            else controller.enqueue(chunk);
          },
        }, { highWaterMark: 0 }),
      );
    const payload = { size: 3 * BYTES.length, open };
    const { message } = await failsWith(
      ["storage"],
      () => ask(root, transportTo(root), { method: "PUT", payload }),
    );
    assert.match(message, /could not be read \(its digest is another\)/);
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.ok(received <= 2 * BYTES.length, `${received} bytes came`);
  });
});

test("a source that has other than its size never becomes a whole request", async () => {
  let whole = 0;
  await withHttpServer((request, response) => {
    request.on("error", () => {}).resume().on("end", () => {
      whole++;
      response.end("in");
    });
  }, async ({ host }) => {
    const root = `http://${host}/`;
    for (const size of [BYTES.length - 1, BYTES.length + 1, 60_000]) {
      const payload = { size, open: () => Promise.resolve(streamOf(BYTES, 50_000)) };
      const { message } = await failsWith(
        ["storage"],
        () => ask(root, transportTo(root), { method: "PUT", payload }),
      );
      assert.match(message, /it goes on after \d+ bytes|it ends after 200000 of 200001/);
    }
    assert.is(whole, 0);
  });
});

test("a host that says that it is too much gets fewer requests side by side", async () => {
  let underWay = 0;
  let most = 0;
  let isBusy = true;
  const waiting: (() => void)[] = [];
  const quiet = setTimeout(() => waiting.splice(0).forEach((answer) => answer()), 500);
  await withHttpServer((_, response) => {
    most = Math.max(most, ++underWay);
    waiting.push(() => {
      underWay--;
      response.writeHead(isBusy ? 429 : 200).end("x");
    });
    // All that may come side by side have come when no more do.
    quiet.refresh();
  }, async ({ host }) => {
    const root = `http://${host}/`;
    const transport = transportTo(root);
    const many = (): Promise<unknown> =>
      Promise.all(Array.from({ length: 60 }, () => ask(root, transport)));
    await many();
    assert.is(most, 60, "at first nobody waits");
    isBusy = false;
    most = 0;
    await many();
    assert.is(most, 32);
  });
});

test("requests to a busy host that depend on each other do not wait for each other", async () => {
  await withHttpServer((request, response) => {
    request.resume().on("end", () => response.writeHead(429).end("slow down"));
  }, async ({ host }) => {
    const root = `http://${host}/`;
    const transport = transportTo(root, { sideBySide: 1 });
    // What is sent is itself asked for from the same host, when it is wanted.
    const open = (): Promise<ReadableStream<Uint8Array>> =>
      Promise.resolve(
        new ReadableStream({
          async pull(controller): Promise<void> {
            const { text } = await ask(root, transport);
            controller.enqueue(new TextEncoder().encode(text));
            controller.close();
          },
        }, { highWaterMark: 0 }),
      );
    const payload = { size: "slow down".length, open };
    const both = [1, 2].map(() => ask(root, transport, { method: "PUT", payload }));
    assert.equal((await Promise.all(both)).map(({ answer }) => answer.status), [429, 429]);
  });
});

test.run();
