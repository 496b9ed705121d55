import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Ended, run } from "../../../build/host/process.ts";
import { sha256 } from "../../../build/oci/digest.ts";
import { content } from "../../../build/oci/descriptor.ts";
import { OCI } from "../../../build/oci/media-types.ts";
import { dockerConfig } from "../../../build/store/registry/login/docker-config.ts";
import { registryStore } from "../../../build/store/registry/registry.ts";
import type { Store } from "../../../build/store/store.ts";
import {
  type DockerRegistry,
  type DockerRegistryOptions,
  PASSWORD,
  USER,
  withDockerRegistry,
} from "../../support/docker-registry.ts";
import { failsWith } from "../../support/fails.ts";
import { withFolder } from "../../support/folder.ts";
import { bytesOf, sampleImage, sampleIndex } from "../../support/images.ts";
import { lacks, skip } from "../../support/skip.ts";
import type { Bench } from "../bench.ts";
import { putBlob, putImage, readBlob } from "../put.ts";
import { storeBehaviour } from "../behaviour.ts";

/** The environment of a user who has logged in with `docker login`. */
async function loggedIn(
  folder: string,
  host: string,
  password: string = PASSWORD,
): Promise<Record<string, string>> {
  const auth = btoa(`${USER}:${password}`);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "config.json"), JSON.stringify({ auths: { [host]: { auth } } }));
  return { DOCKER_CONFIG: folder };
}

function bench(options: DockerRegistryOptions): Promise<Bench> {
  return new Promise((resolve, reject) => {
    const use = async ({ host, root }: DockerRegistry): Promise<void> => {
      const credentials = dockerConfig(await loggedIn(join(root, "..", "docker"), host));
      const open = (): Store => registryStore({ host, repository: "k8s/pause" }, { credentials });
      await new Promise<void>((dispose) =>
        resolve({
          store: open(),
          reopen: () => Promise.resolve(open()),
          dispose: () => Promise.resolve(dispose()),
        })
      );
    };
    withDockerRegistry(use, options).catch(reject);
  });
}

const missing = lacks("docker-registry", "skopeo");
if (missing === undefined) {
  storeBehaviour("docker-registry", () => bench({}));
  storeBehaviour("docker-registry with htpasswd", () => bench({ htpasswd: true }));
} else {
  test("docker-registry", () => skip(missing));
}

function skopeo(...words: string[]): Promise<Ended> {
  return run(["skopeo", ...words]);
}

test("skopeo reads what we pushed to docker-registry, with the digest that we put", async () => {
  if (missing) return skip(missing);
  await withDockerRegistry(async ({ host }) => {
    const store = registryStore({ host, repository: "k8s/pause" });
    const images = [sampleImage(1), sampleImage(2)];
    const index = sampleIndex(images);
    for (const image of images) await putImage(store, image);
    await store.putManifest(index, ["3.10"]);
    const words = ["inspect", "--raw", "--tls-verify=false", `docker://${host}/k8s/pause:3.10`];
    const { stdout, stderr, exitCode } = await skopeo(...words);
    assert.is(exitCode, 0, stderr);
    assert.is(sha256(new TextEncoder().encode(stdout)), index.descriptor.digest);
  });
});

test("we read what skopeo pushed to docker-registry behind htpasswd", async () => {
  if (missing) return skip(missing);
  await withDockerRegistry((registry) =>
    withFolder(async (folder) => {
      const { host } = registry;
      const env = await loggedIn(folder, host);
      const store = registryStore({ host, repository: "a" }, { credentials: dockerConfig(env) });
      const image = sampleImage(1);
      await putImage(store, image, ["1"]);
      const copied = await skopeo(
        ...["copy", "--all", "--src-tls-verify=false", "--dest-tls-verify=false"],
        ...["--authfile", join(folder, "config.json"), "--preserve-digests"],
        ...[`docker://${host}/a:1`, `docker://${host}/b:2`],
      );
      assert.is(copied.exitCode, 0, copied.stderr);
      const other = registryStore({ host, repository: "b" }, { credentials: dockerConfig(env) });
      const { descriptor, bytes } = await other.getManifest("2");
      assert.is(descriptor.digest, image.manifest.descriptor.digest);
      assert.equal(new Uint8Array(bytes), image.manifest.bytes);
      assert.equal(await readBlob(other, image.layer.descriptor), image.layer.bytes);
    }), { htpasswd: true });
});

test("docker-registry takes a blob of 9 MB from a stream, and mounts it in a neighbour", async () => {
  if (missing) return skip(missing);
  await withDockerRegistry(async ({ host }) => {
    const from = registryStore({ host, repository: "from" });
    const blob = content(OCI.layer, bytesOf(7, 9_000_000));
    await putBlob(from, blob);
    const to = registryStore({ host, repository: "to" });
    assert.is(await to.mountBlob?.(blob.descriptor, from), true);
    assert.is(await to.hasBlob(blob.descriptor), true);
    assert.is(sha256(await readBlob(to, blob.descriptor)), blob.descriptor.digest);
    const absent = content(OCI.layer, bytesOf(8, 10));
    assert.is(await to.mountBlob?.(absent.descriptor, from), false);
    await putBlob(to, absent);
    assert.is(await to.hasBlob(absent.descriptor), true);
  });
});

test("a wrong password for docker-registry is a failed login, and never shown", async () => {
  if (missing) return skip(missing);
  await withDockerRegistry((registry) =>
    withFolder(async (folder) => {
      const { host } = registry;
      const credentials = dockerConfig(await loggedIn(folder, host, "battery staple"));
      const store = registryStore({ host, repository: "k8s/pause" }, { credentials });
      const { message } = await failsWith(["authentication"], () => store.resolve("3.10"));
      assert.match(message, `Cannot push ${host}/k8s/pause: the registry answered 401`);
      assert.match(message, `"docker login ${host}"`);
      assert.not.match(message, "battery");
    }), { htpasswd: true });
});

test.run();
