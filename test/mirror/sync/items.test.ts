import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  type Items,
  itemsOf,
  type ItemsOptions,
  type SyncItem,
} from "../../../build/mirror/sync/items.ts";
import { shardOf } from "../../../build/mirror/sync/shard.ts";
import { formatReference } from "../../../build/oci/reference.ts";
import { failsWith } from "../../support/fails.ts";
import { fileOf, type Places, places, putSample, repository } from "./places.ts";

const NO_LISTS: ItemsOptions = { readList: () => Promise.reject(new Error("no list")) };

/** `a.io/b:1 → h.io/b:1, i.io/b:1` */
const shown = ({ source, destinations }: SyncItem): string =>
  `${formatReference(source)} → ${destinations.map(formatReference).join(", ")}`;

async function items(
  sources: readonly string[],
  destinations: readonly string[] = ["h.io/{path}"],
  at: Places = places(),
  options: ItemsOptions = NO_LISTS,
): Promise<Items & { readonly shown: readonly string[] }> {
  const found = await itemsOf(fileOf(sources, destinations), at, options);
  return { ...found, shown: found.items.map(shown) };
}

test("each image goes to all destinations, and what the file names is not asked for", async () => {
  const at = places();
  const { shown, unplanned } = await items(
    ["image: a.io/b:1", 'image: a.io/c\n    tags: ["3.10", "3.9", "3.10"]'],
    ["h.io/{path}", "i.io/all/{name}:{tag}-x"],
    at,
  );
  assert.equal(shown, [
    "a.io/b:1 → h.io/b:1, i.io/all/b:1-x",
    "a.io/c:3.10 → h.io/c:3.10, i.io/all/c:3.10-x",
    "a.io/c:3.9 → h.io/c:3.9, i.io/all/c:3.9-x",
  ]);
  assert.equal([at.asked, unplanned], [[], []]);
});

test("patterns select among the tags of the source, which are listed once", async () => {
  const at = places();
  await putSample(at.at("a.io/b"), ["3.9", "3.10", "latest", `sha256-${"ab".repeat(32)}.sig`]);
  const before = at.asked.length;
  const { shown } = await items(['image: a.io/b\n    tags: { semver: [">=3"] }'], undefined, at);
  assert.equal(shown, ["a.io/b:3.10 → h.io/b:3.10", "a.io/b:3.9 → h.io/b:3.9"]);
  assert.equal(at.asked.slice(before), ["tags a.io/b"]);
});

test("a source whose tags cannot be told stops no other one", async () => {
  const { shown, unplanned } = await items([
    "image: a.io/b\n    tags: { all: true }",
    "image: a.io/c:1",
  ]);
  assert.equal(shown, ["a.io/c:1 → h.io/c:1"]);
  assert.equal(unplanned.map(({ source, error }) => [source, error.code]), [[
    "a.io/b",
    "registry",
  ]]);
});

test("what cannot be planned is told in the order of the file, whoever answers first", async () => {
  const at = places();
  const late: Places = {
    ...at,
    source: (repository) => ({
      ...at.source(repository),
      async *tags() {
        await sleep(repository.repository === "first" ? 20 : 0);
        yield* [];
      },
    }),
  };
  const sources = ["first", "second", "third"].map((name) =>
    `image: a.io/${name}\n    tags: { all: true }`
  );
  const { unplanned } = await items(sources, undefined, late);
  assert.equal(unplanned.map(({ source }) => source), ["a.io/first", "a.io/second", "a.io/third"]);
});

test("a list of images is read by its name, and flattened as kubeadm wants it", async () => {
  const asked: string[] = [];
  const { shown } = await items(['list: "-"', "list: images.txt"], ["h.io/k8s/{name}"], places(), {
    readList: (list) => {
      asked.push(list);
      return Promise.resolve(
        list === "-"
          ? "registry.k8s.io/coredns/coredns:v1.12.1\n"
          : "registry.k8s.io/pause:3.10.1\n",
      );
    },
  });
  assert.equal(asked, ["-", "images.txt"]);
  assert.equal(shown, [
    "registry.k8s.io/coredns/coredns:v1.12.1 → h.io/k8s/coredns:v1.12.1",
    "registry.k8s.io/pause:3.10.1 → h.io/k8s/pause:3.10.1",
  ]);
});

