import { test } from "uvu";
import * as assert from "uvu/assert";
import { content, type Descriptor } from "../../build/oci/descriptor.ts";
import { OCI } from "../../build/oci/media-types.ts";
import { readAll, verified, verify } from "../../build/store/verified.ts";
import { failsWith } from "../support/fails.ts";
import { bytesOf, streamOf } from "../support/images.ts";

const { descriptor, bytes } = content(OCI.layer, bytesOf(1, 100_000));

function check(given: Uint8Array, by: Descriptor = descriptor): Promise<Uint8Array> {
  return readAll(verified(streamOf(given), by, "oci:out"));
}

test("the right bytes pass, in whatever chunks they come", async () => {
  for (const chunk of [1000, 65_536, 1_000_000]) {
    assert.equal(await readAll(verified(streamOf(bytes, chunk), descriptor, "oci:out")), bytes);
  }
});

test("a SHA-512 digest is checked as well", async () => {
  const digest =
    "sha512:cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e";
  const empty: Descriptor = { mediaType: OCI.layer, digest, size: 0 };
  assert.is((await check(new Uint8Array(), empty)).length, 0);
  await failsWith(["verification"], () => check(new Uint8Array(1), { ...empty, size: 1 }));
});

test("wrong bytes fail, with the place, the digest and what was found", async () => {
  const flipped = bytes.with(50_000, (bytes[50_000] ?? 0) ^ 1);
  const error = await failsWith(["verification"], () => check(flipped));
  assert.ok(
    error.message.startsWith(`Cannot use ${descriptor.digest} (100000 bytes) from oci:out`),
  );
  assert.match(error.message, /its digest is sha256:[0-9a-f]{64}\./);
});

test("too few bytes fail at the end", async () => {
  const error = await failsWith(["verification"], () => check(bytes.subarray(1)));
  assert.match(error.message, /it ends after 99999 bytes/);
});

test("an endless stream fails as soon as it is longer than it may be", async () => {
  let given = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller): void {
      controller.enqueue(new Uint8Array(10_000));
      given += 10_000;
    },
  });
  await failsWith(["verification"], () => readAll(verified(endless, descriptor, "oci:out")));
  assert.ok(given < 200_000, `${given} bytes were taken`);
});

test("what is held to a descriptor already is not hashed again, and still fails when it is wrong", async () => {
  const held = (given: Uint8Array): ReadableStream<Uint8Array> =>
    verified(streamOf(given), descriptor, "a registry");
  const first = held(bytes);
  assert.is(verified(first, { ...descriptor }, "oci:out"), first);
  assert.equal(await readAll(first), bytes);
  const flipped = bytes.with(99_999, (bytes[99_999] ?? 0) ^ 1);
  const error = await failsWith(
    ["verification"],
    () => readAll(verified(held(flipped), descriptor, "oci:out")),
  );
  assert.match(error.message, /from a registry: its digest is/);
});

test("what is held to one descriptor is checked against another one", async () => {
  const other = content(OCI.layer, bytesOf(2, 100_000)).descriptor;
  for (const wanted of [other, { ...descriptor, size: 99_999 }]) {
    const held = verified(streamOf(bytes), descriptor, "a registry");
    await failsWith(["verification"], () => readAll(verified(held, wanted, "oci:out")));
  }
});

test("who gives a stream up gives up what it comes from, whether it is right or wrong", async () => {
  const given: unknown[] = [];
  const endless = (): ReadableStream<Uint8Array> =>
    new ReadableStream({
      pull: (controller): void => controller.enqueue(new Uint8Array(60_000)),
      cancel: (reason): void => void given.push(reason),
    });
  await verified(endless(), descriptor, "oci:out").cancel("enough");
  assert.equal(given, ["enough"]);
  const tooLong = verified(endless(), descriptor, "oci:out");
  const error = await failsWith(["verification"], () => readAll(tooLong));
  assert.is(given[1], error);
});

test("a document is not read beyond its limit", async () => {
  assert.is((await readAll(streamOf(bytes), bytes.length)).length, bytes.length);
  await failsWith(["verification"], () => readAll(streamOf(bytes), bytes.length - 1));
});

test("bytes at hand are checked for digest and size", async () => {
  verify({ descriptor, bytes }, "oci:out");
  await failsWith(["verification"], () => verify({ descriptor, bytes: bytesOf(2, 100_000) }, "x"));
  await failsWith(
    ["verification"],
    () => verify({ descriptor: { ...descriptor, size: 1 }, bytes }, "x"),
  );
});

test.run();
