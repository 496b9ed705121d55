import { test } from "uvu";
import * as assert from "uvu/assert";
import { PauseError } from "../../build/error.ts";
import { mirrorMemory } from "../../build/mirror/memory.ts";
import { mirrorImage } from "../../build/mirror/mirror.ts";
import { findHanging } from "../../build/mirror/referrers.ts";
import type { Content } from "../../build/oci/descriptor.ts";
import { type Digest, sha256 } from "../../build/oci/digest.ts";
import { OCI } from "../../build/oci/media-types.ts";
import { memoryStore } from "../../build/store/memory.ts";
import { registryStore } from "../../build/store/registry/registry.ts";
import type { Store } from "../../build/store/store.ts";
import { failsWith } from "../support/fails.ts";
import { sampleImage } from "../support/images.ts";
import { withRegistry } from "../support/registry.ts";
import { putBlob, putImage } from "../store/put.ts";
import { recorded, referrersIn, refusing } from "./stores.ts";
import { cosignTag, digestsOf, signature, upstreamImage, upstreamStore } from "./upstream-image.ts";

const IMAGE = upstreamImage();
const SUBJECTS: readonly Digest[] = [
  IMAGE.index.descriptor.digest,
  ...[...IMAGE.images.values()].map(({ descriptor }) => descriptor.digest),
];

const found = async (store: Store, subjects: readonly Digest[]): Promise<string[]> =>
  (await findHanging(store, subjects, mirrorMemory())).map(({ digest }) => digest).sort();

test("referrers of the index, of its images and of each other are found, and cosign's tags", async () => {
  const all = [...IMAGE.referrers, ...IMAGE.cosign.values()];
  assert.equal(await found(await upstreamStore(IMAGE), SUBJECTS), digestsOf(all));
});

test("on a registry with and without the referrers API the same is found", async () => {
  for (const referrersApi of [true, false]) {
    await withRegistry({ referrersApi }, async ({ host }) => {
      const store = registryStore({ host, repository: "pause" });
      await mirrorImage(await upstreamStore(IMAGE), "3.10", [{ store, tags: ["3.10"] }]);
      const all = [...IMAGE.referrers, ...IMAGE.cosign.values()];
      assert.equal(await found(store, SUBJECTS), digestsOf(all));
    });
  }
});

test("between registries without the referrers API nothing is lost", async () => {
  await withRegistry({ referrersApi: false }, async (one) => {
    await withRegistry({ referrersApi: false }, async (two) => {
      const [from, to] = [one, two].map(({ host }) => registryStore({ host, repository: "pause" }));
      if (from === undefined || to === undefined) throw new Error("no stores");
      await mirrorImage(await upstreamStore(IMAGE), "3.10", [{ store: from, tags: ["3.10"] }]);
      const { deliveries } = await mirrorImage(from, "3.10", [{ store: to, tags: ["3.10"] }]);
      assert.is(deliveries[0]?.referrers, 5);
      const [sbom] = IMAGE.referrers;
      assert.equal(await referrersIn(to, IMAGE.index), [sbom?.descriptor.digest]);
    });
  });
});

test("the signatures of one image are asked for by their tags, those of many by one list", async () => {
  const { store, calls } = recorded(await upstreamStore(IMAGE));
  const [digest] = SUBJECTS;
  if (digest === undefined) throw new Error("no subject");
  await findHanging(store, [digest], mirrorMemory());
  assert.is(calls.filter((call) => /^resolve .*\.(sig|att|sbom)$/.test(call)).length > 3, true);
  calls.length = 0;
  await findHanging(store, SUBJECTS, mirrorMemory());
  assert.equal(
    calls.filter((call) => call.startsWith("resolve")).sort(),
    [...IMAGE.cosign.keys()].map((tag) => `resolve ${tag}`).sort(),
  );
});

