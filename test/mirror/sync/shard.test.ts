import { test } from "uvu";
import * as assert from "uvu/assert";
import { isOurs, readShard, shardOf } from "../../../build/mirror/sync/shard.ts";
import type { Repository } from "../../../build/oci/reference.ts";
import { failsWith } from "../../support/fails.ts";
import { fc } from "../../support/properties.ts";

const repositories = fc.uniqueArray(
  fc.record({
    host: fc.constantFrom("a.io", "b.io:5000"),
    repository: fc.stringMatching(/^[a-z]{1,9}$/),
  }),
  { maxLength: 50, selector: ({ host, repository }) => `${host}/${repository}` },
);

test("every repository is in exactly one shard, whatever their number", () => {
  fc.assert(fc.property(repositories, fc.integer({ min: 1, max: 60 }), (all, count) => {
    const shards = Array.from({ length: count }, (_, index) => ({ index, count }));
    const taken = shards.flatMap((shard) => all.filter((one) => isOurs(one, shard)));
    assert.is(taken.length, all.length);
    assert.equal(new Set(taken), new Set(all));
  }));
});

test("a list that grows leaves what it had where it was", () => {
  fc.assert(fc.property(repositories, fc.integer({ min: 1, max: 60 }), (all, count) => {
    const few = all.slice(0, all.length / 2);
    const placesOf = (list: readonly Repository[]): number[] =>
      list.map((one) => shardOf(one, count));
    assert.equal(placesOf(all).slice(0, few.length), placesOf(few));
  }));
});

test("a repository keeps its shard from one release to the next", () => {
  const pause = { host: "registry.k8s.io", repository: "pause" };
  assert.equal([1, 2, 3, 10, 100].map((count) => shardOf(pause, count)), PAUSE);
});

/** What sha256sum says of registry.k8s.io/pause: its first 12 hex digits as a number, modulo. */
const PAUSE = [0, 0, 0, 2, 2];

test("shards are about as large as one another", () => {
  const sizes = Array<number>(10).fill(0);
  for (let at = 0; at < 10_000; at++) {
    const shard = shardOf({ host: "a.io", repository: `team${at % 100}/image${at}` }, 10);
    sizes[shard] = (sizes[shard] ?? 0) + 1;
  }
  assert.ok(Math.min(...sizes) > 850 && Math.max(...sizes) < 1150, sizes.join());
});

test("the shard is told by words, or by an Indexed Job's variables, or there is none", () => {
  assert.equal(readShard("3/10", {}), { index: 3, count: 10 });
  assert.equal(readShard("0/1", { JOB_COMPLETION_INDEX: "7" }), { index: 0, count: 1 });
  const job = { JOB_COMPLETION_INDEX: "7", JOB_COMPLETIONS: "8" };
  assert.equal(readShard(undefined, job), { index: 7, count: 8 });
  assert.is(readShard(undefined, {}), undefined);
  assert.is(readShard(undefined, { JOB_COMPLETIONS: "8" }), undefined);
});

test("a shard that is none is refused: a pod that took all, or nothing, would not be seen", async () => {
  for (const text of ["10/10", "1", "1/0", "-1/2", "01/2", "1/2/3", "a/b", "", "1/02", "1.0/2"]) {
    await failsWith(["usage"], () => readShard(text, {}));
  }
  for (
    const environment of [
      { JOB_COMPLETION_INDEX: "1" },
      { JOB_COMPLETION_INDEX: "", JOB_COMPLETIONS: "2" },
      { JOB_COMPLETION_INDEX: "2", JOB_COMPLETIONS: "2" },
    ]
  ) {
    await failsWith(["usage"], () => readShard(undefined, environment));
  }
});

test.run();
