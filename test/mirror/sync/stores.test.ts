import { test } from "uvu";
import * as assert from "uvu/assert";
import { openSyncStores, type StoresOptions } from "../../../build/mirror/sync/stores.ts";
import { failsWith } from "../../support/fails.ts";
import { withRegistry } from "../../support/registry.ts";
import { putSample, repository } from "./places.ts";
import { read } from "./texts.ts";

const NOBODY: StoresOptions = { environment: { HOME: "/nonexistent" }, folder: "/nonexistent" };

const file = (host: string, settings: string): ReturnType<typeof read> =>
  read(`version: 1
sources: [{ image: "${host}/a/b:1" }]
destinations: [{ to: "h.io/{path}" }]
registries: { "${host}": ${settings} }
`);

/** Milliseconds that three requests to a host take, each over at once. */
async function timeOfThree(settings: string, url: string, options = NOBODY): Promise<number> {
  const { network } = await openSyncStores(file("docker.io", settings), options);
  const started = performance.now();
  for (let count = 0; count < 3; count++) {
    (await network.throttleOf(new URL(url)).enter(undefined))("good");
  }
  return performance.now() - started;
}

const HUB = "https://registry-1.docker.io/v2/";

test("the limit of Docker Hub's images is that of its API, which has another name", async () => {
  const limit = "{ requestsPerSecond: 20 }";
  assert.ok(await timeOfThree(limit, HUB) >= 98);
  assert.ok(await timeOfThree(limit, "https://h.io/v2/") < 90);
});

test("a shard takes its share of a limit", async () => {
  const shard = { index: 0, count: 4 };
  assert.ok(await timeOfThree("{ requestsPerSecond: 80 }", HUB, { ...NOBODY, shard }) >= 98);
});

test("the limit of the command line is for every host, and the lower one counts", async () => {
  const options = { ...NOBODY, requestsPerSecond: 20 };
  assert.ok(await timeOfThree("{}", "https://h.io/v2/", options) >= 98);
  assert.ok(await timeOfThree("{ requestsPerSecond: 1000 }", HUB, options) >= 98);
  assert.ok(await timeOfThree("{ requestsPerSecond: 10 }", HUB, options) >= 195);
});

test("the same repository is the same store, so that registries can mount", async () => {
  const stores = await openSyncStores(file("a.io", "{}"), NOBODY);
  assert.is(stores.source(repository("a.io/b")), stores.source(repository("a.io/b")));
  assert.is.not(stores.source(repository("a.io/b")), stores.source(repository("a.io/c")));
});

test("the login that the file refers to is the one that its registry gets", async () => {
  const [username, password] = ["someone", "correct horse"];
  await withRegistry({ auth: { scheme: "basic", username, password } }, async ({ host }) => {
    const environment = { ...NOBODY.environment, MY_USER: username, MY_PASS: password };
    const login = "{ credentials: { environment: { username: MY_USER, password: MY_PASS } } }";
    const stores = await openSyncStores(file(host, login), { ...NOBODY, environment });
    await putSample(stores.destination(repository(`${host}/a/b`)), ["1"]);
    assert.ok(await stores.source(repository(`${host}/a/b`)).resolve("1"));
  });
});

test("a login that is not there is an error before any registry is asked", async () => {
  const login = "{ credentials: { environment: { username: MY_USER, password: MY_PASS } } }";
  const { message } = await failsWith(["usage"], () => openSyncStores(file("a.io", login), NOBODY));
  assert.match(message, /a\.io: the environment variable MY_USER/);
});

test.run();
