import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Descriptor } from "../../../../build/oci/descriptor.ts";
import { openWallet } from "../../../../build/store/registry/login/wallet.ts";
import { type RegistryOptions, registryStore } from "../../../../build/store/registry/registry.ts";
import type { Store } from "../../../../build/store/store.ts";
import { failsWith } from "../../../support/fails.ts";
import { sampleImage } from "../../../support/images.ts";
import { type TestRegistry, withRegistry } from "../../../support/registry.ts";
import type { GateOptions } from "../../../support/registry/gate.ts";
import { putBlob, putImage } from "../../put.ts";
import { IMPATIENT, known, openStore, REPOSITORY } from "../open.ts";

const USER = { username: "me", password: "p+ß w%rd" };
const BEARER: GateOptions = { scheme: "bearer", ...USER };
const IMAGE = sampleImage(1);
const BLOBS: readonly Descriptor[] = [1, 2, 3, 4, 5, 6].map((seed) =>
  sampleImage(seed).layer.descriptor
);
const OWN = `repository:${REPOSITORY}:pull,push`;

/** A registry whose tokens last for `expiresIn` seconds, and a clock that is set by hand. */
async function withClock(
  expiresIn: number | undefined,
  use: (store: Store, pass: (seconds: number) => void, registry: TestRegistry) => Promise<void>,
): Promise<void> {
  let now = 0;
  const answer = (token: string) => ({ token, expires_in: expiresIn });
  await withRegistry({ auth: { ...BEARER, answer } }, async (registry) => {
    const wallet = openWallet({ now: () => now * 1000 });
    const store = openStore(registry, { credentials: known(USER), wallet });
    assert.is(await store.resolve("3.10"), undefined);
    await use(store, (seconds) => now += seconds, registry);
  });
}

test("a token is renewed shortly before it expires, without a refusal", async () => {
  for (const [expiresIn, before, after] of [[300, 289, 291], [undefined, 53, 55], [5, 53, 55]]) {
    await withClock(expiresIn, async (store, pass, registry) => {
      const refusals = (): number => registry.log.filter(({ status }) => status === 401).length;
      pass(before ?? 0);
      await store.resolve("3.10");
      assert.is(registry.logged("GET token").length, 1);
      pass((after ?? 0) - (before ?? 0));
      await Promise.all(BLOBS.map((blob) => store.hasBlob(blob)));
      assert.is(registry.logged("GET token").length, 2);
      assert.is(refusals(), 1);
    });
  }
});

test("a token that cannot be renewed in time is used to its end", async () => {
  await withClock(300, async (store, pass, registry) => {
    pass(295);
    registry.fault({ route: "token", times: 9, fault: { status: 403 } });
    assert.is(await store.resolve("3.10"), undefined);
  });
});

for (const insufficient of [401, 403] as const) {
  test(`a token that is good for less is replaced by one for both, where that is said with ${insufficient}`, async () => {
    await withRegistry({ auth: { ...BEARER, insufficient } }, async (registry) => {
      const wallet = openWallet({ credentials: known(USER) });
      const at = (options: RegistryOptions): Store =>
        registryStore({ host: registry.host, repository: REPOSITORY }, {
          wallet,
          retry: IMPATIENT,
          ...options,
        });
      assert.is(await at({ access: "pull" }).resolve("3.10"), undefined);
      await putImage(at({}), IMAGE, ["3.10"]);
      const scopes = registry.logged("GET token").map(({ query }) =>
        new URLSearchParams(query).getAll("scope")
      );
      assert.equal(scopes, [[`repository:${REPOSITORY}:pull`], [OWN]]);
    });
  });

  test(`a right that one does not have is an error and no endless asking, with ${insufficient}`, async () => {
    await withRegistry(
      { auth: { ...BEARER, publicPull: true, insufficient } },
      async (registry) => {
        const store = openStore(registry);
        assert.is(await store.hasBlob(IMAGE.layer.descriptor), false);
        await failsWith(["authentication"], () => putBlob(store, IMAGE.layer));
        assert.ok(
          registry.logged("GET token").length <= 3,
          `${registry.logged("GET token").length}`,
        );
      },
    );
  });
}

