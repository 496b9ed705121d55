import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Credential } from "../../../../build/store/registry/login/credentials.ts";
import { registryStore } from "../../../../build/store/registry/registry.ts";
import { failsWith } from "../../../support/fails.ts";
import { sampleImage } from "../../../support/images.ts";
import { withRegistry } from "../../../support/registry.ts";
import type { Asked } from "../../../support/registry/answer.ts";
import type { GateOptions } from "../../../support/registry/gate.ts";
import { putBlob, putImage } from "../../put.ts";
import { IMPATIENT, known, openStore, REPOSITORY } from "../open.ts";

const USER = { username: "me", password: "p+ß w%rd" };
const BEARER: GateOptions = { scheme: "bearer", ...USER };
const IDENTITY = { ...BEARER, identityToken: "ident/ty+1" };
const IMAGE = sampleImage(1);
const OWN = `repository:${REPOSITORY}:pull,push`;

function form({ body }: Asked): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(new TextDecoder().decode(body)));
}

/** Pushes with a credential, and gives back what the token server was asked. */
async function pushAs(credential: Credential, auth: GateOptions): Promise<Asked[]> {
  const asked: Asked[] = [];
  await withRegistry({ auth: { ...auth, onAsked: (one) => asked.push(one) } }, async (registry) => {
    await putImage(openStore(registry, { credentials: known(credential) }), IMAGE, ["3.10"]);
  });
  return asked;
}

test("an identity token gets others by POST, as OAuth2 has it", async () => {
  const [asked, ...more] = await pushAs({ identityToken: "ident/ty+1" }, IDENTITY);
  assert.is(asked?.method, "POST");
  assert.is(asked?.headers.authorization, undefined);
  assert.is(asked?.headers["content-type"], "application/x-www-form-urlencoded");
  assert.is(String(asked?.query), "");
  assert.equal(asked && form(asked), {
    grant_type: "refresh_token",
    refresh_token: "ident/ty+1",
    service: "test registry",
    scope: OWN,
    client_id: "pause-image",
  });
  assert.equal(more, []);
});

test("where the token server knows no POST, an identity token goes by GET", async () => {
  for (const status of [404, 405, 400, 401, 501]) {
    // Such a server takes the token for a password.
    const auth = { ...BEARER, password: "ident", unknownMethods: { POST: status } };
    const asked = await pushAs({ identityToken: "ident", username: "me" }, auth);
    assert.equal(asked.map(({ method }) => method), ["POST", "GET"]);
  }
});

test("a password goes by GET, and by POST where the token server knows no GET", async () => {
  assert.equal((await pushAs(USER, BEARER)).map(({ method }) => method), ["GET"]);
  for (const status of [404, 405]) {
    const [, post] = await pushAs(USER, { ...BEARER, unknownMethods: { GET: status } });
    assert.equal(post && form(post), {
      grant_type: "password",
      ...USER,
      service: "test registry",
      scope: OWN,
      client_id: "pause-image",
    });
  }
});

test("a wrong password is not sent a second time by another way", async () => {
  await withRegistry({ auth: { ...IDENTITY } }, async (registry) => {
    const store = openStore(registry, { credentials: known({ ...USER, password: "wrong" }) });
    await failsWith(["authentication"], () => store.resolve("3.10"));
    assert.is(registry.logged("POST token").length, 0);
    assert.is(registry.logged("GET token").length, 1);
  });
});

test("a POST with a token is not sent on to where the token server redirects it", async () => {
  await withRegistry(
    { auth: IDENTITY },
    (registry) =>
      withRegistry({ auth: IDENTITY }, async (other) => {
        const headers = { location: `http://${other.host}/token` };
        registry.fault({ route: "token", method: "POST", fault: { status: 307, headers } });
        const store = openStore(registry, { credentials: known({ identityToken: "ident/ty+1" }) });
        await failsWith(["authentication"], () => store.resolve("3.10"));
        assert.equal(other.log, []);
      }),
  );
});

