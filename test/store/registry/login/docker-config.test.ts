import { Buffer } from "node:buffer";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseRepository } from "../../../../build/oci/reference.ts";
import type { Credential, Found } from "../../../../build/store/registry/login/credentials.ts";
import { dockerConfig } from "../../../../build/store/registry/login/docker-config.ts";
import { withFolder } from "../../../support/folder.ts";

/** What is found for `repository` in a config.json of these contents. */
function found(config: unknown, repository: string): Promise<Found> {
  return withFolder(async (folder) => {
    const text = typeof config === "string" ? config : JSON.stringify(config);
    await writeFile(join(folder, "config.json"), text);
    return await dockerConfig({ DOCKER_CONFIG: folder, HOME: folder, XDG_RUNTIME_DIR: folder })(
      parseRepository(repository),
    );
  });
}

function base64(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}

async function user(config: unknown, repository: string): Promise<string | undefined> {
  return shown((await found(config, repository)).credential);
}

function shown(credential: Credential | undefined): string | undefined {
  return credential && Object.values(credential).join("|");
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

/** Writes files with one login each, and asks for it with `env`, which may name the folder as `@`. */
async function whoIn(
  files: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  return await withFolder(async (folder) => {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(join(folder, path, ".."), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    const inFolder = Object.entries({ HOME: "@/home", XDG_RUNTIME_DIR: "@/run", ...env })
      .map(([name, value]) => [name, value.replace("@", folder)]);
    const source = dockerConfig(Object.fromEntries(inFolder));
    const { credential } = await source(parseRepository("h.example/a"));
    return credential && "username" in credential ? credential.username : undefined;
  });
}

function loginOf(name: string): string {
  return JSON.stringify({ auths: { "h.example": { auth: base64(`${name}:x`) } } });
}

/** The places in their order, each with the variable that it needs. */
const PLACES: readonly [path: string, env: Readonly<Record<string, string>>][] = [
  ["docker/config.json", { DOCKER_CONFIG: "@/docker" }],
  ["run/containers/auth.json", {}],
  ["config/containers/auth.json", { XDG_CONFIG_HOME: "@/config" }],
  ["home/.config/containers/auth.json", {}],
  ["home/.docker/config.json", {}],
];

test("logins are looked for in DOCKER_CONFIG, podman's folders and the home folder, in that order", async () => {
  for (const [index, [path]] of PLACES.entries()) {
    const rest = PLACES.slice(index);
    const env = Object.assign({}, ...rest.map(([, variables]) => variables));
    // Two places exclude each other: XDG_CONFIG_HOME and DOCKER_CONFIG stand for a folder of the home.
    const files = rest.filter(([other]) => other === path || !other.startsWith("home/"));
    const contents = Object.fromEntries(files.map(([name]) => [name, loginOf(name)]));
    if (path.startsWith("run/") && process.platform !== "linux") continue;
    assert.is(await whoIn(contents, env), path);
  }
});

test("a place that has no login for the registry, or is broken, makes way for the next", async () => {
  for (const text of ["{}", "{ broken", loginOf("x").replace("h.example", "other.example")]) {
    const files = {
      "docker/config.json": text,
      "home/.config/containers/auth.json": text,
      "home/.dockercfg": text,
    };
    assert.is(await whoIn(files, { DOCKER_CONFIG: "@/docker" }), undefined);
    const more = { ...files, "home/.config/containers/auth.json": loginOf("podman") };
    assert.is(await whoIn(more, { DOCKER_CONFIG: "@/docker" }), "podman");
  }
});

test("DOCKER_CONFIG takes the place of ~/.docker", async () => {
  const files = { "home/.docker/config.json": loginOf("home") };
  assert.is(await whoIn(files, {}), "home");
  assert.is(await whoIn(files, { DOCKER_CONFIG: "@/docker" }), undefined);
});

test("REGISTRY_AUTH_FILE is the only file that is read", async () => {
  const files = { "auth.json": loginOf("file"), "home/.docker/config.json": loginOf("home") };
  assert.is(await whoIn(files, { REGISTRY_AUTH_FILE: "@/auth.json" }), "file");
  assert.is(await whoIn(files, { REGISTRY_AUTH_FILE: "@/no.json" }), undefined);
  assert.is(await whoIn(files, { REGISTRY_AUTH_FILE: "" }), "home");
});

test("entries of .dockercfg have nothing around them", async () => {
  const entry = { "https://h.example/v1/": { auth: base64("old:x"), email: "me@example.com" } };
  assert.is(await whoIn({ "home/.dockercfg": JSON.stringify(entry) }, {}), "old");
});

test("DOCKER_AUTH_CONFIG holds the JSON itself, and goes before every file", async () => {
  const files = { "auth.json": loginOf("file") };
  const env = { REGISTRY_AUTH_FILE: "@/auth.json" };
  assert.is(await whoIn(files, { ...env, DOCKER_AUTH_CONFIG: loginOf("variable") }), "variable");
  for (const text of ["{ broken hunter2", "{}", ""]) {
    assert.is(await whoIn(files, { ...env, DOCKER_AUTH_CONFIG: text }), "file");
  }
  const source = dockerConfig({ DOCKER_AUTH_CONFIG: "{ hunter2", DOCKER_CONFIG: "/nonexistent" });
  const { note } = await source(parseRepository("h.example/a"));
  assert.match(note ?? "", /^DOCKER_AUTH_CONFIG is no JSON object\.$/);
});

const VARIABLES = { REGISTRY_USERNAME: "ci", REGISTRY_PASSWORD: "hunter2" };

test("REGISTRY_USERNAME and REGISTRY_PASSWORD are for one registry and go to no other", async () => {
  const of: readonly [env: Record<string, string>, ownHost: string | undefined, hosts: string[]][] =
    [
      [{ REGISTRY_HOST: "h.example" }, undefined, ["h.example"]],
      [{ REGISTRY_HOST: "https://H.example/v2/" }, "other.example", ["h.example"]],
      [{}, "h.example", ["h.example"]],
      [{ REGISTRY: "h.example/team" }, undefined, ["h.example"]],
      [{ REGISTRY: "h.example" }, "other.example", ["other.example"]],
      [{ REGISTRY: "someone" }, undefined, ["docker.io"]],
      [{ REGISTRY_HOST: "index.docker.io" }, undefined, ["docker.io"]],
      [{ REGISTRY: "Not/A Name" }, undefined, []],
      [{}, undefined, []],
    ];
  for (const [env, ownHost, expected] of of) {
    const source = dockerConfig({ ...VARIABLES, ...env, DOCKER_CONFIG: "/nonexistent" }, {
      ...(ownHost !== undefined && { ownHost }),
    });
    const got: string[] = [];
    for (const host of ["h.example", "other.example", "docker.io", "h.example:5000"]) {
      const { credential, from, note = "" } = await source({ host, repository: "a/b" });
      assert.not.match(note, "hunter2");
      if (credential === undefined) continue;
      got.push(host);
      assert.equal(credential, { username: "ci", password: "hunter2" });
      assert.is(from, "REGISTRY_USERNAME");
    }
    assert.equal(got, expected, JSON.stringify(env));
  }
});

const HALF: readonly [env: Record<string, string>, note: string][] = [
  [{ REGISTRY_USERNAME: "ci" }, "REGISTRY_USERNAME is set, but REGISTRY_PASSWORD is not."],
  [{ REGISTRY_PASSWORD: "x" }, "REGISTRY_PASSWORD is set, but REGISTRY_USERNAME is not."],
  [VARIABLES, "REGISTRY_USERNAME is set, but not for which registry: set REGISTRY_HOST."],
  [{ ...VARIABLES, REGISTRY_HOST: "o.example" }, "REGISTRY_USERNAME is for o.example alone."],
];

test("variables that cannot be used say why", async () => {
  for (const [env, expected] of HALF) {
    const { credential, note } = await dockerConfig({ ...env, DOCKER_CONFIG: "/nonexistent" })(
      parseRepository("h.example/a"),
    );
    assert.is(credential, undefined);
    assert.is(note, expected);
  }
});

test("no file at all means no login, and tells where one was looked for", async () => {
  const { credential, note } = await dockerConfig({ DOCKER_CONFIG: "/nonexistent", HOME: "/none" })(
    parseRepository("h.example/a"),
  );
  assert.is(credential, undefined);
  assert.match(note ?? "", /^There is no file with logins \(\/nonexistent\/config\.json, .*\)\.$/);
});

test("a token for the registry goes before one for the token server, and that before a password", async () => {
  const auth = base64("me:");
  const of = async (entry: unknown): Promise<unknown> =>
    (await found({ auths: { "h.example": entry } }, "h.example/a")).credential;
  const both = { auth, identitytoken: "ident", registrytoken: "reg" };
  assert.equal(await of(both), { registryToken: "reg" });
  // What fits no header is no token.
  assert.equal(await of({ registrytoken: "reg\n" }), undefined);
  assert.equal(await of({ auth, identitytoken: "ident" }), {
    identityToken: "ident",
    username: "me",
  });
  assert.equal(await of({ identitytoken: "ident" }), { identityToken: "ident" });
  assert.equal(await of({ auth: base64("<token>:ident") }), { identityToken: "ident" });
  assert.equal(await of({ auth }), undefined);
});

test("the letter case of a host does not matter", async () => {
  const auths = { "H.Example:5000/Team": { auth: base64("a:b") } };
  assert.is(await user({ auths }, "h.EXAMPLE:5000/team/x"), undefined);
  assert.is(await user({ auths: { "H.Example": { auth: base64("a:b") } } }, "h.EXAMPLE/x"), "a|b");
});

test("of two entries that mean the same host, the one that has its name counts", async () => {
  const auths = {
    "https://h.example/v1/": { auth: base64("old:1") },
    "h.example": { auth: base64("new:2") },
    "http://h.example": { auth: base64("older:3") },
  };
  assert.is(await user({ auths }, "h.example/x"), "new|2");
});

const USELESS: readonly [config: unknown, note: RegExp][] = [
  ["{ not json, hunter2", /config\.json is no JSON object/],
  ["[]", /is no JSON object/],
  ["null", /is no JSON object/],
  ["{}", /config\.json has no login for h\.example\./],
  [{ auths: null }, /has no login for h\.example/],
  [{ auths: ["x"], credHelpers: 5, credsStore: {} }, /has no login for h\.example/],
  [{ auths: { "h.example": {} } }, /names h\.example without a login/],
  [{ auths: { "h.example": "text" } }, /names h\.example without a login/],
  [{ auths: { "h.example": { auth: "" } } }, /without a login/],
  [{ auths: { "h.example": { auth: base64("no colon") } } }, /without a login/],
  [{ auths: { "h.example": { auth: base64(":no user") } } }, /without a login/],
  [{ auths: { "h.example": { auth: 5 } } }, /without a login/],
  [{ auths: { "h.example": null } }, /has no login/],
  [{ credHelpers: { "other.example": "gcr" } }, /has no login/],
];

test("a file that is of no use stops nobody: it is a note for when the registry insists", async () => {
  for (const [config, note] of USELESS) {
    const lookedUp = await found(config, "h.example/a");
    assert.is(lookedUp.credential, undefined);
    assert.match(lookedUp.note ?? "", note);
    assert.not.match(lookedUp.note ?? "", "hunter2");
  }
});

test("a REGISTRY_AUTH_FILE that is not there is told", async () => {
  const source = dockerConfig({ REGISTRY_AUTH_FILE: "/nonexistent/auth.json" });
  const { note } = await source(parseRepository("h.example/a"));
  assert.is(note, "/nonexistent/auth.json, which REGISTRY_AUTH_FILE names, is not there.");
});

test.run();