test("403 that does not ask for a login is no reason to look one up", async () => {
  await withRegistry({}, async (registry) => {
    const headers = { "www-authenticate": `Bearer realm="${registry.elsewhere}/token"` };
    registry.fault({ route: "manifest", fault: { status: 403, headers } });
    const store = openStore(registry, { credentials: known(USER) });
    await failsWith(["authentication"], () => store.resolve("3.10"));
    assert.is(registry.log.length, 1);
  });
});

test("the stores of one command that share a wallet get one token, and are refused once", async () => {
  await withRegistry({ auth: BEARER, latency: 5 }, async (registry) => {
    let asked = 0;
    const wallet = openWallet({
      credentials: () => Promise.resolve({ credential: USER, asked: asked++ }),
    });
    const repository = { host: registry.host, repository: REPOSITORY };
    const stores = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(() =>
      registryStore(repository, { wallet, retry: IMPATIENT })
    );
    await stores[0]?.resolve("3.10");
    await Promise.all(stores.map((store) => store.resolve("3.10")));
    assert.is(registry.logged("GET token").length, 1);
    assert.is(registry.log.filter(({ status }) => status === 401).length, 1);
    assert.is(asked, 1);
  });
});

test("stores that are refused side by side get one token, too", async () => {
  await withRegistry({ auth: BEARER, latency: 20 }, async (registry) => {
    const wallet = openWallet({ credentials: known(USER) });
    const repository = { host: registry.host, repository: REPOSITORY };
    await Promise.all(
      BLOBS.map((blob) => registryStore(repository, { wallet, retry: IMPATIENT }).hasBlob(blob)),
    );
    assert.is(registry.logged("GET token").length, 1);
  });
});

test("a token that is good for two repositories serves the store of the other", async () => {
  await withRegistry({ auth: BEARER }, async (registry) => {
    const wallet = openWallet({ credentials: known(USER) });
    const at = (repository: string, access: "pull" | "push"): Store =>
      registryStore({ host: registry.host, repository }, { wallet, access, retry: IMPATIENT });
    await putBlob(at("base", "push"), IMAGE.layer);
    const from = at("base", "pull");
    const to = at(REPOSITORY, "push");
    assert.is(await to.mountBlob?.(IMAGE.layer.descriptor, from), true);
    const before = registry.logged("GET token").length;
    assert.is(await from.hasBlob(IMAGE.layer.descriptor), true);
    assert.is(registry.logged("GET token").length, before);
  });
});

test("a token for a second mount is good for the first one, too", async () => {
  await withRegistry({ auth: BEARER }, async (registry) => {
    const wallet = openWallet({ credentials: known(USER) });
    const at = (repository: string): Store =>
      registryStore({ host: registry.host, repository }, { wallet, retry: IMPATIENT });
    const store = at(REPOSITORY);
    for (const [index, name] of ["one", "two"].entries()) {
      const blob = sampleImage(index + 1).layer;
      await putBlob(at(name), blob);
      assert.is(await store.mountBlob?.(blob.descriptor, at(name)), true);
    }
    const scopes = new URLSearchParams(registry.logged("GET token").at(-1)?.query).getAll("scope");
    assert.equal(scopes, [OWN, "repository:two:pull", "repository:one:pull"]);
  });
});

test("stores without a wallet in common, or with another login, share no token", async () => {
  await withRegistry({ auth: BEARER }, async (registry) => {
    const wallet = openWallet({ credentials: known(USER) });
    const repository = { host: registry.host, repository: REPOSITORY };
    await registryStore(repository, { wallet }).resolve("3.10");
    const stranger = known({ username: "other", password: "x" });
    const other = registryStore(repository, { wallet, credentials: stranger, retry: IMPATIENT });
    await failsWith(["authentication"], () => other.resolve("3.10"));
    await openStore(registry, { credentials: known(USER) }).resolve("3.10");
    assert.is(registry.logged("GET token").length, 3);
  });
});

test("a token server that fails is asked again by the next request", async () => {
  await withRegistry({ auth: BEARER }, async (registry) => {
    const store = openStore(registry, { credentials: known(USER) });
    registry.fault({ route: "token", fault: { status: 403 } });
    await failsWith(["authentication"], () => store.resolve("3.10"));
    assert.is(await store.resolve("3.10"), undefined);
  });
});

test.run();
