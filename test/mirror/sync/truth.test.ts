import { test } from "uvu";
import * as assert from "uvu/assert";
import { copy } from "../../../build/copy/copy.ts";
import { type Items, itemsOf } from "../../../build/mirror/sync/items.ts";
import { planItems, type Sending } from "../../../build/mirror/sync/plan.ts";
import { syncItems } from "../../../build/mirror/sync/sync.ts";
import { readIndex } from "../../../build/oci/document.ts";
import type { Store } from "../../../build/store/store.ts";
import { putBlob, putImage } from "../../store/put.ts";
import { sampleImage } from "../../support/images.ts";
import { cosignTag, signature } from "../upstream-image.ts";
import { fileOf, type Places, places, putSample } from "./places.ts";

/** What a plan and the run after it have in common. */
interface Amount {
  readonly pieces: number;
  readonly manifests: number;
  readonly bytes: number;
}

/** What was planned, and what was then sent. */
async function bothOf(at: Places, source: string): Promise<readonly [Amount, Amount]> {
  const { items }: Items = await itemsOf(fileOf([source], ["h.io/{path}"]), at, {
    readList: () => Promise.resolve(""),
  });
  const planned = await planItems(items, at, { deep: true });
  const sent = { pieces: 0, manifests: 0, bytes: 0 };
  const synced = await syncItems(items, at, {
    onEvent: (event) => {
      if (event.type !== "piece" || event.outcome !== "copied") return;
      sent.pieces++;
      if (/manifest|index/.test(event.descriptor.mediaType)) sent.manifests++;
      sent.bytes += event.descriptor.size;
    },
  });
  assert.equal(synced.map(({ outcome }) => outcome), items.map(() => "done"));
  return [amountOf(planned.flatMap(({ destinations }) => destinations)), sent];
}

function amountOf(deliveries: readonly { readonly sending?: Sending }[]): Amount {
  const sum = (of: (sending: Sending) => number): number =>
    deliveries.reduce((total, { sending }) => total + (sending ? of(sending) : 0), 0);
  return {
    pieces: sum(({ manifests, blobs }) => manifests + blobs),
    manifests: sum(({ manifests }) => manifests),
    bytes: sum(({ bytes }) => bytes),
  };
}

/** Asserts that what was planned is what was sent, and how many manifests that were. */
async function agree(at: Places, source: string, manifests: number): Promise<void> {
  const [planned, sent] = await bothOf(at, source);
  assert.equal(planned, sent);
  assert.is(sent.manifests, manifests);
}

/** The same places, where `name` is this store. */
const having = (at: Places, name: string, store: Store): Places => ({
  ...at,
  source: (repository) =>
    `${repository.host}/${repository.repository}` === name ? store : at.source(repository),
});

test("of a new image, and of one with a signature, as much is sent as was planned", async () => {
  const at = places();
  const index = await putSample(at.at("a.io/b"), ["1"]);
  await putImage(at.at("a.io/b"), sampleImage(9, { subject: index }));
  await agree(at, "image: a.io/b:1", 4);
  await agree(at, "image: a.io/b:1", 0);
});

test("a tag that is moved to an image that is there already costs its manifest", async () => {
  const at = places();
  await putSample(at.at("a.io/b"), ["stable"], 1);
  await putSample(at.at("h.io/b"), ["stable"], 2);
  await putSample(at.at("h.io/b"), ["old"], 1);
  await agree(at, "image: a.io/b:stable", 1);
});

test("two tags of one image cost their manifest twice, and all below it once", async () => {
  const at = places();
  await putSample(at.at("a.io/b"), ["1", "2"]);
  await agree(at, 'image: a.io/b\n    tags: ["1", "2"]', 4);
});

test("a referrer that is listed and was deleted is planned as it is mirrored: left out", async () => {
  const at = places();
  const index = await putSample(at.at("a.io/b"), ["1"]);
  const inner = at.at("a.io/b");
  const lying: Store = {
    ...inner,
    async *referrers(digest) {
      if (digest === index.descriptor.digest) yield sampleImage(55).manifest.descriptor;
      yield* inner.referrers(digest);
    },
  };
  await agree(having(at, "a.io/b", lying), "image: a.io/b:1", 3);
});

test("signatures that the destination has of its own are not planned to be replaced", async () => {
  const at = places();
  const index = await putSample(at.at("a.io/b"), ["1"]);
  for (const [seed, name] of [[900, "a.io/b"], [901, "h.io/b"]] as const) {
    const { manifest, blobs } = signature(seed);
    for (const blob of blobs) await putBlob(at.at(name), blob);
    await at.at(name).putManifest(manifest, [cosignTag(index)]);
  }
  await agree(at, "image: a.io/b:1", 3);
});

test("with refresh a part that the destination lost is planned, and brought", async () => {
  const at = places();
  const index = await putSample(at.at("a.io/b"), ["1"]);
  await copy(at.at("a.io/b"), "1", at.at("h.io/b"), { tags: ["1"] });
  const [first] = readIndex(index.bytes).manifests;
  await at.at("h.io/b").delete(first?.digest ?? "");
  await agree(at, "image: a.io/b:1\n    refresh: true", 1);
});

test.run();
