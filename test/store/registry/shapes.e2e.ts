/** docker-registry in the shapes in which people run it, and the other clients beside us. */

import { inspect } from "node:util";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { copy } from "../../../build/copy/copy.ts";
import { run } from "../../../build/host/process.ts";
import { jsonContent } from "../../../build/oci/descriptor.ts";
import { sha256 } from "../../../build/oci/digest.ts";
import { OCI } from "../../../build/oci/media-types.ts";
import { memoryStore } from "../../../build/store/memory.ts";
import { openNetwork } from "../../../build/store/registry/http/network.ts";
import type { Environment } from "../../../build/store/registry/http/trust.ts";
import type { Found } from "../../../build/store/registry/login/credentials.ts";
import { registryStore } from "../../../build/store/registry/registry.ts";
import type { Store } from "../../../build/store/store.ts";
import { USER } from "../../support/docker-registry.ts";
import { failsWith } from "../../support/fails.ts";
import { withFolder } from "../../support/folder.ts";
import type { SampleImage } from "../../support/images.ts";
import { loadableImage } from "../../support/loadable-image.ts";
import { withPodman } from "../../support/podman.ts";
import { type Shape, SHAPE_PROGRAMS, SHAPES } from "../../support/shapes.ts";
import { lacks, skip } from "../../support/skip.ts";
import { withTinyproxy } from "../../support/tinyproxy.ts";
import { all } from "../put.ts";

const TAG = "3.10";
/** What a shape asks of those who write, beyond an address. */
const WANTS: Readonly<Record<string, string>> = {
  "htpasswd over TLS": "a login",
  "token server": "a login",
};
const missing = lacks(...SHAPE_PROGRAMS, "skopeo", "podman", "tinyproxy");
const ARCHITECTURES = ["amd64", "arm64"];
const IMAGES = await Promise.all(ARCHITECTURES.map((name) => loadableImage(name)));
const INDEX = jsonContent(OCI.index, {
  schemaVersion: 2,
  mediaType: OCI.index,
  manifests: IMAGES.map(({ manifest }, at) => ({
    ...manifest.descriptor,
    platform: { architecture: ARCHITECTURES[at], os: "linux" },
  })),
});

/** A name for this machine that is none of those that are spoken to over plain http. */
const TLS_NAME = "registry.test";

/** What a user gives to reach a shape, or less of it. */
interface Access {
  readonly certDir?: string | undefined;
  readonly login?: Found["credential"] | undefined;
}

function storeIn(
  shape: Shape,
  repository: string,
  { certDir, login }: Access = shape,
  env: Environment = {},
): Store {
  const port = shape.host.split(":")[1];
  const isNamed = shape.certDir !== undefined || env.HTTP_PROXY !== undefined;
  const host = isNamed ? `${TLS_NAME}:${port}` : shape.host;
  return registryStore({ host, repository }, {
    plainHttp: shape.certDir === undefined,
    credentials: () => Promise.resolve(login === undefined ? {} : { credential: login }),
    network: openNetwork({
      env,
      lookup: () => Promise.resolve(["127.0.0.1"]),
      ...(certDir !== undefined && { certDir }),
    }),
  });
}

/** Everything of the index, as it was made. */
function source(): Store {
  const parts = IMAGES.flatMap(({ layer, config, manifest }: SampleImage) => [
    layer,
    config,
    manifest,
  ]);
  return memoryStore("memory", [...parts, INDEX]);
}

/** The words by which skopeo and podman reach a shape. `side`: skopeo tells two registries apart. */
function flags({ certDir, login }: Shape, side: "" | "src-" | "dest-"): string[] {
  return [
    `--${side}tls-verify=${certDir !== undefined}`,
    ...(certDir === undefined ? [] : [`--${side}cert-dir`, certDir]),
    ...(login === undefined ? [] : [`--${side}creds`, `${login.username}:${login.password}`]),
  ];
}

async function skopeo(...words: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await run(["skopeo", ...words]);
  assert.is(exitCode, 0, stderr);
  return stdout;
}

