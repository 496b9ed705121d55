/** `--include-foreign` from end to end: the layer lies at a real https address, outside of any registry. */

import { writeFile } from "node:fs/promises";
import type { IncomingMessage, RequestListener } from "node:http";
import { join } from "node:path";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { EXIT_CODES } from "../../build/error.ts";
import type { Ended } from "../../build/host/process.ts";
import { type Content, content, jsonContent } from "../../build/oci/descriptor.ts";
import { DOCKER } from "../../build/oci/media-types.ts";
import { registryStore } from "../../build/store/registry/registry.ts";
import { putBlob, readBlob } from "../store/put.ts";
import { known } from "../store/registry/open.ts";
import { AUTHORITY, SERVER } from "../support/certificates.ts";
import { withConnectProxy } from "../support/connect-proxy.ts";
import { PASSWORD, USER, withDockerRegistry } from "../support/docker-registry.ts";
import { withFolder } from "../support/folder.ts";
import { withHttpServer } from "../support/http-server.ts";
import { bytesOf } from "../support/images.ts";
import { onDeno, runProgram } from "../support/program.ts";
import { withRegistry } from "../support/registry.ts";
import { lacks, skip } from "../support/skip.ts";

const FOREIGN = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";
const LAYER = content(FOREIGN, bytesOf(1, 300_000));
const LOGIN = { username: USER, password: PASSWORD };

/** A Windows image whose base layer is at `urls`. */
function imageAt(urls: readonly string[]): { config: Content; layer: Content; manifest: Content } {
  const layer = content(DOCKER.layer, bytesOf(2, 500));
  const config = jsonContent(DOCKER.config, {
    architecture: "amd64",
    os: "windows",
    rootfs: { type: "layers", diff_ids: [LAYER.descriptor.digest, layer.descriptor.digest] },
  });
  const manifest = jsonContent(DOCKER.manifest, {
    schemaVersion: 2,
    mediaType: DOCKER.manifest,
    config: config.descriptor,
    layers: [{ ...LAYER.descriptor, urls }, layer.descriptor],
  });
  return { config, layer, manifest };
}

/** The servers that layers lie at, by what they are called in a test. */
interface Servers {
  /** The origin of a server: `https://registry.test:PORT`. The proxy leads there. */
  readonly https: string;
  readonly other: string;
  /** One without TLS. */
  readonly http: string;
  /** The https server by an address of this machine. */
  readonly local: string;
}

interface Stage extends Servers {
  /** All that the servers were asked. */
  readonly asked: readonly IncomingMessage[];
  /** Mirrors an image whose foreign layer is at these addresses. */
  readonly mirror: (urls: readonly string[], ...words: string[]) => Promise<Ended>;
  /** The layer as the destination has it; undefined when its tag does not name the image. */
  readonly arrived: () => Promise<Uint8Array | undefined>;
}

/** Two registries that ask for a login, and servers that would get one as well if they asked for it. */
async function withStage(
  answer: (path: string, servers: Servers) => Answer,
  use: (stage: Stage) => Promise<void>,
): Promise<void> {
  const asked: IncomingMessage[] = [];
  let servers: Servers = { https: "", other: "", http: "", local: "" };
  const serve: RequestListener = (request, response) => {
    asked.push(request);
    const { status, headers = {}, body } = answer(request.url ?? "", servers);
    response.writeHead(status, headers).end(body);
  };
  const tls = { tls: SERVER };
  await withHttpServer(
    serve,
    async (one) =>
      await withHttpServer(serve, async (other) =>
        await withHttpServer(serve, async (plain) => {
          const named = ({ host }: { host: string }): string =>
            host.replace("127.0.0.1", "registry.test");
          servers = {
            https: `https://${named(one)}`,
            other: `https://${named(other)}`,
            http: `http://${named(plain)}`,
            local: `https://${one.host}`,
          };
          await withRegistries((from, to) => onStage(servers, asked, from, to, use));
        }), tls),
    tls,
  );
}

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** The source has images that docker-registry would not take. */
async function withRegistries(use: (from: string, to: string) => Promise<void>): Promise<void> {
  await withRegistry(
    { auth: { scheme: "basic", ...LOGIN } },
    ({ host: from }) =>
      withDockerRegistry(({ host: to }) => use(from, to), { htpasswd: true, foreignLayers: true }),
  );
}

