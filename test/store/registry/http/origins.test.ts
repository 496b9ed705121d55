import type { RequestListener } from "node:http";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openNetwork } from "../../../../build/store/registry/http/network.ts";
import { registryStore } from "../../../../build/store/registry/registry.ts";
import { AUTHORITY, SERVER } from "../../../support/certificates.ts";
import { withFolder } from "../../../support/folder.ts";
import { failsWith } from "../../../support/fails.ts";
import { withHttpServer } from "../../../support/http-server.ts";
import { sampleImage } from "../../../support/images.ts";
import { readBlob } from "../../put.ts";
import { IMPATIENT, known } from "../open.ts";
import { here } from "./sending.ts";

const { layer } = sampleImage(1);
const USER = { username: "me", password: "secret" };

/** A request that came, and whether a login came with it. */
type Seen = readonly [origin: string, hasLogin: boolean];

/**
 * Gives `use` two ports on which http and https are spoken alike. What has no login is asked for
 * one on `/v2/`, and blobs are at the address that is set.
 */
async function withOrigins(
  use: (ports: readonly number[], seen: Seen[], send: (to: string) => void) => Promise<void>,
): Promise<void> {
  const seen: Seen[] = [];
  let place = "";
  const serve = (scheme: string): RequestListener => ({ headers, url }, response) => {
    seen.push([`${scheme}://${headers.host}`, headers.authorization !== undefined]);
    if (url === "/storage") return void response.end(layer.bytes);
    if (headers.authorization === undefined) {
      return void response.writeHead(401, { "www-authenticate": "Basic" }).end();
    }
    response.writeHead(307, { location: place }).end();
  };
  await withHttpServer(
    serve("http"),
    (plain) =>
      withHttpServer(
        serve("https"),
        (tls) =>
          withSwitch(plain.host, tls.host, (one) =>
            withSwitch(plain.host, tls.host, (two) =>
              use([one, two], seen, (to) =>
                place = to))),
        { tls: SERVER },
      ),
  );
}

/** Gives `use` a port that leads to one server or the other, by what is spoken. */
async function withSwitch(
  plain: string,
  tls: string,
  use: (port: number) => Promise<void>,
): Promise<void> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    near.once("data", (first) => {
      // The first byte of TLS is that of a handshake.
      const far = connect(Number((first[0] === 22 ? tls : plain).split(":")[1]), "127.0.0.1");
      for (const socket of [near, far]) sockets.add(socket.on("error", () => {}));
      far.write(first);
      near.pipe(far).pipe(near);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await use((server.address() as AddressInfo).port);
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

test("a login stays with its scheme, host and port, each for itself", async () => {
  await withFolder((folder) =>
    withOrigins(async ([one = 0, two = 0], seen, send) => {
      const file = join(folder, "ca.pem");
      await writeFile(file, AUTHORITY);
      const from = (plainHttp: boolean, host = "registry.test"): Promise<Uint8Array> => {
        const repository = { host: `${host}:${one}`, repository: "pause" };
        const env = { NODE_EXTRA_CA_CERTS: file };
        const store = registryStore(repository, {
          plainHttp,
          credentials: known(USER),
          retry: IMPATIENT,
          network: openNetwork({ env, lookup: here }),
        });
        return readBlob(store, layer.descriptor);
      };
      const HOPS: readonly [plainHttp: boolean, to: string, getsLogin: boolean][] = [
        [false, `https://registry.test:${one}`, true],
        [false, `https://registry.test:${two}`, false],
        [false, `https://localhost:${one}`, false],
        [true, `http://registry.test:${one}`, true],
        [true, `http://registry.test:${two}`, false],
        [true, `http://localhost:${one}`, false],
        [true, `https://registry.test:${one}`, false],
      ];
      for (const [plainHttp, to, getsLogin] of HOPS) {
        seen.length = 0;
        send(`${to}/storage`);
        assert.equal(await from(plainHttp), layer.bytes);
        assert.equal(seen.at(-1), [to, getsLogin], `${plainHttp ? "http" : "https"} to ${to}`);
      }
      seen.length = 0;
      send(`http://localhost:${two}/storage`);
      const { message } = await failsWith(["registry"], () => from(false));
      assert.match(message, /to an address that is not https/);
      assert.not.ok(seen.some(([origin]) => origin.startsWith("http:")));
    })
  );
});

test.run();
