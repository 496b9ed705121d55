import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Descriptor } from "../../../build/oci/descriptor.ts";
import { OCI } from "../../../build/oci/media-types.ts";
import type { Store } from "../../../build/store/store.ts";
import { failsWith } from "../../support/fails.ts";
import { sampleImage } from "../../support/images.ts";
import { withRegistry } from "../../support/registry.ts";
import { json } from "../../support/registry/answer.ts";
import { putImage } from "../put.ts";
import { known, openStore } from "./open.ts";

const IMAGE = sampleImage(1);
const SUBJECT = IMAGE.manifest.descriptor.digest;

async function tagsOf(store: Store): Promise<string[]> {
  const tags: string[] = [];
  for await (const tag of store.tags()) tags.push(tag);
  return tags;
}

async function referrersOf(store: Store): Promise<Descriptor[]> {
  const found: Descriptor[] = [];
  for await (const descriptor of store.referrers(SUBJECT)) found.push(descriptor);
  return found;
}

test("tags are gathered from all pages, in order and once", async () => {
  await withRegistry({ pageLimit: 2 }, async (registry) => {
    const store = openStore(registry);
    await putImage(store, IMAGE, ["e", "d", "c", "b", "a"]);
    assert.equal(await tagsOf(store), ["a", "b", "c", "d", "e"]);
    assert.is(registry.logged("GET tags").length, 3);
  });
});

test("the next page is asked of the registry itself, wherever its Link points", async () => {
  const user = { username: "me", password: "secret" };
  await withRegistry(
    { auth: { scheme: "basic", ...user } },
    (registry) =>
      withRegistry({}, async (other) => {
        const link = `<http://${other.host}/v2/k8s/pause/tags/list?last=a&n=1>; rel="next"`;
        registry.fault({ route: "tags", nth: 2, fault: json(200, { tags: ["a"] }, { link }) });
        const store = openStore(registry, { credentials: known(user) });
        await putImage(store, IMAGE, ["b"]);
        const fresh = openStore(registry, { credentials: known(user) });
        assert.equal(await tagsOf(fresh), ["a", "b"]);
        assert.is(other.log.length, 0);
      }),
  );
});

test("a list of tags is put in order, null is an empty one, and one that is no list is an error", async () => {
  const bodies: readonly [unknown, string[] | undefined][] = [
    [{ name: "a", tags: null }, []],
    [{ name: "a" }, []],
    [{ tags: ["b", "B", "a", "b"] }, ["B", "a", "b"]],
    [{ tags: "3.10" }, undefined],
  ];
  for (const [body, expected] of bodies) {
    await withRegistry({}, async (registry) => {
      registry.fault({ route: "tags", fault: json(200, body) });
      const store = openStore(registry);
      if (expected) assert.equal(await tagsOf(store), expected);
      else await failsWith(["registry"], () => tagsOf(store));
    });
  }
});

test("tags that cannot be listed are not the same as no tags", async () => {
  for (const status of [401, 403, 500]) {
    await withRegistry({}, async (registry) => {
      registry.fault({ route: "tags", times: 9, fault: { status } });
      await failsWith(["registry", "authentication"], () => tagsOf(openStore(registry)));
    });
  }
});

test("referrers that cannot be listed are not the same as no referrers", async () => {
  for (const status of [401, 403, 500]) {
    await withRegistry({}, async (registry) => {
      registry.fault({ route: "referrers", times: 9, fault: { status } });
      await failsWith(["registry", "authentication"], () => referrersOf(openStore(registry)));
    });
  }
});

test("a registry without referrers API keeps the list under the fallback tag, and loses nothing that is put side by side", async () => {
  await withRegistry({ referrersApi: false }, async (registry) => {
    const store = openStore(registry);
    await putImage(store, IMAGE, ["3.10"]);
    const artifacts = [2, 3, 4, 5].map((seed) => sampleImage(seed, { subject: IMAGE.manifest }));
    await Promise.all(artifacts.map((artifact) => putImage(store, artifact)));
    const found = (await referrersOf(store)).map(({ digest }) => digest).sort();
    assert.equal(found, artifacts.map(({ manifest }) => manifest.descriptor.digest).sort());
    assert.ok((await tagsOf(store)).includes(SUBJECT.replace(":", "-")));
    const [artifact] = artifacts;
    if (artifact) await putImage(store, artifact);
    assert.is((await referrersOf(store)).length, 4);
  });
});

test("a registry with referrers API is left to keep the list itself", async () => {
  await withRegistry({}, async (registry) => {
    const store = openStore(registry);
    await putImage(store, IMAGE, ["3.10"]);
    await putImage(store, sampleImage(2, { subject: IMAGE.manifest }));
    assert.is((await referrersOf(store)).length, 1);
    assert.equal(await tagsOf(store), ["3.10"]);
  });
});

test("referrers are gathered from all pages", async () => {
  await withRegistry({}, async (registry) => {
    const { mediaType, digest, size } = sampleImage(2).manifest.descriptor;
    const index = {
      schemaVersion: 2,
      mediaType: OCI.index,
      manifests: [{ mediaType, digest, size }],
    };
    const link = `</v2/k8s/pause/referrers/${SUBJECT}?page=2>; rel=next`;
    registry.fault({ route: "referrers", fault: json(200, index, { link }) });
    const store = openStore(registry);
    await putImage(store, IMAGE);
    await putImage(store, sampleImage(3, { subject: IMAGE.manifest }));
    assert.is((await referrersOf(store)).length, 2);
  });
});

test("a list of tags that has something else in it is an error", async () => {
  for (const other of [null, 5, "", "../../x", "\u001b[2J", { toString: 1 }]) {
    await withRegistry({}, async (registry) => {
      registry.fault({ route: "tags", fault: json(200, { tags: ["a", other] }) });
      const { message } = await failsWith(["registry"], () => tagsOf(openStore(registry)));
      assert.match(message, /list of tags has something that is no tag/);
    });
  }
});

test.run();