async function onStage(
  servers: Servers,
  asked: readonly IncomingMessage[],
  from: string,
  to: string,
  use: (stage: Stage) => Promise<void>,
): Promise<void> {
  await withFolder((folder) =>
    withConnectProxy({}, async (proxy) => {
      const auth = btoa(`${USER}:${PASSWORD}`);
      const hosts = [from, to, ...Object.values(servers).map((origin) => new URL(origin).host)];
      const auths = Object.fromEntries(hosts.map((host) => [host, { auth }]));
      await writeFile(join(folder, "config.json"), JSON.stringify({ auths }));
      await writeFile(join(folder, "authority.pem"), AUTHORITY);
      const at = (host: string): ReturnType<typeof registryStore> =>
        registryStore({ host, repository: "pause" }, { credentials: known(LOGIN) });
      const env = {
        DOCKER_CONFIG: folder,
        SSL_CERT_FILE: join(folder, "authority.pem"),
        HTTPS_PROXY: `http://${proxy.host}`,
        HTTP_PROXY: `http://${proxy.host}`,
        NO_PROXY: "",
      };
      const digests = new Set<string>();
      await use({
        ...servers,
        asked,
        mirror: async (urls, ...words) => {
          const { config, layer, manifest } = imageAt(urls);
          for (const blob of [config, layer]) await putBlob(at(from), blob);
          await at(from).putManifest(manifest, ["3.10"]);
          digests.add(manifest.descriptor.digest);
          const all = ["mirror", `${from}/pause:3.10`, `${to}/pause`, ...words];
          return await runProgram(process.cwd(), all, { program: onDeno(process.cwd()), env });
        },
        arrived: async () => {
          const found = await at(to).resolve("3.10");
          if (found === undefined) return undefined;
          assert.ok(digests.has(found.digest), "the manifest is as it was");
          return await readBlob(at(to), LAYER.descriptor);
        },
      });
    })
  );
}

const INCLUDE = "--include-foreign";
const GONE: Answer = { status: 404 };

test("a layer comes from its https address, over a redirect, and no login goes there", async () => {
  const missing = lacks("docker-registry");
  if (missing) return skip(missing);
  await withStage((path, { other }) =>
    ({
      "/moved": { status: 307, headers: { location: `${other}/layer` } },
      "/layer": { status: 200, body: LAYER.bytes },
    })[path] ?? GONE, async ({ https, other, asked, mirror, arrived }) => {
    const without = await mirror([`${https}/gone`, `${https}/moved`]);
    assert.is(without.exitCode, 0, without.stderr);
    assert.equal(asked.length, 0, "without the option nobody is asked");
    const { exitCode, stdout, stderr } = await mirror(
      [`${https}/gone`, `${https}/moved`],
      INCLUDE,
      "--refresh",
    );
    assert.is(exitCode, 0, stderr);
    assert.match(stdout, /copied/);
    assert.equal(await arrived(), LAYER.bytes);
    assert.equal(
      asked.map(({ url, headers }) => [headers.host, url, headers.authorization, headers.cookie]),
      [
        [new URL(https).host, "/gone", undefined, undefined],
        [new URL(https).host, "/moved", undefined, undefined],
        [new URL(other).host, "/layer", undefined, undefined],
      ],
    );
  });
});

test("an address that asks for a login gets none, although there is one for it", async () => {
  const missing = lacks("docker-registry");
  if (missing) return skip(missing);
  const headers = { "www-authenticate": 'Basic realm="layers"' };
  await withStage(() => ({ status: 401, headers }), async ({ https, asked, mirror, arrived }) => {
    const { exitCode, stderr } = await mirror([`${https}/layer`], INCLUDE);
    assert.is(exitCode, EXIT_CODES.registry);
    assert.match(stderr, /Cannot include the foreign layer sha256:\w+: .* answered 401/);
    assert.equal(asked.map(({ headers }) => headers.authorization), [undefined]);
    assert.is(await arrived(), undefined);
  });
});

test("other bytes than the layer's fail, and no tag appears", async () => {
  const missing = lacks("docker-registry");
  if (missing) return skip(missing);
  const short = LAYER.bytes.subarray(0, 1000);
  for (const body of [bytesOf(9, LAYER.bytes.length), short]) {
    await withStage(() => ({ status: 200, body }), async ({ https, mirror, arrived }) => {
      const { exitCode, stderr } = await mirror([`${https}/layer`], INCLUDE);
      assert.is(exitCode, EXIT_CODES.verification, stderr);
      assert.match(stderr, /https:\/\/registry\.test:\d+/);
      assert.is(await arrived(), undefined);
    });
  }
});

test("an address on http, one of this machine, and a redirect to either are refused unasked", async () => {
  const missing = lacks("docker-registry");
  if (missing) return skip(missing);
  const moved = (location: string): Answer => ({ status: 302, headers: { location } });
  await withStage((path, { http, local }) =>
    ({
      "/to-http": moved(`${http}/layer`),
      "/to-local": moved(`${local}/layer`),
    })[path] ?? { status: 200, body: LAYER.bytes }, async (stage) => {
    const { https, http, local, asked, mirror, arrived } = stage;
    const refused: readonly [url: string, found: RegExp][] = [
      [`${http}/layer`, /the address is not https/],
      [`${local}/layer`, /private/],
      [`${https}/to-http`, /redirects \(302\) to an address that is not https/],
      [`${https}/to-local`, /private/],
    ];
    for (const [url, found] of refused) {
      const { exitCode, stderr } = await mirror([url], INCLUDE);
      assert.is(exitCode, EXIT_CODES.registry, stderr);
      assert.match(stderr, found, stderr);
      assert.is(await arrived(), undefined);
    }
    assert.equal(asked.map(({ url }) => url), ["/to-http", "/to-local"]);
  });
});

test.run();
