import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Descriptor } from "../../../../build/oci/descriptor.ts";
import { registryStore } from "../../../../build/store/registry/registry.ts";
import { failsWith } from "../../../support/fails.ts";
import { sampleImage } from "../../../support/images.ts";
import { withRegistry } from "../../../support/registry.ts";
import { failure } from "../../../support/registry/answer.ts";
import type { GateOptions } from "../../../support/registry/gate.ts";
import { putBlob, putImage, readBlob } from "../../put.ts";
import { anonymous, IMPATIENT, known, openStore, REPOSITORY } from "../open.ts";

const USER = { username: "me", password: "pass:word ü" };
const BASIC: GateOptions = { scheme: "basic", ...USER };
const BEARER: GateOptions = { scheme: "bearer", ...USER };
const IMAGE = sampleImage(1);
const BLOBS: readonly Descriptor[] = [1, 2, 3, 4, 5, 6].map((seed) =>
  sampleImage(seed).layer.descriptor
);

for (const auth of [BASIC, BEARER]) {
  test(`a registry that asks for ${auth.scheme} gets the login, after the first refusal alone`, async () => {
    await withRegistry({ auth }, async (registry) => {
      const store = openStore(registry, { credentials: known(USER) });
      await putImage(store, IMAGE, ["3.10"]);
      assert.equal((await store.getManifest("3.10")).descriptor, IMAGE.manifest.descriptor);
      const refused = registry.log.filter(({ status }) => status === 401);
      assert.is(refused.length, 1);
      assert.is(refused[0]?.authorization, undefined);
      assert.is(registry.log.at(-1)?.authorization, auth.scheme);
    });
  });

  test(`requests that are refused side by side log in once, with ${auth.scheme}`, async () => {
    await withRegistry({ auth, latency: 10 }, async (registry) => {
      let asked = 0;
      const store = openStore(registry, {
        credentials: () => Promise.resolve({ credential: USER, asked: asked++ }),
      });
      await Promise.all(BLOBS.map((blob) => store.hasBlob(blob)));
      assert.is(asked, 1);
      assert.is(registry.logged("GET token").length, auth === BEARER ? 1 : 0);
    });
  });

  test(`a wrong password is a failed login that ${auth.scheme} asks for once, and is not shown`, async () => {
    await withRegistry({ auth }, async (registry) => {
      const store = openStore(registry, { credentials: known({ ...USER, password: "hunter2" }) });
      const { message } = await failsWith(["authentication"], () => store.resolve("3.10"));
      assert.match(message, `Cannot push ${registry.host}/${REPOSITORY}: `);
      assert.match(message, / answered 401/);
      assert.match(message, `"docker login ${registry.host}" renews it.`);
      assert.not.match(message, /hunter2|aHVudGVyMg/);
      assert.is(registry.log.length, 2);
    });
  });

  test(`nobody's login is looked up where nobody is asked, with ${auth.scheme}`, async () => {
    await withRegistry({ auth: { ...auth, publicPull: true } }, async (registry) => {
      await putImage(openStore(registry, { credentials: known(USER) }), IMAGE, ["3.10"]);
      const reader = openStore(registry, { access: "pull", credentials: anonymous });
      assert.is((await reader.resolve("3.10"))?.digest, IMAGE.manifest.descriptor.digest);
      assert.equal(await readBlob(reader, IMAGE.layer.descriptor), IMAGE.layer.bytes);
    });
  });
}

test("a login that is refused later on is not tried twice", async () => {
  await withRegistry({ auth: BASIC }, async (registry) => {
    const store = openStore(registry, { credentials: known(USER) });
    assert.is(await store.resolve("3.10"), undefined);
    const headers = { "www-authenticate": `Basic realm="test registry"` };
    registry.fault({ route: "blob", times: 9, fault: { status: 401, headers } });
    await failsWith(["authentication"], () => store.hasBlob(IMAGE.layer.descriptor));
    assert.is(registry.logged("HEAD blob").length, 1);
  });
});

test("a registry that repeats password and token in its error does not get them into ours", async () => {
  for (const auth of [BASIC, BEARER]) {
    await withRegistry({ auth }, async (registry) => {
      const store = openStore(registry, { credentials: known(USER) });
      assert.is(await store.resolve("3.10"), undefined);
      const sent = String(registry.log.at(-1)?.headers.authorization);
      const words = `${USER.password} was in ${sent}, see https://h.example/?sig=s3cret`;
      registry.fault({ route: "manifest", fault: failure(403, "DENIED", words) });
      const { message } = await failsWith(["authentication"], () => store.getManifest("3.10"));
      assert.match(
        message,
        /DENIED: \[secret\] was in B\w+ \[secret\], see https:\/\/h\.example\//,
      );
      for (const secret of [USER.password, sent, "s3cret"]) assert.not.match(message, secret);
    });
  }
});

