/** What requests do to the process that makes them: on Deno and on Node, from outside. */

import type { RequestListener } from "node:http";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Command } from "../../../../build/host/process.ts";
import { AUTHORITY, SERVER } from "../../../support/certificates.ts";
import { withFolder } from "../../../support/folder.ts";
import { lacks, skip } from "../../../support/skip.ts";
import { withHttpServer } from "../../../support/http-server.ts";
import { onBothRuntimes } from "./both-runtimes.ts";

const PROGRAM = "test/store/registry/http/trip.ts";
const MIB = 1024 * 1024;
/** Many times what may be in memory at once. */
const SIZE = 1024 * MIB;

/** Keeps connections for as long as nobody ends them. */
const keeping = (serve: RequestListener): RequestListener => (request, response) => {
  request.socket.setTimeout(0);
  response.setHeader("keep-alive", "timeout=600");
  serve(request, response);
};

test("a process ends although its connections are kept", async () => {
  for (const tls of [undefined, SERVER]) {
    const serve = keeping((_, response) => response.end("four"));
    await withHttpServer(
      serve,
      ({ host }) =>
        withAuthority((env) =>
          onBothRuntimes(PROGRAM, async (start, runtime) => {
            const began = performance.now();
            const told = await start([`http${tls ? "s" : ""}://${host}/`]);
            assert.is(JSON.parse(told).length, 4);
            const took = performance.now() - began;
            assert.ok(took < 60_000, `${runtime} took ${took} ms`);
          }, env)
        ),
      tls && { tls },
    );
  }
});

async function withAuthority(
  use: (env: Readonly<Record<string, string>>) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const file = join(folder, "ca.pem");
    await writeFile(file, AUTHORITY);
    await use({ SSL_CERT_FILE: file });
  });
}

/** A name service that never answers, in a network of its own, and what follows beside it. */
const NO_NAMES = [
  "ip link set lo up",
  'mount --bind "$0" /etc/resolv.conf',
  `{ node -e 'require("dgram").createSocket("udp4").bind(53, "127.0.0.1")' & }`,
  "service=$!",
  'sleep 0.5; "$@"; code=$?; kill $service; test $code = 130',
].join(" && ");

test("Ctrl-C ends the program at once, though a name is being looked up", async () => {
  const missing = lacks("ip", "unshare", "timeout");
  if (missing) return skip(missing);
  await withFolder(async (folder) => {
    const servers = join(folder, "resolv.conf");
    await writeFile(servers, "nameserver 127.0.0.1\n");
    const inside = ["unshare", "--net", "--mount", "sh", "-c", NO_NAMES, servers] as const;
    const interrupted: Command = [...inside, "timeout", "--preserve-status", "-s", "INT", "2"];
    await onBothRuntimes("build/cli.ts", async (start, runtime) => {
      const began = performance.now();
      await start(["verify", "registry.test/pause:3.10"], interrupted);
      const took = performance.now() - began;
      assert.ok(took < 9_000, `${runtime} took ${took} ms`);
    });
  });
});

const pour: RequestListener = (request, response) => {
  if (request.method === "PUT") {
    request.resume().on("end", () => response.end("in"));
    return;
  }
  const chunk = new Uint8Array(64 * 1024);
  let left = SIZE;
  const more = (): void => {
    while (left > 0) {
      left -= chunk.length;
      if (!response.write(chunk)) return void response.once("drain", more);
    }
    response.end();
  };
  more();
};

/** MiB. With TLS the bytes are there twice, and a busy machine collects them late. */
for (const [scheme, tls, most] of [["http", undefined, 128], ["https", SERVER, 256]] as const) {
  test(`a gigabyte over ${scheme} takes less than ${most} MiB of memory, in either direction`, async () => {
    await withHttpServer(
      pour,
      ({ host }) =>
        withAuthority((env) =>
          onBothRuntimes(PROGRAM, async (start, runtime) => {
            for (const words of [[], [String(SIZE)]]) {
              const { length, grown } = JSON.parse(await start([`${scheme}://${host}/`, ...words]));
              assert.is(length, words.length === 0 ? SIZE : 2);
              assert.ok(grown < most, `${runtime} ${words} took ${grown} MiB`);
            }
          }, env)
        ),
      tls && { tls },
    );
  });
}

test.run();