test("a registry that lists its tags to nobody is asked for each signature's tag", async () => {
  const inner = await upstreamStore(IMAGE);
  const denied = new PauseError("authentication", "Cannot list the tags: 403.");
  const store: Store = {
    ...inner,
    // deno-lint-ignore require-yield
    async *tags() {
      throw await Promise.resolve(denied);
    },
  };
  const all = [...IMAGE.referrers, ...IMAGE.cosign.values()];
  assert.equal(await found(store, SUBJECTS), digestsOf(all));
  const worse = refusing(store, /^resolve sha256-/);
  await failsWith(["registry"], () => found(worse, SUBJECTS));
});

test("referrers that lead on and on, or are too many, are an error, and no endless run", async () => {
  const store = memoryStore("source.example/pause");
  const images = Array.from({ length: 12 }, (_, at) => at);
  let subject: Content | undefined;
  const first = sampleImage(1);
  for (const at of images) {
    const image = sampleImage(at + 1, subject === undefined ? {} : { subject });
    await putImage(store, image);
    subject = image.manifest;
  }
  const { digest } = first.manifest.descriptor;
  const error = await failsWith(["verification"], () => found(store, [digest]));
  assert.match(error.message, /deeper than 8 levels.*--no-referrers/);
  const many: Store = {
    ...store,
    async *referrers() {
      for (;;) yield await Promise.resolve(first.manifest.descriptor);
    },
  };
  await failsWith(["verification"], () => found(many, [digest]));
});

test("each list of a destination is read once, however many referrers it has", async () => {
  const source = await upstreamStore(IMAGE);
  for (const seed of [70, 71, 72]) {
    await putImage(source, sampleImage(seed, { subject: IMAGE.index }));
  }
  const { store, calls } = recorded(memoryStore("mirror.example/pause"));
  const to = [{ store, tags: ["3.10"] }];
  await mirrorImage(source, "3.10", to);
  await mirrorImage(source, "3.10", to, { refresh: true });
  const lists = calls.filter((call) => call.startsWith("referrers"));
  assert.is(lists.length, 3, "of the index, of its first image and of the SBOM");
});

test("lists that are short and many are counted together", async () => {
  let [asked, listed] = [0, 0];
  const store: Store = {
    ...memoryStore("source.example/pause"),
    async *referrers() {
      asked++;
      for (let at = 0; at < 200; at++) {
        const digest = sha256(new TextEncoder().encode(`${++listed}`));
        yield await Promise.resolve({ mediaType: OCI.manifest, digest, size: 1 });
      }
    },
  };
  const [digest] = SUBJECTS;
  if (digest === undefined) throw new Error("no subject");
  const error = await failsWith(["verification"], () => found(store, [digest]));
  assert.match(error.message, /more than 10000 referrers/);
  assert.ok(listed < 12_000, `${listed} were listed`);
  assert.ok(asked < 100, `${asked} lists were asked for`);
});

test("referrers that refer to each other are asked about once", async () => {
  const [one, two] = [sampleImage(1), sampleImage(2)];
  const inner = memoryStore("source.example/pause");
  for (const image of [one, two]) await putImage(inner, image);
  // No digests can do that; a registry that lies can.
  const circle: Store = {
    ...inner,
    async *referrers(digest) {
      const { descriptor } = digest === one.manifest.descriptor.digest
        ? two.manifest
        : one.manifest;
      yield await Promise.resolve(descriptor);
    },
  };
  const { digest } = one.manifest.descriptor;
  assert.equal(await found(circle, [digest]), digestsOf([one.manifest, two.manifest]));
});

