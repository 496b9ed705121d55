import { Buffer } from "node:buffer";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { registryStore } from "../../build/store/registry/registry.ts";
import { openNetwork } from "../../build/store/registry/http/network.ts";
import { withConnectProxy } from "../support/connect-proxy.ts";
import { PASSWORD, USER, withDockerRegistry } from "../support/docker-registry.ts";
import { freePort } from "../support/port.ts";
import { type Shape, SHAPE_PROGRAMS, SHAPES } from "../support/shapes.ts";
import { lacks, skip } from "../support/skip.ts";
import { type Ended, type Machine, type With, withMachine } from "./step.ts";

/** A registry, by the name that goes by way of a proxy. */
interface Reached extends Shape {
  readonly proxy?: string;
}

type Use = (machine: Machine, shape: Reached) => Promise<void>;

/** A name for this machine that is none of those that are spoken to over plain http. */
const NAME = "registry.test";

/** A machine whose proxy knows {@link NAME}. */
async function withNames(use: (machine: Machine, proxy: string) => Promise<void>): Promise<void> {
  await withMachine((machine) =>
    withConnectProxy({}, async ({ host }) => {
      const proxy = `http://${host}`;
      const step: Machine["step"] = (inputs, { env, ...rest } = {}) =>
        machine.step(inputs, {
          ...rest,
          env: { HTTPS_PROXY: proxy, HTTP_PROXY: proxy, NO_PROXY: "127.0.0.1", ...env },
        });
      await use({ ...machine, step }, proxy);
    })
  );
}

/** Gives `use` a machine, and a registry that wants a login, over TLS when it has a certificate. */
async function withShape(name: string, use: Use): Promise<void> {
  const missing = lacks("node", "clang-19", "ld.lld-19", ...SHAPE_PROGRAMS);
  if (missing !== undefined) return skip(missing);
  const shape = SHAPES[name];
  if (shape === undefined) throw new Error(`There is no shape ${name}.`);
  await withNames((machine, proxy) =>
    shape(async (shape) => {
      const port = shape.host.split(":")[1];
      const host = shape.certDir === undefined ? shape.host : `${NAME}:${port}`;
      await use(machine, { ...shape, host, proxy });
    })
  );
}

const LOGIN = { username: USER, password: PASSWORD };

/** What pushes to a registry with its certificates. */
function pushing({ host, certDir }: Shape, more: With = {}): With {
  return {
    command: "push",
    registry: `${host}/k8s`,
    architectures: "amd64",
    ...(certDir !== undefined && { "cert-dir": certDir }),
    ...LOGIN,
    ...more,
  };
}

/** What each tag of the repository points at, but those by which attachments are found. */
async function tagsOf({ host, certDir, proxy }: Reached): Promise<Record<string, string>> {
  const store = registryStore({ host, repository: "k8s/pause" }, {
    credentials: () => Promise.resolve({ credential: LOGIN }),
    network: openNetwork({
      env: { HTTPS_PROXY: proxy, NO_PROXY: "127.0.0.1" },
      ...(certDir !== undefined && { certDir }),
    }),
  });
  const tags: Record<string, string> = {};
  try {
    for await (const tag of store.tags()) {
      if (/^sha256-/.test(tag)) continue;
      tags[tag] = (await store.resolve(tag))?.digest ?? "";
    }
  } catch {
    // Nothing was pushed: there is no such repository.
  }
  return tags;
}

/** The password in the forms in which it might get out. */
const SECRETS = [PASSWORD, encodeURIComponent(PASSWORD), PASSWORD.replace(" ", "+")]
  .flatMap((text) => [text, Buffer.from(text).toString("base64")])
  .concat(Buffer.from(`${USER}:${PASSWORD}`).toString("base64"));

