import { test } from "uvu";
import * as assert from "uvu/assert";
import { PauseError } from "../../../build/error.ts";
import { itemsOf } from "../../../build/mirror/sync/items.ts";
import { type Synced, syncItems, type SyncOptions } from "../../../build/mirror/sync/sync.ts";
import { fileOf, type Places, places, putSample } from "./places.ts";

async function sync(
  at: Places,
  sources: readonly string[],
  options: SyncOptions = {},
  destinations: readonly string[] = ["h.io/{path}"],
): Promise<Synced[]> {
  const { items } = await itemsOf(fileOf(sources, destinations), at, {
    readList: () => Promise.resolve(""),
  });
  return await syncItems(items, at, options);
}

const outcomes = (all: readonly Synced[]): unknown =>
  all.map(({ source, outcome, mirrored }) =>
    [source, outcome, ...mirrored?.deliveries.map(({ outcome }) => outcome) ?? []].join(" ")
  );

/** Places whose destinations on `host` refuse to be written to. */
const readOnly = (at: Places, host: string): Places => ({
  ...at,
  destination: (repository) =>
    repository.host === host
      ? {
        ...at.destination(repository),
        putManifest: () => Promise.reject(new PauseError("registry", `${host} is read-only.`)),
      }
      : at.destination(repository),
});

test("every image of the file arrives everywhere; a second run asks once for each tag and sends nothing", async () => {
  const at = places();
  const [one, other] = [
    await putSample(at.at("a.io/b"), ["1"]),
    await putSample(at.at("a.io/c"), ["2"], 7),
  ];
  const sources = ["image: a.io/b:1", "image: a.io/c:2"];
  const to = ["h.io/{path}", "i.io/all/{name}"];
  assert.equal(outcomes(await sync(at, sources, {}, to)), [
    "a.io/b:1 done copied copied",
    "a.io/c:2 done copied copied",
  ]);
  for (const name of ["h.io/b", "i.io/all/b"]) {
    assert.is((await at.at(name).resolve("1"))?.digest, one.descriptor.digest);
  }
  assert.is((await at.at("i.io/all/c").resolve("2"))?.digest, other.descriptor.digest);
  at.asked.length = 0;
  assert.equal(outcomes(await sync(at, sources, {}, to)), [
    "a.io/b:1 done present present",
    "a.io/c:2 done present present",
  ]);
  assert.equal(at.asked.sort(), [
    ...["a.io/b:1", "a.io/c:2", "h.io/b:1", "h.io/c:2", "i.io/all/b:1", "i.io/all/c:2"]
      .map((name) => `resolve ${name}`),
  ]);
});

/** More tags than are under way at once. */
const TAGS = Array.from({ length: 20 }, (_, at) => `t${at}`);

test("the first failure keeps those from beginning that have not begun", async () => {
  const at = places();
  await putSample(at.at("a.io/b"), TAGS.slice(1));
  const synced = await sync(at, [`image: a.io/b\n    tags: [${TAGS}]`]);
  const [first, last] = [synced[0], synced.at(-1)].map((one) => outcomes(one ? [one] : []));
  assert.equal([first, last], [["a.io/b:t0 failed"], ["a.io/b:t19 skipped"]]);
  assert.is(await at.at("h.io/b").resolve("t19"), undefined);
});

test("with keepGoing the others go on, and the missing tag is named with a near one", async () => {
  const at = places();
  await putSample(at.at("a.io/b"), ["3.10", "3.9"]);
  const sources = ['image: a.io/b\n    tags: ["3.1O", "3.9", "3.10"]'];
  const synced = await sync(at, sources, { keepGoing: true });
  assert.equal(outcomes(synced), [
    "a.io/b:3.1O failed",
    "a.io/b:3.9 done copied",
    "a.io/b:3.10 done copied",
  ]);
  assert.match(synced[0]?.error?.message ?? "", /a\.io\/b:3\.1O: .*Did you mean "3\.10"\?/);
});

test("a destination that refuses fails alone, with its error", async () => {
  const at = places();
  await putSample(at.at("a.io/b"), ["1"]);
  const [synced] = await sync(readOnly(at, "h.io"), ["image: a.io/b:1"], {}, [
    "h.io/{path}",
    "i.io/{path}",
  ]);
  assert.equal(outcomes(synced ? [synced] : []), ["a.io/b:1 failed failed copied"]);
  assert.match(synced?.mirrored?.deliveries[0]?.error?.message ?? "", /read-only/);
});

test("tags that name one image share its blobs: they are sent once", async () => {
  const at = places();
  await putSample(at.at("a.io/b"), ["1", "2", "3", "4"]);
  let puts = 0;
  const counting: Places = {
    ...at,
    destination: (repository) => {
      const store = at.destination(repository);
      return { ...store, putBlob: (blob, open) => (puts++, store.putBlob(blob, open)) };
    },
  };
  await sync(counting, ['image: a.io/b\n    tags: ["1", "2", "3", "4"]']);
  assert.is(puts, 4);
});

test("a digest says which image, and the tag what it is called", async () => {
  const at = places();
  const pinned = await putSample(at.at("a.io/b"), ["1"], 1);
  await putSample(at.at("a.io/b"), ["1"], 2);
  const { digest } = pinned.descriptor;
  await sync(at, [`image: a.io/b:1@${digest}`]);
  assert.is((await at.at("h.io/b").resolve("1"))?.digest, digest);
});

test("settings of a source are those of the mirroring", async () => {
  const at = places();
  const index = await putSample(at.at("a.io/b"), ["1"]);
  const [synced] = await sync(at, [
    "image: a.io/b:1\n    platforms: [linux/amd64]\n    index: rewritten",
  ]);
  const [delivery] = synced?.mirrored?.deliveries ?? [];
  assert.is(synced?.mirrored?.digest, index.descriptor.digest);
  assert.is.not(delivery?.digest, index.descriptor.digest);
  assert.is(delivery?.pieces.copied, 4);
});

test("what happens is told, and an interruption ends everything", async () => {
  const at = places();
  await putSample(at.at("a.io/b"), TAGS);
  const told: string[] = [];
  const controller = new AbortController();
  const reason = new PauseError("interrupted", "Stopped.");
  try {
    await sync(at, [`image: a.io/b\n    tags: [${TAGS}]`], {
      signal: controller.signal,
      onEvent: ({ type }) => told.push(type),
      onSynced: ({ source, outcome }) => {
        told.push(`${source} ${outcome}`);
        controller.abort(reason);
      },
    });
    assert.unreachable();
  } catch (error) {
    assert.is(error, reason);
  }
  assert.ok(told.includes("delivered"));
  assert.ok(told.includes("a.io/b:t0 done"));
  assert.not.ok(told.includes("a.io/b:t19 done"));
});

test.run();
