import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { registryStore } from "../../../../build/store/registry/registry.ts";
import { openNetwork } from "../../../../build/store/registry/http/network.ts";
import { AUTHORITY, CLIENT, SERVER } from "../../../support/certificates.ts";
import { type ConnectProxyOptions, withConnectProxy } from "../../../support/connect-proxy.ts";
import { failsWith } from "../../../support/fails.ts";
import { withFolder } from "../../../support/folder.ts";
import { type HttpServerOptions, withHttpServer } from "../../../support/http-server.ts";
import { sampleImage } from "../../../support/images.ts";
import { withRegistry } from "../../../support/registry.ts";
import { putImage, readBlob } from "../../put.ts";
import { anonymous } from "../open.ts";
import { ask, transportTo } from "./sending.ts";

const TLS: HttpServerOptions = { tls: SERVER };
const nobody = (): Promise<readonly string[]> => Promise.reject(new Error("ENOTFOUND"));

/** Finds the proxy, and nothing else: it is the proxy that knows names. */
const onlyProxy = (hostname: string): Promise<readonly string[]> =>
  hostname === "proxy.test" ? Promise.resolve(["127.0.0.1"]) : nobody();

/** Gives `use` a folder with a certificate for everybody, and what the tests trust in its environment. */
async function withTrust(
  use: (env: Readonly<Record<string, string>>) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const file = join(folder, "ca.pem");
    await writeFile(file, AUTHORITY);
    await use({ NODE_EXTRA_CA_CERTS: file });
  });
}

for (const tls of [false, true]) {
  const scheme = tls ? "https" : "http";

  test(`an image goes through a proxy (${scheme}) to a registry on plain http, and back`, async () => {
    await withTrust((env) =>
      withRegistry({}, (registry) =>
        withConnectProxy({ tls }, async (proxy) => {
          const port = proxy.host.split(":")[1];
          const host = `registry.test:${registry.host.split(":")[1]}`;
          const at = tls ? "https://localhost" : "http://proxy.test";
          const lookup = tls ? undefined : onlyProxy;
          const store = registryStore({ host, repository: "k8s/pause" }, {
            plainHttp: true,
            credentials: anonymous,
            network: openNetwork({
              env: { ...env, HTTP_PROXY: `${at}:${port}` },
              ...(lookup && { lookup }),
            }),
          });
          const image = sampleImage(1);
          await putImage(store, image, ["3.10"]);
          assert.equal(await readBlob(store, image.layer.descriptor), image.layer.bytes);
          assert.ok(proxy.asked.includes(`PUT http://${host}/v2/k8s/pause/manifests/3.10`));
        }))
    );
  });

  test(`TLS goes through a proxy (${scheme}) untouched, over connections that are kept`, async () => {
    await withTrust((env) =>
      withHttpServer((request, response) => response.end(request.url), async (server) => {
        await withConnectProxy({ tls }, async (proxy) => {
          const root = `https://registry.test:${server.host.split(":")[1]}`;
          const at = tls ? proxy.host.replace("127.0.0.1", "localhost") : proxy.host;
          const transport = transportTo(root, {
            env: { ...env, HTTPS_PROXY: `${scheme}://${at}` },
          });
          for (const path of ["/one", "/two?a=%2F"]) {
            assert.is((await ask(root + path, transport)).text, path);
          }
          assert.equal(proxy.asked, [`CONNECT ${root.slice("https://".length)}`]);
        });
      }, TLS)
    );
  });
}

test("our certificate goes to the registry through a proxy, and not to the proxy", async () => {
  await withFolder((folder) =>
    withHttpServer((_, response) => response.end("in"), async (server) => {
      const host = `registry.test:${server.host.split(":")[1]}`;
      await mkdir(join(folder, host));
      const files = { "ca.crt": AUTHORITY, "me.cert": CLIENT.cert, "me.key": CLIENT.key };
      for (const [name, text] of Object.entries(files)) {
        await writeFile(join(folder, host, name), text);
      }
      await withConnectProxy({ tls: true }, async (proxy) => {
        const env = { HTTPS_PROXY: `https://${proxy.host}` };
        const transport = transportTo(`https://${host}`, { env, certDir: folder });
        assert.is((await ask(`https://${host}/`, transport)).text, "in");
      });
    }, { tls: SERVER, clientCertificate: true })
  );
});

