import { test } from "uvu";
import * as assert from "uvu/assert";
import { content } from "../../../build/oci/descriptor.ts";
import { OCI } from "../../../build/oci/media-types.ts";
import type { Store } from "../../../build/store/store.ts";
import { failsWith } from "../../support/fails.ts";
import { bytesOf } from "../../support/images.ts";
import { type RegistryOptions, type TestRegistry, withRegistry } from "../../support/registry.ts";
import { flipped, replaced, withHeaders } from "../../support/registry/alterations.ts";
import type { Answered } from "../../support/registry/answer.ts";
import type { Fault } from "../../support/registry/faults.ts";
import { putBlob, readBlob } from "../put.ts";
import { openStore } from "./open.ts";

const BLOB = content(OCI.layer, bytesOf(1, 1_000_000));

/** A store whose registry holds BLOB, and does to the requests for it what `faults` say, in turn. */
function downloading(
  options: RegistryOptions,
  faults: readonly (Fault | undefined)[],
  use: (store: Store, registry: TestRegistry) => Promise<void>,
): Promise<void> {
  return withRegistry(options, async (registry) => {
    const store = openStore(registry);
    await putBlob(store, BLOB);
    faults.forEach((fault, at) => {
      if (fault) registry.fault({ route: "blob", method: "GET", nth: at + 1, fault });
    });
    await use(store, registry);
  });
}

/** From which byte on the blob was asked for, each time. */
function asked({ logged }: TestRegistry): number[] {
  return logged("GET blob").map(({ headers: { range } }) =>
    Number(/^bytes=(\d+)-$/.exec(`${range}`)?.[1] ?? 0)
  );
}

const CUT: Fault = { cutAfter: 300_000 };

test("a download that breaks off is asked for from there on", async () => {
  await downloading({}, [CUT, CUT], async (store, registry) => {
    assert.equal(await readBlob(store, BLOB.descriptor), BLOB.bytes);
    const [first, second = 0, third = 0] = asked(registry);
    assert.is(first, 0);
    assert.ok(second > 0 && second <= 300_000, `${second}`);
    assert.ok(third > second && third <= second + 300_000, `${third}`);
  });
});

test("a download breaks off a few times at most, and is then an error", async () => {
  const soon: Fault = { cutAfter: 100_000 };
  await downloading({}, [soon, soon, soon, soon, soon], async (store, registry) => {
    const { message } = await failsWith(["registry"], () => readBlob(store, BLOB.descriptor));
    assert.match(message, /the connection broke/);
    assert.is(asked(registry).length, 4);
  });
});

test("a registry that knows no ranges sends it all, and what was read already is passed over", async () => {
  const whole = (answer: Answered): Answered => ({ ...answer, status: 200, body: BLOB.bytes });
  await downloading({}, [CUT, { alter: whole }], async (store, registry) => {
    assert.equal(await readBlob(store, BLOB.descriptor), BLOB.bytes);
    assert.is(asked(registry).length, 2);
  });
});

test("a registry that sends another range, or finds there is none, is asked for all of it", async () => {
  const other = { alter: withHeaders({ "content-range": "bytes 0-999999/1000000" }) };
  for (const fault of [other, { status: 416 }]) {
    await downloading({}, [CUT, fault], async (store, registry) => {
      assert.equal(await readBlob(store, BLOB.descriptor), BLOB.bytes);
      assert.equal([asked(registry).length, asked(registry).at(-1)], [3, 0]);
    });
  }
});

test("a blob that changes while its download breaks off is refused", async () => {
  const other = bytesOf(2, 1_000_000);
  const swapped = (answer: Answered): Answered =>
    replaced(other.subarray(1_000_000 - (answer.body?.length ?? 0)))(answer);
  for (const alter of [swapped, flipped(1000)]) {
    await downloading({}, [CUT, { alter }], async (store) => {
      const { message } = await failsWith(["verification"], () => readBlob(store, BLOB.descriptor));
      assert.match(message, /its digest is sha256:/);
    });
  }
});

test("a blob that is gone, or forbidden, when its download breaks off is an error", async () => {
  for (const [status, code] of [[404, "registry"], [403, "authentication"]] as const) {
    await downloading({}, [CUT, { status }], async (store) => {
      const { message } = await failsWith([code], () => readBlob(store, BLOB.descriptor));
      assert.match(message, `answered ${status} to the blob ${BLOB.descriptor.digest}`);
    });
  }
});

test("a download from a storage is asked of the registry again, which signs another address", async () => {
  await withRegistry({ redirectBlobs: true }, async (registry) => {
    const store = openStore(registry);
    await putBlob(store, BLOB);
    registry.fault({ route: "storage", fault: CUT });
    assert.equal(await readBlob(store, BLOB.descriptor), BLOB.bytes);
    assert.is(asked(registry).length, 2);
    assert.match(`${registry.logged("GET storage").at(-1)?.headers.range}`, /^bytes=\d+-$/);
  });
});

test("a registry that answers late to what is missing is asked again", async () => {
  await downloading({}, [CUT, { status: 503 }, { reset: "before" }], async (store, registry) => {
    assert.equal(await readBlob(store, BLOB.descriptor), BLOB.bytes);
    assert.is(asked(registry).length, 4);
  });
});

test("a download that comes byte by byte, each in time, is given up", async () => {
  await withRegistry({}, async (registry) => {
    await putBlob(openStore(registry), BLOB);
    registry.fault({ route: "blob", method: "GET", times: 9, fault: { drip: 1, every: 20 } });
    const store = openStore(registry, { idleTimeout: 300 });
    const { message, cause } = await failsWith(
      ["registry"],
      () => readBlob(store, BLOB.descriptor),
    );
    assert.match(message, /it stopped answering/);
    assert.match(String(cause), /no byte came or went that is worth waiting for/);
  });
});

test.run();