test("what is wrong with a list is an error with its line", async () => {
  const options: ItemsOptions = { readList: () => Promise.resolve("a.io/b:1\nnonsense here\n") };
  const { message } = await failsWith(
    ["usage"],
    () => items(['list: "-"'], undefined, undefined, options),
  );
  assert.match(message, /the standard input:2/);
});

test("an image that the file names twice is mirrored once", async () => {
  const { shown } = await items([
    "image: registry.k8s.io/pause:3.10",
    'preset: pause\n    kubernetes: ["1.33", "1.32"]',
    'image: registry.k8s.io/pause\n    tags: ["3.10"]',
  ]);
  assert.equal(shown, ["registry.k8s.io/pause:3.10 → h.io/pause:3.10"]);
});

test("two images that would get one name are refused, and named", async () => {
  const { message } = await failsWith(
    ["usage"],
    () => items(["image: a.io/x/pause:1", "image: a.io/y/pause:1"], ["h.io/{name}"]),
  );
  assert.match(message, /h\.io\/pause:1: both a\.io\/x\/pause:1 and a\.io\/y\/pause:1/);
  await failsWith(
    ["usage"],
    () => items(["image: a.io/b:1", "image: a.io/b:2"], ["h.io/b:stable"]),
  );
});

test("images that would get one name are refused by every shard, whosever they are", async () => {
  const sources = [
    "image: a.io/x/pause:1",
    'image: a.io/y/pause\n    tags: { names: ["1"], all: true }',
  ];
  for (let index = 0; index < 4; index++) {
    const shard = { index, count: 4 };
    await failsWith(
      ["usage"],
      () => items(sources, ["h.io/{name}"], places(), { ...NO_LISTS, shard }),
    );
  }
});

test("one image with two settings is refused", async () => {
  const { message } = await failsWith(
    ["usage"],
    () => items(["image: a.io/b:1", "image: a.io/b:1\n    referrers: false"]),
  );
  assert.match(message, /names it twice, with different settings/);
});

test("an image that would be mirrored onto itself is refused", async () => {
  for (const to of ["a.io/{path}", "{host}/{path}"]) {
    await failsWith(["usage"], () => items(["image: a.io/b:1"], [to]));
  }
  const { shown } = await items(["image: a.io/b:1"], ["a.io/mirror/{path}", "a.io/{path}:copy"]);
  assert.equal(shown, ["a.io/b:1 → a.io/mirror/b:1, a.io/b:copy"]);
});

test("a digest pins the image, and its tag names it", async () => {
  const digest = `sha256:${"ab".repeat(32)}`;
  const { shown } = await items([`image: a.io/b@${digest}`, `image: a.io/c:1@${digest}`]);
  assert.equal(shown, [`a.io/b@${digest} → h.io/b`, `a.io/c:1@${digest} → h.io/c:1`]);
});

test("shards share the images between them, and ask only for the tags of their own", async () => {
  const names = Array.from({ length: 12 }, (_, at) => `a.io/image${at}`);
  const sources = names.map((name) => `image: ${name}\n    tags: { all: true }`);
  const all: string[] = [];
  for (let index = 0; index < 3; index++) {
    const at = places();
    for (const name of names) await putSample(at.at(name), ["1", "2"]);
    const before = at.asked.length;
    const shard = { index, count: 3 };
    const { shown } = await items(sources, undefined, at, { ...NO_LISTS, shard });
    const ours = names.filter((name) => shardOf(repository(name), 3) === index);
    assert.ok(ours.length > 0);
    assert.equal(at.asked.slice(before).sort(), ours.map((name) => `tags ${name}`).sort());
    all.push(...shown);
  }
  assert.equal(all.length, 24);
  assert.is(new Set(all).size, 24);
});

test("a registry in capitals is the same one: nothing is mirrored onto itself", async () => {
  for (const to of ["LOCALHOST:5000/{path}", "LocalHost:5000/b"]) {
    const error = await failsWith(["usage"], () => items(["image: localhost:5000/b:1"], [to]));
    assert.match(error.message, /names the image itself/);
  }
});

test.run();
