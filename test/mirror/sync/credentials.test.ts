import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { credentialsOf } from "../../../build/mirror/sync/credentials.ts";
import type { CredentialEntry } from "../../../build/mirror/sync/document.ts";
import type { Environment } from "../../../build/store/registry/http/trust.ts";
import type { Found } from "../../../build/store/registry/login/credentials.ts";
import { failsWith } from "../../support/fails.ts";
import { withFolder } from "../../support/folder.ts";

const HOST = "h.io";

async function found(
  credentials: CredentialEntry,
  folder = "/nonexistent",
  environment: Environment = {},
): Promise<Found | undefined> {
  const registries = new Map([[HOST, { credentials }], ["other.io", {}]]);
  const sources = await credentialsOf({ registries }, { environment, folder });
  assert.equal([...sources.keys()], [HOST]);
  return await sources.get(HOST)?.({ host: HOST, repository: "a/b" });
}

test("a login is taken from the environment variables that the file names", async () => {
  const entry = { environment: { username: "MY_USER", password: "MY_PASSWORD" } };
  const environment = { MY_USER: "someone", MY_PASSWORD: "hunter2" };
  assert.equal((await found(entry, "/", environment))?.credential, {
    username: "someone",
    password: "hunter2",
  });
});

test("a login is taken from files, beside the sync file, without the line's end", async () => {
  await withFolder(async (folder) => {
    await writeFile(join(folder, "user"), "someone\n");
    await writeFile(join(folder, "password"), " hunter2 \r\n");
    const entry = { files: { username: "./user", password: join(folder, "password") } };
    assert.equal((await found(entry, folder))?.credential, {
      username: "someone",
      password: " hunter2 ",
    });
  });
});

test("a login is taken from a file such as docker's, whatever REGISTRY_AUTH_FILE is", async () => {
  await withFolder(async (folder) => {
    const auths = { [HOST]: { username: "someone", password: "hunter2" } };
    await writeFile(join(folder, "auth.json"), JSON.stringify({ auths }));
    const environment = { REGISTRY_AUTH_FILE: "/nonexistent" };
    assert.equal((await found({ authFile: "./auth.json" }, folder, environment))?.credential, {
      username: "someone",
      password: "hunter2",
    });
  });
});

const MISSING: readonly (readonly [CredentialEntry, RegExp])[] = [
  [{ environment: { username: "USER_X", password: "EMPTY" } }, /h\.io: the .* variable USER_X/],
  [{ environment: { username: "THERE", password: "EMPTY" } }, /variable EMPTY.*not there or empty/],
  [{ files: { username: "./user", password: "./password" } }, /the file \/nonexistent\/user/],
  [{ authFile: "./auth.json" }, /the file \/nonexistent\/auth\.json/],
];

for (const [entry, message] of MISSING) {
  test(`a login that is not there is an error before anything is asked: ${message}`, async () => {
    const environment = { THERE: "hunter2", EMPTY: "" };
    const error = await failsWith(["usage"], () => found(entry, "/nonexistent", environment));
    assert.match(error.message, message);
    assert.not.match(error.message, "hunter2");
  });
}

test.run();