test("without a login, the error says how to log in", async () => {
  await withRegistry({ auth: BASIC }, async (registry) => {
    const { host } = registry;
    const error = await failsWith(["authentication"], () => openStore(registry).resolve("3.10"));
    assert.is(
      error.message,
      `Cannot push ${host}/k8s/pause: the registry answered 401 to "3.10". ` +
        `Log in with "docker login ${host}" or set REGISTRY_AUTH_FILE.`,
    );
  });
});

test("why no login was found is told when the registry insists", async () => {
  await withRegistry({ auth: BEARER }, async (registry) => {
    const note = "config.json leaves the login to docker-credential-x, which is not asked.";
    const store = openStore(registry, { credentials: () => Promise.resolve({ note }) });
    const { message } = await failsWith(["authentication"], () => putImage(store, IMAGE));
    assert.match(message, `${note} Log in with "docker login`);
  });
});

test("an anonymous token that may only read makes a push a failed login", async () => {
  await withRegistry({ auth: { ...BEARER, publicPull: true } }, async (registry) => {
    const store = openStore(registry);
    assert.is(await store.hasBlob(IMAGE.layer.descriptor), false);
    const { message } = await failsWith(["authentication"], () => putBlob(store, IMAGE.layer));
    assert.match(message, /answered 401 .*UNAUTHORIZED.* Log in with "docker login/);
  });
});

test("a token is asked for once for reading and writing", async () => {
  await withRegistry({ auth: BEARER }, async (registry) => {
    await putImage(openStore(registry, { credentials: known(USER) }), IMAGE, ["3.10"]);
    const [request, ...more] = registry.logged("GET token");
    assert.equal(more, []);
    const query = new URLSearchParams(request?.query);
    assert.is(query.get("service"), "test registry");
    assert.is(query.get("scope"), `repository:${REPOSITORY}:pull,push`);
    assert.is(request?.authorization, "basic");
  });
});

test("a store for reading asks for no right to write", async () => {
  await withRegistry({ auth: BEARER }, async (registry) => {
    const store = openStore(registry, { access: "pull", credentials: known(USER) });
    await store.resolve("3.10");
    const query = new URLSearchParams(registry.logged("GET token")[0]?.query);
    assert.is(query.get("scope"), `repository:${REPOSITORY}:pull`);
  });
});

test("a token that has expired is renewed, in the middle of an upload too", async () => {
  await withRegistry({ auth: { ...BEARER, tokenUses: 2 } }, async (registry) => {
    const store = openStore(registry, { credentials: known(USER) });
    await putImage(store, IMAGE, ["3.10"]);
    assert.is((await store.resolve("3.10"))?.digest, IMAGE.manifest.descriptor.digest);
    assert.ok(registry.logged("GET token").length > 2);
  });
});

test("a mount asks for a token that is also good for the other repository", async () => {
  await withRegistry({ auth: BEARER }, async (registry) => {
    const options = { credentials: known(USER), retry: IMPATIENT };
    const from = registryStore({ host: registry.host, repository: "base" }, options);
    await putBlob(from, IMAGE.layer);
    const store = openStore(registry, options);
    assert.is(await store.mountBlob?.(IMAGE.layer.descriptor, from), true);
    assert.is(await store.hasBlob(IMAGE.layer.descriptor), true);
    const scopes = new URLSearchParams(registry.logged("GET token").at(-1)?.query).getAll("scope");
    assert.equal(scopes, [`repository:${REPOSITORY}:pull,push`, "repository:base:pull"]);
  });
});

test("a token server that refuses the mount's other repository does not stop the upload", async () => {
  await withRegistry({ auth: BEARER }, async (registry) => {
    const options = { credentials: known(USER), retry: IMPATIENT };
    const from = registryStore({ host: registry.host, repository: "base" }, options);
    await putBlob(from, IMAGE.layer);
    const store = openStore(registry, options);
    assert.is(await store.hasBlob(IMAGE.layer.descriptor), false);
    registry.fault({ route: "token", fault: { status: 403 } });
    assert.is(await store.mountBlob?.(IMAGE.layer.descriptor, from), false);
    await putBlob(store, IMAGE.layer);
    assert.is(await store.hasBlob(IMAGE.layer.descriptor), true);
  });
});

test("a login is never sent to a realm without TLS, and the error names the realm without its query", async () => {
  for (const realm of ["http://auth.example/token?key=s3cret", "ftp://auth.example/", ""]) {
    const challenge = (): string => `Bearer realm="${realm}",service="x"`;
    await withRegistry({ auth: { ...BEARER, challenge } }, async (registry) => {
      const store = openStore(registry, { credentials: known(USER) });
      const { message } = await failsWith(["authentication"], () => store.resolve("3.10"));
      if (realm.includes("example")) {
        assert.match(message, /logins to go to ".*auth\.example\/\w*"/);
      }
      assert.not.match(message, "s3cret");
    });
  }
});

test("a token server that redirects elsewhere takes no login along", async () => {
  await withRegistry({ auth: BEARER }, (registry) =>
    withRegistry({}, async (other) => {
      const location = `http://${other.host}/token`;
      registry.fault({ route: "token", fault: { status: 307, headers: { location } } });
      const store = openStore(registry, { credentials: known(USER) });
      await failsWith(["registry", "authentication"], () => store.resolve("3.10"));
      assert.is(registry.logged("GET token")[0]?.authorization, "basic");
      assert.is(other.logged("GET token")[0]?.authorization, undefined);
    }));
});

const TOKEN_ANSWERS: readonly [body: string, message: RegExp][] = [
  ["", /answered without a token/],
  ["<html>", /answered without a token/],
  ["null", /answered without a token/],
  ["{}", /answered without a token/],
  [`{"token":5}`, /answered without a token/],
  [`{"token":"line\\nbreak secret"}`, /answered without a token/],
];

test("a token server that sends no token is named, and what it sent is not repeated", async () => {
  for (const [text, expected] of TOKEN_ANSWERS) {
    await withRegistry({ auth: BEARER }, async (registry) => {
      const body = new TextEncoder().encode(text);
      registry.fault({ route: "token", fault: { status: 200, body } });
      const store = openStore(registry, { credentials: known(USER) });
      const { message } = await failsWith(["registry"], () => store.resolve("3.10"));
      assert.match(message, expected);
      assert.match(message, `${registry.elsewhere}/token`);
      assert.not.match(message, "secret");
    });
  }
});

test("a token may be called access_token, and a token server that fails is asked again", async () => {
  await withRegistry({ auth: BEARER }, async (registry) => {
    const rename = (body: Uint8Array | undefined): Uint8Array => {
      const { token } = JSON.parse(new TextDecoder().decode(body));
      return new TextEncoder().encode(JSON.stringify({ access_token: token }));
    };
    registry.fault({ route: "token", fault: { status: 503 } });
    registry.fault({
      route: "token",
      nth: 2,
      fault: { alter: (answer) => ({ ...answer, body: rename(answer.body) }) },
    });
    const store = openStore(registry, { credentials: known(USER) });
    assert.is(await store.resolve("3.10"), undefined);
  });
});

test("Basic is answered where Bearer is not asked for, and what cannot be answered is a failed login", async () => {
  const accepted = (usual: string): string => `Negotiate, ${usual}`;
  await withRegistry({ auth: { ...BASIC, challenge: accepted } }, async (registry) => {
    const store = openStore(registry, { credentials: known(USER) });
    assert.is(await store.resolve("3.10"), undefined);
  });
  for (const challenge of [() => "Negotiate", () => "Digest realm=x", () => "Bearer"]) {
    await withRegistry({ auth: { ...BASIC, challenge } }, async (registry) => {
      const store = openStore(registry, { credentials: known(USER) });
      await failsWith(["authentication"], () => store.resolve("3.10"));
    });
  }
});

test("a token that comes byte by byte, each in time, is given up", async () => {
  await withRegistry({ auth: BEARER }, async (registry) => {
    const fault = { status: 200, body: new Uint8Array(10_000), drip: 1, every: 20 };
    registry.fault({ route: "token", fault });
    const store = openStore(registry, { credentials: known(USER), idleTimeout: 200 });
    const { message } = await failsWith(["registry"], () => store.resolve("3.10"));
    assert.match(message, /it was not done within 1 s/);
  });
});

test.run();
