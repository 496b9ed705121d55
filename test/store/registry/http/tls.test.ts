import type { RequestListener } from "node:http";
import type { TLSSocket } from "node:tls";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { AUTHORITY, CLIENT, EXPIRED, SERVER } from "../../../support/certificates.ts";
import { failsWith } from "../../../support/fails.ts";
import { withFolder } from "../../../support/folder.ts";
import { type HttpServerOptions, withHttpServer } from "../../../support/http-server.ts";
import { ask, here, transportTo } from "./sending.ts";

const TLS: HttpServerOptions = { tls: SERVER };
const MUTUAL: HttpServerOptions = { tls: SERVER, clientCertificate: true };

/** Says who asks, by the certificate that was shown. */
const whoIsIt: RequestListener = ({ socket }, response) => {
  response.end(`${(socket as Partial<TLSSocket>).getPeerCertificate?.()?.subject?.CN ?? "nobody"}`);
};

/** Gives `use` a folder with these files, by their paths in it. */
async function withFiles(
  files: Readonly<Record<string, string>>,
  use: (folder: string) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    await use(folder);
  });
}

test("a registry whose authority nobody trusts is an error that says how to trust it", async () => {
  await withHttpServer(whoIsIt, async ({ host }) => {
    const root = `https://${host}/`;
    const { message } = await failsWith(["registry"], () => ask(root, transportTo(root)));
    assert.match(message, /its TLS certificate is not trusted\. .*ca\.crt.*CERT_DIR/);
  }, TLS);
});

test("authorities come from SSL_CERT_FILE, SSL_CERT_DIR, NODE_EXTRA_CA_CERTS and DENO_CERT", async () => {
  await withFiles(
    { "certs/ours.pem": AUTHORITY, "certs/README": "none" },
    (folder) =>
      withHttpServer(whoIsIt, async ({ host }) => {
        const root = `https://${host}/`;
        const file = join(folder, "certs/ours.pem");
        const ways: Readonly<Record<string, string>>[] = [
          { SSL_CERT_FILE: file },
          { SSL_CERT_FILE: file, SSL_CERT_DIR: "/nowhere" },
          { SSL_CERT_DIR: `/nowhere:${join(folder, "certs")}` },
          { NODE_EXTRA_CA_CERTS: file },
          { DENO_CERT: file },
        ];
        for (const env of ways) {
          assert.is((await ask(root, transportTo(root, { env }))).text, "nobody", inspected(env));
        }
      }, TLS),
  );
});

function inspected(env: Readonly<Record<string, string>>): string {
  return Object.keys(env).join(" ");
}

test("certificates for a registry are in a folder of its name, or are the files themselves", async () => {
  await withHttpServer(whoIsIt, async ({ host }) => {
    const root = `https://${host}/`;
    const pair = { "me.cert": CLIENT.cert, "me.key": CLIENT.key };
    const places: readonly (readonly [folder: string, names: readonly string[]])[] = [
      [`certs/${host}`, ["--cert-dir"]],
      ["certs", ["--cert-dir"]],
      [`.config/containers/certs.d/${host}`, ["home"]],
      [`.config/docker/certs.d/${host}`, ["home"]],
    ];
    for (const [place, [kind]] of places) {
      const files = { [`${place}/ca.crt`]: AUTHORITY, ...below(place, pair) };
      await withFiles(files, async (folder) => {
        const options = kind === "home"
          ? { env: { HOME: folder } }
          : { certDir: join(folder, "certs") };
        assert.is((await ask(root, transportTo(root, options))).text, "Test client", place);
      });
    }
  }, MUTUAL);
});

function below(folder: string, files: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(files).map(([name, text]) => [`${folder}/${name}`, text]),
  );
}

test("the folder of another registry, or of another port, says nothing", async () => {
  await withHttpServer(whoIsIt, async ({ host }) => {
    const files = { "127.0.0.1/ca.crt": AUTHORITY, "127.0.0.1:1/ca.crt": AUTHORITY };
    await withFiles(files, async (certDir) => {
      const root = `https://${host}/`;
      const transport = transportTo(root, { certDir });
      assert.match(
        (await failsWith(["registry"], () => ask(root, transport))).message,
        /not trusted/,
      );
    });
  }, TLS);
});

test("a registry that wants a client certificate is told from one that is not trusted", async () => {
  await withHttpServer(whoIsIt, async ({ host }) => {
    await withFiles({ "ca.crt": AUTHORITY }, async (certDir) => {
      const root = `https://${host}/`;
      const transport = transportTo(root, { certDir });
      const { message } = await failsWith(["registry"], () => ask(root, transport));
      assert.match(message, /it wants another client certificate.*NAME\.cert.*CERT_DIR/);
    });
  }, MUTUAL);
});

test("our certificate is shown to the registry, and to nobody that it sends us to", async () => {
  const files = { "ca.crt": AUTHORITY, "me.cert": CLIENT.cert, "me.key": CLIENT.key };
  await withFiles(
    files,
    (certDir) =>
      withHttpServer(whoIsIt, (registry) =>
        withHttpServer(whoIsIt, async (storage) => {
          const root = `https://${registry.host}/`;
          const transport = transportTo(root, { certDir });
          assert.is((await ask(root, transport)).text, "Test client");
          const { message } = await failsWith(
            ["registry"],
            () => ask(`https://${storage.host}/`, transport),
          );
          // It is trusted, for the registry's authority signed it; but it learns nothing of us.
          assert.match(message, /wants another client certificate/);
        }, MUTUAL), MUTUAL),
  );
});

