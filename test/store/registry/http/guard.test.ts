import { test } from "uvu";
import * as assert from "uvu/assert";
import { guardWith } from "../../../../build/store/registry/http/guard.ts";
import type { NetworkOptions } from "../../../../build/store/registry/http/network.ts";
import { openNetwork } from "../../../../build/store/registry/http/network.ts";
import { type RegistryOptions, registryStore } from "../../../../build/store/registry/registry.ts";
import type { Store } from "../../../../build/store/store.ts";
import { withConnectProxy } from "../../../support/connect-proxy.ts";
import { failsWith } from "../../../support/fails.ts";
import { withHttpServer } from "../../../support/http-server.ts";
import { sampleImage } from "../../../support/images.ts";
import { type TestRegistry, withRegistry } from "../../../support/registry.ts";
import { putBlob } from "../../put.ts";
import { anonymous, IMPATIENT, known } from "../open.ts";
import { ask, transportTo } from "./sending.ts";

const { layer } = sampleImage(1);

/**
 * The open internet on this machine: 127.0.0.1 plays a public address, the others of 127.0.0.0/8
 * are private ones.
 */
const WORLD: NetworkOptions = {
  env: {},
  isPublic: (address) => address === "127.0.0.1",
  lookup: (name) =>
    Promise.resolve(
      { "public.test": ["127.0.0.1"], "both.test": ["127.0.0.2", "127.0.0.1"] }[name] ??
        ["127.0.0.2"],
    ),
};

function storeAt(
  name: string,
  { host }: Pick<TestRegistry, "host">,
  options: RegistryOptions = {},
): Store {
  const repository = { host: host.replace("127.0.0.1", name), repository: "k8s/pause" };
  return registryStore(repository, {
    plainHttp: true,
    credentials: anonymous,
    retry: IMPATIENT,
    network: openNetwork(WORLD),
    ...options,
  });
}

const REFUSED =
  /the registry sends us into a private network, to (private\.test|127\.0\.0\.3)(:\d+)?, whose address is 127\.0\.0\.[23]\. A registry of the open internet has no business there/;

for (const target of ["private.test", "127.0.0.3"]) {
  test(`a registry of the open internet may not redirect us to ${target}, and nothing is sent there`, async () => {
    await withHttpServer((_, response) => response.end("secret"), async (inside) => {
      const place = `http://${target}:${inside.host.split(":")[1]}/metadata`;
      await withRegistry({}, async (registry) => {
        registry.fault({
          route: "blob",
          times: 9,
          fault: { status: 307, headers: { location: place } },
        });
        const { message } = await failsWith(["registry"], async () => {
          const stream = await storeAt("public.test", registry).getBlob(layer.descriptor);
          await stream.cancel();
        });
        assert.match(message, REFUSED);
        assert.is(inside.connections(), 0);
      });
    });
  });

  test(`a registry of the open internet may not have us upload to ${target}`, async () => {
    await withHttpServer((_, response) => response.end(), async (inside) => {
      const place = `http://${target}:${inside.host.split(":")[1]}/place`;
      await withRegistry({}, async (registry) => {
        registry.fault({
          route: "upload-start",
          times: 9,
          fault: { status: 202, headers: { location: place } },
        });
        const { message } = await failsWith(
          ["registry"],
          () => putBlob(storeAt("public.test", registry), layer),
        );
        assert.match(message, REFUSED);
        assert.is(inside.connections(), 0);
      });
    });
  });

  test(`a registry of the open internet may not have us log in at ${target}`, async () => {
    await withHttpServer((_, response) => response.end("{}"), async (inside) => {
      const realm = `https://${target}:${inside.host.split(":")[1]}/token`;
      const headers = { "www-authenticate": `Bearer realm="${realm}",service="s"` };
      await withRegistry({}, async (registry) => {
        registry.fault({ route: "manifest", times: 9, fault: { status: 401, headers } });
        const credentials = known({ username: "me", password: "hunter2" });
        const { message } = await failsWith(
          ["registry"],
          () => storeAt("public.test", registry, { credentials }).resolve("3.10"),
        );
        assert.match(message, REFUSED);
        assert.not.match(message, "hunter2");
        assert.is(inside.connections(), 0);
      });
    });
  });
}

test("a registry in a private network may send us on there, by name and by address", async () => {
  await withHttpServer((_, response) => response.end("in"), async ({ host }) => {
    const port = host.split(":")[1];
    const isPublic = (): boolean => false;
    const lookup = (): Promise<readonly string[]> => Promise.resolve(["127.0.0.1"]);
    for (const registry of ["registry.test", "127.0.0.1", "localhost"]) {
      const root = `http://${registry}:${port}/`;
      const transport = transportTo(root, { isPublic, lookup });
      assert.is((await ask(root, transport)).text, "in");
      for (const hop of ["storage.test", "127.0.0.1", "localhost"]) {
        assert.is(
          (await ask(`http://${hop}:${port}/`, transport)).text,
          "in",
          `${registry} ${hop}`,
        );
      }
    }
  });
});

