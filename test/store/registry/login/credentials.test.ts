import { Buffer } from "node:buffer";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseRepository } from "../../../../build/oci/reference.ts";
import { dockerConfig, type Found } from "../../../../build/store/registry/login/credentials.ts";
import { withFolder } from "../../../support/folder.ts";

/** What is found for `repository` in a config.json of these contents. */
function found(config: unknown, repository: string): Promise<Found> {
  return withFolder(async (folder) => {
    const text = typeof config === "string" ? config : JSON.stringify(config);
    await writeFile(join(folder, "config.json"), text);
    return await dockerConfig({ DOCKER_CONFIG: folder })(parseRepository(repository));
  });
}

function base64(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}

async function user(config: unknown, repository: string): Promise<string | undefined> {
  const { credential } = await found(config, repository);
  return credential && `${credential.username}|${credential.password}`;
}

test("the login of a host is that of docker's config.json", async () => {
  const auths = { "host.example:5000": { auth: base64("me:secret") } };
  assert.is(await user({ auths }, "host.example:5000/k8s/pause"), "me|secret");
  assert.is(await user({ auths }, "host.example/k8s/pause"), undefined);
  assert.is(await user({ auths }, "other.example/k8s/pause"), undefined);
});

test("a password may have colons, and any letters", async () => {
  const auths = { "host.example": { auth: base64("me:a:b:ü") } };
  assert.is(await user({ auths }, "host.example/a"), "me|a:b:ü");
});

test("NUL bytes after the password, which docker pads with, are no part of it", async () => {
  const auths = { "host.example": { auth: base64("me:secret\0\0") } };
  assert.is(await user({ auths }, "host.example/a"), "me|secret");
});

test("user and password may stand in fields of their own", async () => {
  const auths = { "host.example": { username: "me", password: "secret" } };
  assert.is(await user({ auths }, "host.example/a"), "me|secret");
});

test("Docker Hub's login is found under the names that docker gives it", async () => {
  for (const key of ["https://index.docker.io/v1/", "docker.io", "registry-1.docker.io"]) {
    assert.is(await user({ auths: { [key]: { auth: base64("a:b") } } }, "user/app"), "a|b", key);
  }
});

test("schemes, slashes and versions in the names of hosts do not matter", async () => {
  for (const key of ["https://h.example", "http://h.example/", "h.example/v2/"]) {
    assert.is(await user({ auths: { [key]: { auth: base64("a:b") } } }, "h.example/x"), "a|b", key);
  }
});

test("the login with the longest matching path wins", async () => {
  const auths = {
    "h.example": { auth: base64("host:1") },
    "h.example/team": { auth: base64("team:2") },
    "h.example/team/app": { auth: base64("app:3") },
  };
  assert.is(await user({ auths }, "h.example/other"), "host|1");
  assert.is(await user({ auths }, "h.example/teammate/x"), "host|1");
  assert.is(await user({ auths }, "h.example/team/x"), "team|2");
  assert.is(await user({ auths }, "h.example/team/app"), "app|3");
});

test("REGISTRY_AUTH_FILE comes before DOCKER_CONFIG, and that before the home folder", async () => {
  await withFolder(async (folder) => {
    const write = async (path: string, name: string): Promise<void> => {
      await mkdir(join(folder, path, ".."), { recursive: true });
      const auths = { "h.example": { auth: base64(`${name}:x`) } };
      await writeFile(join(folder, path), JSON.stringify({ auths }));
    };
    await write("auth.json", "file");
    await write("docker/config.json", "docker");
    await write("home/.docker/config.json", "home");
    const env = {
      REGISTRY_AUTH_FILE: join(folder, "auth.json"),
      DOCKER_CONFIG: join(folder, "docker"),
      HOME: join(folder, "home"),
    };
    const who = async (from: Record<string, string>): Promise<string | undefined> =>
      (await dockerConfig(from)(parseRepository("h.example/a"))).credential?.username;
    assert.is(await who(env), "file");
    assert.is(await who({ ...env, REGISTRY_AUTH_FILE: "" }), "docker");
    assert.is(await who({ HOME: env.HOME }), "home");
  });
});

test("no file at all means no login, and nothing to say about it", async () => {
  const source = dockerConfig({ DOCKER_CONFIG: "/nonexistent" });
  assert.equal(await source(parseRepository("h.example/a")), {});
});

const USELESS: readonly [config: unknown, note: RegExp | undefined][] = [
  ["{ not json, hunter2", /config\.json is no JSON object/],
  ["[]", undefined],
  ["null", /is no JSON object/],
  ["{}", undefined],
  [{ auths: null }, undefined],
  [{ auths: { "h.example": {} } }, /names h\.example without a login/],
  [{ auths: { "h.example": { auth: "" } } }, /without a login/],
  [{ auths: { "h.example": { auth: base64("no colon") } } }, /without a login/],
  [{ auths: { "h.example": { auth: base64(":no user") } } }, /without a login/],
  [{ auths: { "h.example": { auth: 5 } } }, /without a login/],
  [{ auths: { "h.example": null } }, undefined],
  [{ credsStore: "desktop" }, /leaves the login to docker-credential-desktop, which is not asked/],
  [{ credHelpers: { "h.example": "gcr" } }, /docker-credential-gcr/],
  [{ credHelpers: { "other.example": "gcr" } }, undefined],
];

test("a file that is of no use stops nobody: it is a note for when the registry insists", async () => {
  for (const [config, note] of USELESS) {
    const lookedUp = await found(config, "h.example/a");
    assert.is(lookedUp.credential, undefined);
    if (note === undefined) assert.is(lookedUp.note, undefined, JSON.stringify(config));
    else assert.match(lookedUp.note ?? "", note);
    assert.not.match(lookedUp.note ?? "", "hunter2");
  }
});

test("a REGISTRY_AUTH_FILE that is not there is told", async () => {
  const source = dockerConfig({ REGISTRY_AUTH_FILE: "/nonexistent/auth.json" });
  const { note } = await source(parseRepository("h.example/a"));
  assert.is(note, "/nonexistent/auth.json, which REGISTRY_AUTH_FILE names, is not there.");
});

test.run();