/** Asserts that the password is masked before anything else, and nowhere but in the masks. */
function keptSecret({ everything, masks, masksFirst }: Ended): void {
  assert.ok(masksFirst);
  for (const secret of SECRETS) assert.not.ok(everything.includes(secret), secret);
  for (const secret of [PASSWORD, Buffer.from(`${USER}:${PASSWORD}`).toString("base64")]) {
    assert.ok(masks.includes(secret), secret);
  }
}

for (const name of ["htpasswd over TLS", "token server"]) {
  test(`push logs in with the inputs, publishes and hands on the digest: ${name}`, () =>
    withShape(name, async ({ workspace, step }, shape) => {
      const ended = await step(pushing(shape, { tag: "v1" }));
      assert.is(ended.exitCode, 0, ended.log);
      keptSecret(ended);
      const { digest = "", image, references, changed } = ended.outputs;
      const { host } = shape;
      assert.equal(await tagsOf(shape), {
        "v1": digest,
        "v1-linux-amd64": Object.values(JSON.parse(ended.outputs.digests ?? ""))[0],
      });
      assert.is(image, `${host}/k8s/pause@${digest}`);
      assert.equal(references?.split("\n"), [
        `${host}/k8s/pause:v1-linux-amd64`,
        `${host}/k8s/pause:v1`,
      ]);
      assert.is(changed, "true");
      assert.not.ok(existsSync(join(workspace, "out")));
      const again = await step(pushing(shape, { tag: "v1" }));
      assert.equal([again.exitCode, again.outputs.changed], [0, "false"], again.log);
    }));
}

test("build with push publishes and keeps the layout", () =>
  withShape("htpasswd over TLS", async ({ workspace, step }, shape) => {
    const ended = await step(pushing(shape, { command: "build", push: "true", tag: "v1" }));
    assert.is(ended.exitCode, 0, ended.log);
    keptSecret(ended);
    assert.ok(existsSync(join(workspace, "out/index.json")));
    assert.is((await tagsOf(shape)).v1, ended.outputs.digest);
    assert.ok(ended.outputs.references?.split("\n").includes("oci:out:v1"));
    const verified = await step({
      command: "verify",
      image: ended.outputs.image ?? "",
      static: "true",
      registry: shape.host,
      "cert-dir": shape.certDir ?? "",
      ...LOGIN,
    });
    assert.equal(
      [verified.exitCode, verified.outputs.digest],
      [0, ended.outputs.digest],
      verified.log,
    );
    keptSecret(verified);
  }));

test("several tags are given to one image, and none is moved that NO_CLOBBER=1 keeps", () =>
  withShape("htpasswd over TLS", async ({ step }, shape) => {
    const tags = { tags: "v1, v1.0\nlatest", variables: "ARCH_TAGS=none" };
    const ended = await step(pushing(shape, tags));
    assert.is(ended.exitCode, 0, ended.log);
    const { digest = "" } = ended.outputs;
    assert.equal(await tagsOf(shape), { "v1": digest, "v1.0": digest, latest: digest });
    assert.equal(
      ended.outputs.references?.split("\n").map((name) => name.replace(/.*:/, "")),
      ["v1", "v1.0", "latest"],
    );
    const other = { tags: "v2 latest", variables: "ARCH_TAGS=none\nNO_CLOBBER=1" };
    const refused = await step(pushing(shape, other));
    assert.equal([refused.exitCode, refused.outputs], [1, {}], refused.log);
    assert.is((await tagsOf(shape)).latest, digest);
  }));

test("a wrong password fails the step with what to do, and no tag moves", () =>
  withShape("htpasswd over TLS", async ({ step }, shape) => {
    const wrong = "hunter2hunter2";
    const ended = await step(pushing(shape, { password: wrong }));
    assert.equal([ended.exitCode, ended.outputs], [1, {}]);
    const [first] = ended.annotations;
    assert.match(first?.message ?? "", /401.*inputs username and password is wrong/);
    assert.not.ok(ended.everything.includes(wrong));
    assert.not.ok(
      ended.everything.includes(Buffer.from(`${USER}:${wrong}`).toString("base64")),
    );
    assert.equal(await tagsOf(shape), {});
  }));

