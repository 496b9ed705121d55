/** What only a real registry shows: uploads that break off, deletion, lists that several write, tags that stay. */

import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { copy } from "../../../build/copy/copy.ts";
import { run } from "../../../build/host/process.ts";
import { content } from "../../../build/oci/descriptor.ts";
import { sha256 } from "../../../build/oci/digest.ts";
import { OCI } from "../../../build/oci/media-types.ts";
import { memoryStore } from "../../../build/store/memory.ts";
import type { Store } from "../../../build/store/store.ts";
import { withCuts } from "../../support/cutting-proxy.ts";
import {
  type DockerRegistry,
  type DockerRegistryOptions,
  withDockerRegistry,
} from "../../support/docker-registry.ts";
import { failsWith } from "../../support/fails.ts";
import { bytesOf, sampleImage, sampleIndex } from "../../support/images.ts";
import { lacks, skip } from "../../support/skip.ts";
import { all, putBlob, putImage, readBlob } from "../put.ts";
import { openStore } from "./open.ts";

const MIB = 1024 * 1024;
const IMAGE = sampleImage(1);
const { digest, size } = IMAGE.manifest.descriptor;

function against(
  use: (registry: DockerRegistry) => Promise<void>,
  options: DockerRegistryOptions = {},
): Promise<void> {
  const missing = lacks("docker-registry");
  return missing ? Promise.resolve(skip(missing)) : withDockerRegistry(use, options);
}

test("a blob whose upload is cut, and its chunks then, arrives at docker-registry whole", () =>
  against(({ host }) =>
    // The whole blob first; then the first chunk, and one in the middle.
    withCuts(host, [3 * MIB, MIB / 2, 2.5 * MIB], async (proxy) => {
      const blob = content(OCI.layer, bytesOf(1, 6 * MIB + 7));
      await putBlob(openStore(proxy, { chunkSize: MIB }), blob);
      assert.is(proxy.left(), 0, "every cut was made");
      const bytes = await readBlob(openStore({ host }), blob.descriptor);
      assert.is(sha256(bytes), blob.descriptor.digest);
    })
  ));

test("docker-registry takes a blob in chunks whose last is short", () =>
  against(({ host }) =>
    withCuts(host, [MIB], async (proxy) => {
      const blob = content(OCI.layer, bytesOf(2, 5 * MIB + 1));
      await putBlob(openStore(proxy, { chunkSize: 2 * MIB }), blob);
      assert.is(await openStore({ host }).hasBlob(blob.descriptor), true);
    })
  ));

test("two processes that write twenty referrers of one image to docker-registry lose none", () =>
  against(async ({ host }) => {
    const store = openStore({ host });
    await putImage(store, IMAGE);
    const seeds = Array.from({ length: 20 }, (_, at) => `${at + 2}`);
    const script = ["run", "-A", "test/store/registry/attach.ts", host, digest, `${size}`];
    const ended = await Promise.all(
      [seeds.slice(0, 10), seeds.slice(10)].map((some) =>
        run([process.execPath, ...script, ...some])
      ),
    );
    for (const { exitCode, stderr } of ended) assert.is(exitCode, 0, stderr);
    const found = (await all(store.referrers(digest))).map((referrer) => referrer.digest).sort();
    const expected = seeds.map((seed) =>
      sampleImage(Number(seed), { subject: IMAGE.manifest }).manifest.descriptor.digest
    );
    assert.equal(found, expected.sort());
  }));

test("docker-registry deletes a manifest by its digest and no single tag, and a deleted referrer is listed no more", () =>
  against(async ({ host }) => {
    const store = openStore({ host });
    await putImage(store, IMAGE, ["3.10", "latest"]);
    const referrers = [2, 3].map((seed) => sampleImage(seed, { subject: IMAGE.manifest }));
    for (const each of referrers) await putImage(store, each);
    const [gone = "", stays] = referrers.map(({ manifest }) => manifest.descriptor.digest);
    assert.is(await store.delete(gone), true);
    assert.equal((await all(store.referrers(digest))).map((one) => one.digest), [stays]);
    assert.is(await store.delete(`${stays}`), true);
    assert.equal(await all(store.referrers(digest)), []);
    const { message } = await failsWith(["registry"], () => store.delete("3.10"));
    assert.match(message, "deletes no single tag");
    assert.is((await store.resolve("3.10"))?.digest, digest);
    assert.is(await store.delete(digest), true);
    assert.is(await store.resolve(digest), undefined);
    assert.is(await store.delete(digest), false);
  }));

test("a docker-registry that allows no deletion is an error that says so", () =>
  against(async ({ host }) => {
    const store = openStore({ host });
    await putImage(store, IMAGE, ["3.10"]);
    const { message } = await failsWith(["registry"], () => store.delete(digest));
    assert.match(
      message,
      `Cannot delete "${digest}" from ${host}/k8s/pause: the registry deletes nothing`,
    );
    assert.is((await store.resolve("3.10"))?.digest, digest);
  }, { deletion: false }));

test("a copy without clobber leaves docker-registry's tags where they are, and gives those that are free", () =>
  against(async ({ host }) => {
    const store = openStore({ host });
    const images = [IMAGE, sampleImage(2)];
    const index = sampleIndex(images);
    const built = [
      index,
      ...images.flatMap(({ manifest, config, layer }) => [manifest, config, layer]),
    ];
    const push = async (tag: string, to: Store = store): Promise<unknown> =>
      await copy(memoryStore("built", built), index.descriptor.digest, to, {
        tags: [tag],
        childTags: (
          child,
        ) => [
          `${tag}-${images.findIndex((one) => one.manifest.descriptor.digest === child.digest)}`,
        ],
        clobber: false,
      });
    for (let again = 0; again < 2; again++) await push("3.10");
    await putImage(store, sampleImage(3), ["3.11-1"]);
    const before = await all(store.tags());
    const { message } = await failsWith(["registry"], () => push("3.11"));
    assert.match(message, `3.11-1 names ${sampleImage(3).manifest.descriptor.digest}`);
    assert.equal(await all(store.tags()), before);
    assert.is((await store.resolve("3.10"))?.digest, index.descriptor.digest);
  }));

test.run();