test("the proxy's login goes to the proxy alone, whatever characters it has", async () => {
  const login = "me:p@ss:wörd %";
  const url = `me:${encodeURIComponent("p@ss:wörd %")}`;
  await withTrust((env) =>
    withHttpServer(
      ({ headers }, response) => response.end(String(headers["proxy-authorization"])),
      (server) =>
        withConnectProxy({ login }, async (proxy) => {
          const root = `https://registry.test:${server.host.split(":")[1]}/`;
          const HTTPS_PROXY = `http://${url}@${proxy.host}`;
          const transport = transportTo(root, { env: { ...env, HTTPS_PROXY } });
          assert.is((await ask(root, transport)).text, "undefined");
        }),
      TLS,
    )
  );
  await withHttpServer(
    (_, response) => response.end("in"),
    (server) =>
      withConnectProxy({ login }, async (proxy) => {
        const root = `http://registry.test:${server.host.split(":")[1]}/`;
        const env = { HTTP_PROXY: `http://${url}@${proxy.host}` };
        assert.is((await ask(root, transportTo(root, { env }))).text, "in");
      }),
  );
});

const REFUSED: readonly [options: ConnectProxyOptions, code: string, message: RegExp][] = [
  [{ login: "me:other" }, "authentication", /answered 407\. It wants a login/],
  [{ status: 403 }, "registry", /answered 403\. Ask those who run it/],
  [{ status: 502 }, "registry", /answered 502\. It cannot reach the registry/],
];

test("what the proxy refuses is told as the proxy's, by its name and without its password", async () => {
  for (const [options, code, expected] of REFUSED) {
    await withConnectProxy(options, async (proxy) => {
      for (const scheme of ["https", "http"]) {
        // In plain http nobody can tell whose other answers are.
        if (scheme === "http" && options.login === undefined) continue;
        const root = `${scheme}://registry.test/`;
        const env = { ALL_PROXY: `http://me:hunter2@${proxy.host}` };
        const transport = transportTo(root, { env });
        const { message } = await failsWith([code as "registry"], () => ask(root, transport));
        assert.match(message, `the proxy http://${proxy.host} answered`);
        assert.match(message, expected);
        assert.not.match(message, "hunter2");
        assert.ok(transport.secrets.has("hunter2"));
        if (scheme === "http") continue;
        for (let wait = 0; wait < 1000 && proxy.open() > 0; wait++) await sleep(20);
        assert.is(proxy.open(), 0, "no connection is left");
      }
    });
  }
});

test("a proxy that is down, unknown or not trusted is told from a registry that is", async () => {
  const root = "https://registry.test/";
  const told = async (HTTPS_PROXY: string): Promise<string> => {
    const transport = transportTo(root, { env: { HTTPS_PROXY }, lookup: nobody });
    return (await failsWith(["registry"], () => ask(root, transport))).message;
  };
  const NAMED = /there is no getting to the proxy .*Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY/;
  assert.match(await told("http://127.0.0.1:1"), NAMED);
  assert.match(await told("http://proxy.example"), NAMED);
  await withConnectProxy({ tls: true }, async ({ host }) => {
    assert.match(await told(`https://${host}`), NAMED);
  });
});

test("a proxy that cannot be used stops the request before anything is sent", async () => {
  const root = "https://registry.test/";
  const transport = transportTo(root, { env: { HTTPS_PROXY: "socks5://me:hunter2@127.0.0.1:1" } });
  const { message } = await failsWith(["usage"], () => ask(root, transport));
  assert.match(message, /HTTPS_PROXY names a socks5 proxy, and only http and https are known/);
  assert.not.match(message, "hunter2");
});

test("this machine, and what NO_PROXY names, is not asked through the proxy", async () => {
  await withHttpServer(({ url }, response) => response.end(url), async ({ host }) => {
    const port = host.split(":")[1];
    const lookup = (): Promise<readonly string[]> => Promise.resolve(["127.0.0.1"]);
    const env = { HTTP_PROXY: "http://127.0.0.1:1", NO_PROXY: "registry.test" };
    for (const name of ["127.0.0.1", "localhost", "registry.test"]) {
      const root = `http://${name}:${port}/`;
      assert.is((await ask(root, transportTo(root, { env, lookup }))).text, "/");
    }
  });
});

test.run();