test("of several addresses only the public ones are connected to", async () => {
  await withHttpServer((_, response) => response.end("in"), async ({ host }) => {
    const port = host.split(":")[1];
    const root = `http://public.test:${port}/`;
    const transport = transportTo(root, WORLD);
    assert.is((await ask(root, transport)).text, "in");
    // Nothing listens at the other one.
    assert.is((await ask(`http://both.test:${port}/`, transport)).text, "in");
  });
});

test("a name that is given another address after it was judged is not looked up again", async () => {
  await withHttpServer((_, response) => response.end("in"), async ({ host }) => {
    const port = host.split(":")[1];
    const root = `http://public.test:${port}/`;
    const asked: string[] = [];
    const lookup = (name: string): Promise<readonly string[]> => {
      asked.push(name);
      return Promise.resolve([asked.length <= 2 ? "127.0.0.1" : "127.0.0.2"]);
    };
    const transport = transportTo(root, { ...WORLD, lookup });
    assert.is((await ask(root, transport)).text, "in");
    assert.is((await ask(`http://storage.test:${port}/`, transport)).text, "in");
    assert.equal(asked, ["public.test", "storage.test"]);
  });
});

test("a registry that was public does not become private: its own name may be given another address", async () => {
  let answers = 0;
  await withHttpServer((_, response) => {
    answers++;
    response.writeHead(200, { connection: "close" }).end("in");
  }, async ({ host }) => {
    const root = `http://registry.test:${host.split(":")[1]}/`;
    let times = 0;
    const lookup = (): Promise<readonly string[]> =>
      Promise.resolve([times++ === 0 ? "127.0.0.1" : "127.0.0.2"]);
    const transport = transportTo(root, { ...WORLD, lookup });
    assert.is((await ask(root, transport)).text, "in");
    const { message } = await failsWith(["registry"], () => ask(root, transport));
    assert.match(
      message,
      /into a private network, to registry\.test:\d+, whose address is 127\.0\.0\.2/,
    );
    assert.is(answers, 1);
  });
});

test("of two first connections at once, the public one decides", async () => {
  const root = new URL("http://registry.test/");
  const isPublic = (address: string): boolean => address === "127.0.0.1";
  const guard = guardWith(() => Promise.resolve(["127.0.0.2"]), isPublic);
  guard.reached("127.0.0.1", root, root);
  guard.reached("127.0.0.2", root, root);
  const { signal } = new AbortController();
  const refused = await guard.addresses(new URL("http://inside.test/"), root, signal)
    .catch((error) => error);
  assert.instance(refused, Error);
});

test("through a proxy only addresses can be judged, and are", async () => {
  await withHttpServer((_, response) => response.end("in"), async (server) => {
    await withConnectProxy({}, async (proxy) => {
      const port = server.host.split(":")[1];
      const root = `http://registry.test:${port}/`;
      const transport = transportTo(root, { env: { HTTP_PROXY: `http://${proxy.host}` } });
      assert.is((await ask(root, transport)).text, "in");
      assert.is((await ask(`http://storage.test:${port}/`, transport)).text, "in");
      const before = proxy.asked.length;
      for (const address of ["10.0.0.1", "169.254.169.254", "[fd00::1]", "[::ffff:10.0.0.1]"]) {
        const { message } = await failsWith(
          ["registry"],
          () => ask(`http://${address}:${port}/`, transport),
        );
        assert.match(message, /into a private network/);
      }
      assert.is(proxy.asked.length, before);
      const own = transportTo(`http://10.0.0.5:${port}/`, {
        env: { HTTP_PROXY: `http://${proxy.host}` },
      });
      assert.is((await ask(`http://10.0.0.1:${port}/`, own)).text, "in");
    });
  });
});

test("a registry whose line is gone before its address is known does not count as private", async () => {
  const url = new URL("https://registry.test/");
  const guard = guardWith(() => Promise.resolve(["10.0.0.1"]));
  const { signal } = new AbortController();
  guard.reached("", url, url);
  const target = new URL("https://10.0.0.2/");
  const refusal = await guard.addresses(target, url, signal).catch(String);
  assert.match(`${refusal}`, /private network, to 10\.0\.0\.2/);
  guard.reached("10.0.0.1", url, url);
  assert.equal(await guard.addresses(target, url, signal), ["10.0.0.2"]);
});

test.run();