for (const [name, withShape] of Object.entries(SHAPES)) {
  const inShape = (about: string, use: (shape: Shape) => Promise<void>): void => {
    test(`${name}: ${about}`, async () => missing ? skip(missing) : await withShape(use));
  };
  const wants = WANTS[name];

  inShape("skopeo and podman read what we wrote", async (shape) => {
    await copy(source(), INDEX.descriptor.digest, storeIn(shape, "k8s/pause"), { tags: [TAG] });
    const reference = `${shape.host}/k8s/pause:${TAG}`;
    const raw = await skopeo("inspect", "--raw", ...flags(shape, ""), `docker://${reference}`);
    assert.is(sha256(new TextEncoder().encode(raw)), INDEX.descriptor.digest);
    await withFolder((folder) =>
      skopeo("copy", "--all", ...flags(shape, "src-"), `docker://${reference}`, `dir:${folder}/a`)
    );
    await withPodman(async (podman) => {
      await podman.client("pull", "--quiet", "--arch", "arm64", ...flags(shape, ""), reference);
      const { Id, Architecture } = await podman.inspect(reference);
      assert.is(`sha256:${Id}`, IMAGES[1]?.config.descriptor.digest);
      assert.is(Architecture, "arm64");
    });
  });

  inShape("we read what skopeo wrote, and what podman wrote", async (shape) => {
    const ours = storeIn(shape, "ours");
    await copy(source(), INDEX.descriptor.digest, ours, { tags: [TAG] });
    const from = `docker://${shape.host}/ours:${TAG}`;
    const to = `docker://${shape.host}/theirs:${TAG}`;
    const both = [...flags(shape, "src-"), ...flags(shape, "dest-")];
    await skopeo("copy", "--all", "--preserve-digests", ...both, from, to);
    await withPodman(async (podman) => {
      const image = `${shape.host}/ours:${TAG}`;
      await podman.client("pull", "--quiet", ...flags(shape, ""), image);
      await podman.client("push", ...flags(shape, ""), image, `${shape.host}/theirs:podman`);
    });
    const theirs = storeIn(shape, "theirs");
    const read = memoryStore("read");
    const { digest } = await copy(theirs, TAG, read, { tags: [TAG] });
    assert.is(digest, INDEX.descriptor.digest);
    for (const { layer } of IMAGES) assert.ok(await read.hasBlob(layer.descriptor));
    await copy(theirs, "podman", read, { tags: ["podman"] });
    assert.equal(await all(theirs.tags()), [TAG, "podman"]);
  });

  if (wants !== "a login") continue;

  inShape("who has no login is told to get one, and nothing is written", async (shape) => {
    const nobody = storeIn(shape, "k8s/pause", { certDir: shape.certDir });
    const push = (): Promise<unknown> =>
      copy(source(), INDEX.descriptor.digest, nobody, { tags: [TAG] });
    const { message } = await failsWith(["authentication"], push);
    assert.match(message, 'Log in with "docker login ');
    assert.is(await storeIn(shape, "k8s/pause").resolve(TAG), undefined);
  });

  inShape("a wrong password is refused, and no message holds what is secret", async (shape) => {
    const login = { username: USER, password: "battery staple" };
    const store = storeIn(shape, "k8s/pause", { ...shape, login });
    const error = await failsWith(["authentication"], () => store.resolve(TAG));
    const shown = inspect(error, { depth: 9 });
    for (const secret of [login.password, btoa(`${login.username}:${login.password}`)]) {
      assert.not.match(shown, secret);
    }
    for (const token of shape.tokens ?? []) assert.not.match(shown, token);
  });
}

for (const name of ["htpasswd over TLS", "nginx that wants client certificates"]) {
  test(`${name}: an authority that nobody named is not trusted`, async () => {
    if (missing) return skip(missing);
    await SHAPES[name]?.(async (shape) => {
      const store = storeIn(shape, "k8s/pause", { login: shape.login });
      const { message } = await failsWith(["registry"], () => store.resolve(TAG));
      assert.match(message, "its TLS certificate is not trusted");
    });
  });
}

test("token server: who has no login may pull, and only that", async () => {
  if (missing) return skip(missing);
  await SHAPES["token server"]?.(async (shape) => {
    await copy(source(), INDEX.descriptor.digest, storeIn(shape, "k8s/pause"), { tags: [TAG] });
    const nobody = storeIn(shape, "k8s/pause", {});
    const read = memoryStore("read");
    await copy(nobody, TAG, read, { tags: [TAG] });
    assert.is((await read.resolve(TAG))?.digest, INDEX.descriptor.digest);
    const { layer } = IMAGES[0] ?? { layer: INDEX };
    await failsWith(["authentication"], () => nobody.putManifest(INDEX, ["other"]));
    await failsWith(
      ["authentication"],
      () => nobody.putBlob(layer.descriptor, () => source().getBlob(layer.descriptor)),
    );
    assert.is(await nobody.resolve("other"), undefined);
  });
});

test("nginx that wants client certificates: who has none is told what the server says", async () => {
  if (missing) return skip(missing);
  await SHAPES["nginx that wants client certificates"]?.((shape) =>
    withFolder(async (certDir) => {
      await copyFile(join(shape.certDir ?? "", "ca.crt"), join(certDir, "ca.crt"));
      const store = storeIn(shape, "k8s/pause", { certDir });
      const { message } = await failsWith(["registry"], () => store.resolve(TAG));
      assert.match(message, /answered 400/);
      await failsWith(["registry"], () => store.putManifest(INDEX, [TAG]));
      assert.is(await storeIn(shape, "k8s/pause").resolve(TAG), undefined);
    })
  );
});

const PROXIED = {
  "open": {
    variable: "HTTP_PROXY",
    asks: /^(HEAD|GET|POST|PUT) http:\/\/registry\.test:\d+\/v2\//,
  },
  "htpasswd over TLS": { variable: "HTTPS_PROXY", asks: /^CONNECT registry\.test:\d+ / },
  "nginx that wants client certificates": {
    variable: "HTTPS_PROXY",
    asks: /^CONNECT registry\.test:\d+ /,
  },
} as const;

for (const [name, { variable, asks }] of Object.entries(PROXIED)) {
  test(`${name}: all goes through tinyproxy, which wants a login of its own`, async () => {
    if (missing) return skip(missing);
    const login = { username: "me", password: "swordfish" };
    await SHAPES[name]?.((shape) =>
      withTinyproxy({ name: TLS_NAME, login }, async (proxy) => {
        const env = { [variable]: `http://me:swordfish@${proxy.host}` };
        const store = storeIn(shape, "k8s/pause", shape, env);
        await copy(source(), INDEX.descriptor.digest, store, { tags: [TAG] });
        const direct = storeIn(shape, "k8s/pause");
        assert.is((await direct.resolve(TAG))?.digest, INDEX.descriptor.digest);
        const asked = await proxy.asked();
        assert.ok(asked.length > 0 && asked.every((line) => asks.test(line)), asked.join("\n"));
        const refused = storeIn(shape, "k8s/pause", shape, { [variable]: `http://${proxy.host}` });
        const { message } = await failsWith(["authentication", "registry"], () =>
          refused.resolve(TAG));
        assert.match(message, "407");
        assert.not.match(message, "swordfish");
      })
    );
  });
}

test.run();