test("a token that the server gives in place of ours is used from then on", async () => {
  const used: unknown[] = [];
  const auth = { ...IDENTITY, rotates: true, tokenUses: 1 };
  const onAsked = (asked: Asked): unknown => used.push(form(asked).refresh_token);
  await withRegistry({ auth: { ...auth, onAsked } }, async (registry) => {
    const store = openStore(registry, { credentials: known({ identityToken: "ident/ty+1" }) });
    for (const _ of [1, 2, 3]) assert.is(await store.resolve("3.10"), undefined);
  });
  assert.is(used[0], "ident/ty+1");
  assert.is(new Set(used).size, 3);
});

test("when that one is good for less, ours is used again", async () => {
  const methods: string[] = [];
  const auth = {
    ...IDENTITY,
    narrow: [OWN],
    onAsked: (asked: Asked) => methods.push(asked.method),
  };
  await withRegistry({ auth }, async (registry) => {
    const options = { credentials: known({ identityToken: "ident/ty+1" }), retry: IMPATIENT };
    const from = registryStore({ host: registry.host, repository: "base" }, options);
    await putBlob(from, IMAGE.layer);
    const store = registryStore({ host: registry.host, repository: REPOSITORY }, options);
    assert.is(await store.hasBlob(IMAGE.layer.descriptor), false);
    assert.is(await store.mountBlob?.(IMAGE.layer.descriptor, from), true);
  });
  // One for each repository; then the narrow one by both ways, and ours.
  assert.equal(methods, ["POST", "POST", "POST", "GET", "POST"]);
});

test("a token for the registry itself is used as it is, and nobody is asked for another", async () => {
  await withRegistry({ auth: BEARER }, async (registry) => {
    const store = openStore(registry, { credentials: known({ registryToken: "own-token" }) });
    const { message } = await failsWith(["authentication"], () => store.resolve("3.10"));
    assert.not.match(message, "own-token");
    assert.is(registry.log.at(-1)?.headers.authorization, "Bearer own-token");
    assert.is(registry.logged("GET token").length, 0);
  });
});

test("a token is of no use where a password is wanted, and the error says so", async () => {
  for (const credential of [{ identityToken: "i1" }, { registryToken: "r1" }]) {
    await withRegistry({ auth: { ...BEARER, scheme: "basic" } }, async (registry) => {
      const credentials = () => Promise.resolve({ credential, from: "config.json" });
      const store = openStore(registry, { credentials });
      const { message } = await failsWith(["authentication"], () => store.resolve("3.10"));
      assert.match(
        message,
        /The login from config\.json is a token, but .* wants a user and a password\./,
      );
      assert.is(registry.log.length, 1);
    });
  }
});

test("a way to log in that is not known here is named", async () => {
  const of = async (header: string): Promise<string> =>
    await withRegistry({ auth: { ...BEARER, challenge: () => header } }, async (registry) => {
      const store = openStore(registry, { credentials: known(USER) });
      return (await failsWith(["authentication"], () => store.resolve("3.10"))).message;
    });
  assert.match(
    await of("Negotiate, Digest realm=x"),
    /wants a login by negotiate, digest, in a way/,
  );
  assert.match(await of(""), /does not say how to log in/);
});

test("what a challenge lacks is no matter when another one has it", async () => {
  const challenge = (usual: string): string => `Bearer, Digest realm="x", ${usual}, Basic`;
  await withRegistry({ auth: { ...BEARER, challenge } }, async (registry) => {
    const store = openStore(registry, { credentials: known(USER) });
    assert.is(await store.resolve("3.10"), undefined);
    assert.is(registry.log.at(-1)?.authorization, "bearer");
  });
  const basic = (usual: string): string => `Bearer service="x", ${usual}`;
  await withRegistry(
    { auth: { ...BEARER, scheme: "basic", challenge: basic } },
    async (registry) => {
      const store = openStore(registry, { credentials: known(USER) });
      assert.is(await store.resolve("3.10"), undefined);
      assert.is(registry.log.at(-1)?.authorization, "basic");
    },
  );
});

test.run();