test("the login of the inputs goes to the host of registry alone", () =>
  withShape("htpasswd over TLS", async ({ step }, shape) => {
    const elsewhere = pushing(shape, { registry: "registry.invalid" });
    const { exitCode, annotations, everything } = await step({
      command: "verify",
      image: `${shape.host}/k8s/pause:v1`,
      registry: elsewhere.registry ?? "",
      "cert-dir": shape.certDir ?? "",
      ...LOGIN,
    });
    assert.is(exitCode, 1);
    assert.match(annotations[0]?.message ?? "", /401.*Log in with "docker login/);
    assert.not.ok(everything.includes(PASSWORD));
  }));

test("the login of docker/login-action is read where no inputs say one", () =>
  withShape("htpasswd over TLS", async ({ workspace, step }, shape) => {
    const { username: _, password: __, ...inputs } = pushing(shape, { tag: "v1" });
    const auth = Buffer.from(`${USER}:${PASSWORD}`).toString("base64");
    const config = join(workspace, "docker");
    mkdirSync(config);
    writeFileSync(
      join(config, "config.json"),
      JSON.stringify({ auths: { [shape.host]: { auth } } }),
    );
    const ended = await step(inputs, { env: { DOCKER_CONFIG: config } });
    assert.is(ended.exitCode, 0, ended.log);
    assert.is((await tagsOf(shape)).v1, ended.outputs.digest);
  }));

test("no program that is started gets the password", () =>
  withShape("htpasswd over TLS", async ({ workspace, step }, shape) => {
    const bin = join(workspace, "spies");
    mkdirSync(bin);
    writeFileSync(
      join(bin, "clang-19"),
      `#!/bin/sh\nenv >"${workspace}/seen"\nexec /usr/bin/clang-19 "$@"\n`,
    );
    chmodSync(join(bin, "clang-19"), 0o755);
    const PATH = `${bin}:${process.env.PATH}`;
    const ended = await step(pushing(shape), { env: { PATH } });
    assert.is(ended.exitCode, 0, ended.log);
    const seen = readFileSync(join(workspace, "seen"), "utf8");
    assert.match(seen, "GITHUB_WORKSPACE=");
    assert.not.match(seen, /INPUT_/);
    for (const secret of SECRETS) assert.not.ok(seen.includes(secret));
  }));

test("a registry that is down fails the step with what was tried, and nothing half", async () => {
  const missing = lacks("node", "clang-19", "ld.lld-19");
  if (missing !== undefined) return skip(missing);
  await withMachine(async ({ step }) => {
    const host = `127.0.0.1:${await freePort()}`;
    const ended = await step(pushing({ host }, { architectures: "amd64" }));
    assert.equal([ended.exitCode, ended.outputs, ended.summary], [1, {}, ""]);
    assert.match(ended.annotations[0]?.message ?? "", /Cannot push 127\.0\.0\.1:\d+\/k8s\/pause/);
    assert.match(ended.log, /^caused by: .*ECONNREFUSED/m);
    keptSecret(ended);
  });
});

test("a registry of another machine is spoken to without TLS only when insecure says so", async () => {
  const missing = lacks("node", "docker-registry", "clang-19", "ld.lld-19");
  if (missing !== undefined) return skip(missing);
  await withNames(({ step }) =>
    withDockerRegistry(async ({ host }) => {
      const inputs: With = {
        command: "push",
        registry: `${NAME}:${host.split(":")[1]}/k8s`,
        architectures: "amd64",
      };
      assert.is((await step(inputs)).exitCode, 1);
      const ended = await step({ ...inputs, insecure: "true" });
      assert.is(ended.exitCode, 0, ended.log);
    })
  );
});

test.run();