test("a signature that was made at the mirror is kept, one that the source has more of is brought", async () => {
  const source = await upstreamStore(IMAGE);
  const tag = cosignTag(IMAGE.index);
  const upstream = IMAGE.cosign.get(tag);
  const ours = signature(900);
  const destination = memoryStore("mirror.example/pause");
  for (const blob of ours.blobs) await putBlob(destination, blob);
  await destination.putManifest(ours.manifest, [tag]);
  const to = [{ store: destination, tags: ["3.10"] }];
  const { notes } = await mirrorImage(source, "3.10", to);
  assert.is((await destination.resolve(tag))?.digest, ours.manifest.descriptor.digest);
  assert.equal(notes, [
    `mirror.example/pause:${tag} holds signatures that the source has not: it is kept as it is.`,
  ]);
  // The source signs once more: the old signature is among the new ones.
  const [config, payload] = IMAGE.contents.filter(({ descriptor }) =>
    upstream !== undefined && new TextDecoder().decode(upstream.bytes).includes(descriptor.digest)
  );
  const old = [config, payload].find((blob) => /cosign/.test(blob?.descriptor.mediaType ?? ""));
  if (old === undefined) throw new Error("no signature");
  const more = signature(901, old.descriptor);
  for (const blob of more.blobs) await putBlob(source, blob);
  await source.putManifest(more.manifest, [tag]);
  const clean = await mirrored(await upstreamStore(IMAGE));
  const again = await mirrorImage(source, "3.10", [{ store: clean, tags: ["3.10"] }], {
    refresh: true,
  });
  assert.equal(again.notes, []);
  assert.is((await clean.resolve(tag))?.digest, more.manifest.descriptor.digest);
});

test("a referrer that is listed and was deleted is left out, and a note says so", async () => {
  const gone = sampleImage(55).manifest.descriptor;
  const inner = await upstreamStore(IMAGE);
  const store: Store = {
    ...inner,
    async *referrers(digest) {
      if (digest === IMAGE.index.descriptor.digest) yield gone;
      yield* inner.referrers(digest);
    },
  };
  const to = memoryStore("mirror.example/pause");
  const { notes, deliveries } = await mirrorImage(store, "3.10", [{ store: to, tags: ["3.10"] }]);
  assert.is(deliveries[0]?.outcome, "copied");
  assert.match(notes[0] ?? "", new RegExp(`referrer ${gone.digest} .*not there`));
  // Only a clear answer counts as one.
  const unclear = refusing(store, new RegExp(`(getManifest|resolve) ${gone.digest}`));
  const failed = await mirrorImage(unclear, "3.10", [{
    store: memoryStore("x/y"),
    tags: ["3.10"],
  }]);
  assert.is(failed.deliveries[0]?.outcome, "failed");
});

test("a referrer that was stored and not listed, its client killed in between, is listed the next time", async () => {
  await withRegistry({ referrersApi: false }, async ({ host, repositories }) => {
    const source = await upstreamStore(IMAGE);
    const store = registryStore({ host, repository: "pause" });
    await mirrorImage(source, "3.10", [{ store, tags: ["3.10"] }]);
    const { tags } = repositories.get("pause") ?? { tags: new Map<string, string>() };
    for (const tag of [...tags.keys()]) if (!tag.endsWith(".sig")) tags.delete(tag);
    assert.equal(await referrersIn(store, IMAGE.index), []);
    await mirrorImage(source, "3.10", [{ store, tags: ["3.10"] }]);
    const [sbom] = IMAGE.referrers;
    assert.equal(await referrersIn(store, IMAGE.index), [sbom?.descriptor.digest]);
  });
});

test("of two referrers the one that is not listed is put again, and the other one is not", async () => {
  const source = await upstreamStore(IMAGE);
  const second = sampleImage(66, { subject: IMAGE.index });
  await putImage(source, second);
  const [sbom] = IMAGE.referrers;
  const inner = memoryStore("mirror.example/pause");
  await mirrorImage(source, "3.10", [{ store: inner, tags: ["3.10"] }]);
  const { store, calls } = recorded({
    ...inner,
    async *referrers(digest) {
      for await (const one of inner.referrers(digest)) {
        if (one.digest !== sbom?.descriptor.digest) yield one;
      }
    },
  });
  await mirrorImage(source, "3.10", [{ store, tags: ["3.10"] }], { refresh: true });
  assert.equal(calls.filter((call) => call.startsWith("putManifest")), [
    `putManifest ${sbom?.descriptor.digest}`,
  ]);
});

async function mirrored(source: Store): Promise<Store> {
  const store = memoryStore("clean.example/pause");
  await mirrorImage(source, "3.10", [{ store, tags: ["3.10"] }]);
  return store;
}

test.run();