test("a certificate for another name, or one that has expired, is named as that", async () => {
  await withFiles({ "ca.crt": AUTHORITY }, async (certDir) => {
    const failure = async (host: string, options: HttpServerOptions): Promise<string> =>
      await withHttpServer(whoIsIt, async (server) => {
        const root = `https://${host}:${server.host.split(":")[1]}/`;
        const transport = transportTo(root, { certDir, lookup: here });
        return (await failsWith(["registry"], () => ask(root, transport))).message;
      }, options);
    assert.match(await failure("other.test", TLS), /its TLS certificate is for another name/);
    assert.match(await failure("registry.test", { tls: EXPIRED }), /has expired|may have expired/);
  });
});

test("names, IPv4 and ports are checked against the certificate", async () => {
  await withFiles(
    { "ca.crt": AUTHORITY },
    (certDir) =>
      withHttpServer(whoIsIt, async ({ host }) => {
        for (const name of ["registry.test", "localhost", "127.0.0.1"]) {
          const root = `https://${name}:${host.split(":")[1]}/`;
          const transport = transportTo(root, { certDir, lookup: here });
          assert.is((await ask(root, transport)).text, "nobody", name);
        }
      }, TLS),
  );
});

const UNUSABLE: readonly [files: Record<string, string>, message: RegExp][] = [
  [{ "me.key": CLIENT.key }, /me\.key" cannot be used: there is no \.cert of that name/],
  [{ "me.cert": CLIENT.cert }, /me\.cert" cannot be used: there is no \.key of that name/],
  [{ "me.cert": CLIENT.cert, "you.key": CLIENT.key }, /there is no \.(key|cert) of that name/],
  [{ "me.cert": CLIENT.cert, "me.key": SERVER.key }, /me\.key" cannot be used: it is not the key/],
  [{ "me.cert": "x", "me.key": CLIENT.key }, /me\.cert" cannot be used: it is no PEM/],
  [{ "me.cert": CLIENT.cert, "me.key": "hunter2" }, /me\.key" cannot be used: it is no PEM/],
  [{ "ca.crt": "no certificate" }, /ca\.crt" cannot be used: it holds no certificate/],
  [{ "ca.crt": AUTHORITY.replace(/\nMII./, "\nAAAA") }, /ca\.crt" cannot be used/],
];

test("a file of certificates that cannot be used is named, and nothing is sent", async () => {
  await withHttpServer(whoIsIt, async ({ host, connections }) => {
    const root = `https://${host}/`;
    for (const [files, expected] of UNUSABLE) {
      await withFiles({ [`${host}/none`]: "", ...below(host, files) }, async (certDir) => {
        const failing = (): Promise<unknown> => ask(root, transportTo(root, { certDir }));
        const { message } = await failsWith(["storage"], failing);
        assert.match(message, expected);
        assert.not.match(message, "hunter2");
      });
    }
    for (const name of ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "DENO_CERT"]) {
      const env = { [name]: "/nowhere.pem" };
      const failing = (): Promise<unknown> => ask(root, transportTo(root, { env }));
      assert.match((await failsWith(["storage"], failing)).message, /"\/nowhere\.pem" cannot be/);
    }
    const nowhere = transportTo(root, { certDir: "/nowhere" });
    assert.match(
      (await failsWith(["storage"], () => ask(root, nowhere))).message,
      /"\/nowhere" cannot be used: there is no such folder/,
    );
    await withHttpServer(whoIsIt, async (plain) => {
      const to = `http://${plain.host}/`;
      assert.match((await ask(to, transportTo(to, { certDir: "/nowhere" }))).text, "nobody");
    });
    assert.is(connections(), 0);
  }, TLS);
});

test("an answer over TLS that nobody reads stays with its server", async () => {
  const chunk = new Uint8Array(1024 * 1024);
  let given = 0;
  const pour: RequestListener = (_, response) => {
    const more = (): void => {
      while (given < 256) {
        given++;
        if (!response.write(chunk)) return void response.once("drain", more);
      }
      response.end();
    };
    more();
  };
  await withFiles({ "ca.crt": AUTHORITY }, (certDir) =>
    withHttpServer(pour, async ({ host }) => {
      const root = `https://${host}/`;
      const { send } = await import("../../../../build/store/registry/http/connection.ts");
      const transport = transportTo(root, { certDir });
      const { body } = await send({ method: "GET", url: new URL(root) }, transport);
      const reader = body?.getReader();
      await reader?.read();
      await new Promise((resolve) => setTimeout(resolve, 500));
      assert.ok(given < 32, `${given} MiB were sent`);
      let read = 0;
      for (let got = await reader?.read(); got?.value; got = await reader?.read()) {
        read += got.value.length;
      }
      assert.ok(read > 255 * chunk.length && given === 256, "and comes when it is read");
    }, TLS));
});

test.run();
