import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Cursor, cursorOver } from "../../../build/store/registry/cursor.ts";
import { skipped } from "../../../build/store/skipped.ts";
import { bytesOf, streamOf } from "../../support/images.ts";

const BYTES = bytesOf(1, 10_000);

/** A cursor over BYTES in pieces of 999, and how often they were opened. */
function opened(): { cursor: Cursor; times: () => number } {
  let times = 0;
  const cursor = cursorOver(() => {
    times++;
    return Promise.resolve(streamOf(BYTES, 999));
  }, BYTES.length);
  return { cursor, times: () => times };
}

test("a source is read piece by piece, whatever its own pieces are, and opened once", async () => {
  const { cursor, times } = opened();
  for (let at = 0; at < BYTES.length; at += 3000) {
    assert.equal(await cursor.read(at, 3000), BYTES.subarray(at, at + 3000));
  }
  assert.is(times(), 1);
});

test("what was given last is given again, in part or with more behind it, from memory", async () => {
  const { cursor, times } = opened();
  await cursor.read(0, 2000);
  const asked = [[2000, 3000], [2000, 1000], [2500, 4000], [2500, 10]] as const;
  for (const [at, length] of asked) {
    assert.equal(await cursor.read(at, length), BYTES.subarray(at, at + length));
  }
  assert.is(times(), 1);
});

test("what is not in memory is read from the source anew, without what is before it", async () => {
  const { cursor, times } = opened();
  for (const at of [0, 5000, 1000, 9999, 0]) {
    assert.equal(await cursor.read(at, 2000), BYTES.subarray(at, at + 2000));
  }
  assert.is(times(), 5);
  await cursor.close();
});

test("the last byte is given when the source has ended well, and not before", async () => {
  const broken = (): Promise<ReadableStream<Uint8Array>> =>
    Promise.resolve(
      streamOf(BYTES, 1000).pipeThrough(
        new TransformStream({ flush: () => Promise.reject(new Error("wrong digest")) }),
      ),
    );
  const cursor = cursorOver(broken, BYTES.length);
  await cursor.read(0, 9000);
  const outcome = await cursor.read(9000, 1000).then(() => "given", ({ message }) => message);
  assert.is(outcome, "wrong digest");
});

test("a cursor that is closed gives its source up", async () => {
  let cancelled = false;
  const source = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(10)),
    cancel: () => void (cancelled = true),
  });
  const cursor = cursorOver(() => Promise.resolve(source), 1000);
  await cursor.read(0, 20);
  await cursor.close();
  assert.ok(cancelled);
});

test("a stream without its first bytes ends as it does, however many they are", async () => {
  for (const count of [0, 1, 998, 999, 1000, 9999, 10_000, 20_000]) {
    const rest = await new Response(
      skipped(streamOf(BYTES, 999), count) as ReadableStream<Uint8Array<ArrayBuffer>>,
    ).arrayBuffer();
    assert.equal(new Uint8Array(rest), BYTES.subarray(count));
  }
});

test.run();
