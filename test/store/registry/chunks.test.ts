import { test } from "uvu";
import * as assert from "uvu/assert";
import { content } from "../../../build/oci/descriptor.ts";
import { OCI } from "../../../build/oci/media-types.ts";
import type { Store } from "../../../build/store/store.ts";
import { failsWith } from "../../support/fails.ts";
import { bytesOf, streamOf } from "../../support/images.ts";
import { type RegistryOptions, type TestRegistry, withRegistry } from "../../support/registry.ts";
import { withHeaders, without } from "../../support/registry/alterations.ts";
import type { FaultOrder } from "../../support/registry/faults.ts";
import { putBlob } from "../put.ts";
import { openStore, REPOSITORY } from "./open.ts";

const MIB = 1024 * 1024;
/** More than is kept in memory, and five chunks and a bit. */
const BLOB = content(OCI.layer, bytesOf(1, 5 * MIB + 5));
const SMALL = content(OCI.layer, bytesOf(2, 700_000));

const BROKEN: FaultOrder = { route: "upload", method: "PUT", fault: { cutUpload: 1000 } };
const TOO_LARGE: FaultOrder = {
  route: "upload",
  method: "PUT",
  // As nginx does it: before it has read it all, and on a connection that ends there.
  fault: { status: 413, early: true, headers: { connection: "close" } },
};

/** A store that sends chunks of 1 MiB, on a registry that has all of `faults` in stock. */
function uploading(
  options: RegistryOptions,
  faults: readonly FaultOrder[],
  use: (store: Store, registry: TestRegistry) => Promise<void>,
): Promise<void> {
  return withRegistry(options, async (registry) => {
    for (const fault of faults) registry.fault(fault);
    await use(openStore(registry, { chunkSize: MIB }), registry);
  });
}

/** What each chunk that was sent said it was. */
function chunks(registry: TestRegistry): string[] {
  return registry.logged("PATCH upload").map(({ headers }) => `${headers["content-range"]}`);
}

function isThere({ repositories }: TestRegistry, { descriptor, bytes }: typeof BLOB): boolean {
  const held = repositories.get(REPOSITORY)?.blobs.get(descriptor.digest);
  return held !== undefined && held.length === bytes.length &&
    held.every((byte, at) => byte === bytes[at]);
}

function ranges(size: number, chunk: number): string[] {
  return Array.from(
    { length: Math.ceil(size / chunk) },
    (_, at) => `${at * chunk}-${Math.min(size, (at + 1) * chunk) - 1}`,
  );
}

test("a large blob whose upload breaks off goes in chunks the second time", async () => {
  await uploading({}, [BROKEN], async (store, registry) => {
    await putBlob(store, BLOB);
    assert.ok(isThere(registry, BLOB));
    assert.equal(chunks(registry), ranges(BLOB.bytes.length, MIB));
    const [, end, ...more] = registry.logged("PUT upload");
    assert.equal([end?.headers["content-length"], more.length], ["0", 0]);
  });
});

test("a blob that goes whole is not chunked, however large", async () => {
  await uploading({}, [], async (store, registry) => {
    await putBlob(store, BLOB);
    assert.equal(chunks(registry), []);
  });
});

test("each chunk goes to the address that came with the answer to the one before", async () => {
  await uploading({ absoluteLocations: false }, [BROKEN], async (store, registry) => {
    await putBlob(store, BLOB);
    const states = registry.logged("PATCH upload").map(({ query }) => query);
    assert.equal(states, [0, 1, 2, 3, 4, 5].map((at) => `?state=a%2Fb%2Bc%3D${at * MIB}`));
  });
});

test("a blob that the registry finds too large goes in chunks, which are halved until they are not", async () => {
  const halved: FaultOrder = { ...TOO_LARGE, method: "PATCH", times: 2 };
  await uploading({}, [TOO_LARGE, halved], async (store, registry) => {
    await putBlob(store, SMALL);
    assert.ok(isThere(registry, SMALL));
    assert.equal(chunks(registry), ["0-349999", "0-174999", ...ranges(700_000, 87_500)]);
    const left = registry.logged("DELETE upload").map(({ status }) => status);
    assert.equal(left, [204], "the place for the whole blob was given back");
  });
});

test("chunks are never halved below the registry's minimum, and what it refuses then is an error", async () => {
  const faults = [TOO_LARGE, { ...TOO_LARGE, method: "PATCH", times: 99 }];
  await uploading({ chunkMinimum: 200_000 }, faults, async (store, registry) => {
    const { message } = await failsWith(["registry"], () => putBlob(store, SMALL));
    assert.match(message, /answered 413 to the blob sha256:/);
    assert.equal(chunks(registry), ["0-349999", "0-199999"]);
  });
});

test("without a minimum of the registry's, chunks end at 64 KiB", async () => {
  const faults = [TOO_LARGE, { ...TOO_LARGE, method: "PATCH", times: 99 }];
  await uploading({}, faults, async (store, registry) => {
    await failsWith(["registry"], () => putBlob(store, SMALL));
    assert.is(chunks(registry).at(-1), "0-65535");
    assert.is(registry.repositories.get(REPOSITORY)?.blobs.size ?? 0, 0);
  });
});

test("chunks are as long as the registry wants them at least", async () => {
  await uploading({ chunkMinimum: 2 * MIB }, [BROKEN], async (store, registry) => {
    await putBlob(store, BLOB);
    assert.ok(isThere(registry, BLOB));
    assert.equal(chunks(registry), ranges(BLOB.bytes.length, 2 * MIB));
  });
});

test("an upload goes on where the registry says that it broke off", async () => {
  const faults: FaultOrder[] = [
    BROKEN,
    { route: "upload", method: "PATCH", nth: 2, fault: { cutUpload: 1000 } },
    { route: "upload", method: "PATCH", nth: 4, fault: { reset: "after" } },
  ];
  await uploading({ resumesUploads: true }, faults, async (store, registry) => {
    let opened = 0;
    await store.putBlob(BLOB.descriptor, () => {
      opened++;
      return Promise.resolve(streamOf(BLOB.bytes));
    });
    assert.ok(isThere(registry, BLOB));
    const all = ranges(BLOB.bytes.length, MIB);
    // The second was cut off and is sent again; of the third only the answer was lost.
    assert.equal(chunks(registry), [all[0], all[1], ...all.slice(1)]);
    assert.is(registry.logged("GET upload").length, 2);
    assert.is(registry.logged("POST upload-start").length, 2);
    assert.is(opened, 2, "what is sent again is still in memory");
  });
});

test("an upload of which the registry knows nothing any more starts over, at a new place", async () => {
  const lost: FaultOrder = { route: "upload", method: "PATCH", nth: 2, fault: { reset: "after" } };
  await uploading({}, [BROKEN, lost], async (store, registry) => {
    await putBlob(store, BLOB);
    assert.ok(isThere(registry, BLOB));
    const all = ranges(BLOB.bytes.length, MIB);
    assert.equal(chunks(registry), [all[0], all[1], ...all]);
    assert.is(registry.logged("POST upload-start").length, 3);
  });
});

test("a chunk that the registry says it has only a part of is followed by the rest", async () => {
  const half = { range: `0-${MIB / 2 - 1}` };
  const faults: FaultOrder[] = [
    BROKEN,
    { route: "upload", method: "PATCH", fault: { alter: withHeaders(half) } },
  ];
  await uploading({ resumesUploads: true, checksRanges: true }, faults, async (store, registry) => {
    await putBlob(store, BLOB);
    // The registry had it all: it refuses the rest with 416, and says so when it is asked.
    assert.ok(isThere(registry, BLOB));
    const [first, , ...later] = ranges(BLOB.bytes.length, MIB);
    assert.equal(chunks(registry).slice(0, 2), [first, `${MIB / 2}-${MIB * 3 / 2 - 1}`]);
    assert.equal(chunks(registry).slice(-later.length), later);
    assert.is(registry.logged("GET upload").length, 1);
  });
});

test("a registry that does not say how much it has is believed to have what was sent", async () => {
  const silent: FaultOrder = {
    route: "upload",
    method: "PATCH",
    times: 9,
    fault: { alter: without("range") },
  };
  await uploading({}, [BROKEN, silent], async (store, registry) => {
    await putBlob(store, BLOB);
    assert.ok(isThere(registry, BLOB));
    assert.is(registry.logged("GET upload").length, 0);
  });
});

test("a registry that knows no chunks gets the blob whole again", async () => {
  for (const status of [405, 501]) {
    const none: FaultOrder = { route: "upload", method: "PATCH", fault: { status } };
    await uploading({}, [BROKEN, none], async (store, registry) => {
      await putBlob(store, BLOB);
      assert.ok(isThere(registry, BLOB));
      assert.is(chunks(registry).length, 1);
    });
  }
});

test("an upload whose last answer was lost is not repeated when the blob is there", async () => {
  const lost: FaultOrder = { route: "upload", method: "PUT", nth: 2, fault: { reset: "after" } };
  await uploading({ resumesUploads: true }, [BROKEN, lost], async (store, registry) => {
    await putBlob(store, BLOB);
    assert.ok(isThere(registry, BLOB));
    assert.equal(chunks(registry), ranges(BLOB.bytes.length, MIB));
  });
});

test("chunks that break off again and again are given up, and the registry is told", async () => {
  const never: FaultOrder = {
    route: "upload",
    method: "PATCH",
    times: 99,
    fault: { reset: "before" },
  };
  for (const resumesUploads of [true, false]) {
    await uploading({ resumesUploads }, [BROKEN, never], async (store, registry) => {
      const { message } = await failsWith(["registry"], () => putBlob(store, BLOB));
      assert.match(message, /the connection broke/);
      assert.ok(chunks(registry).length <= 8, `${chunks(registry).length} chunks`);
      assert.is(registry.logged("DELETE upload").at(-1)?.status, 204);
      assert.is(registry.repositories.get(REPOSITORY)?.blobs.size ?? 0, 0);
    });
  }
});

test("an upload that the registry refuses is given up, and the registry is told", async () => {
  const refused: FaultOrder = { route: "upload", method: "PUT", fault: { status: 403 } };
  await uploading({}, [refused], async (store, registry) => {
    await failsWith(["authentication"], () => putBlob(store, SMALL));
    assert.equal(registry.logged("DELETE upload").map(({ status }) => status), [204]);
  });
});

test("chunks of a source that gives other bytes never become a blob", async () => {
  await uploading({}, [BROKEN], async (store, registry) => {
    let opened = 0;
    const open = (): Promise<ReadableStream<Uint8Array>> => {
      const bytes = BLOB.bytes.slice();
      if (opened++ > 0) bytes[3 * MIB] = (bytes[3 * MIB] ?? 0) ^ 1;
      return Promise.resolve(streamOf(bytes));
    };
    await failsWith(["verification"], () => store.putBlob(BLOB.descriptor, open));
    assert.is(chunks(registry).length, 5, "all but the last");
    assert.is(registry.repositories.get(REPOSITORY)?.blobs.size ?? 0, 0);
    assert.is(registry.logged("DELETE upload").at(-1)?.status, 204);
  });
});

test("a registry that mixes chunks up gets them again, and keeps nothing wrong", async () => {
  // It takes chunks wherever they belong, and one of them twice.
  const faults: FaultOrder[] = [
    BROKEN,
    { route: "upload", method: "PATCH", nth: 2, fault: { alter: withHeaders({ range: "0-9" }) } },
  ];
  const options = { resumesUploads: true, checksRanges: false };
  await uploading(options, faults, async (store, registry) => {
    const outcome = await putBlob(store, BLOB).then(() => "put", () => "failed");
    assert.is(isThere(registry, BLOB), outcome === "put");
  });
});

test("a registry that wants chunks of more than fits into memory does not get them", async () => {
  const hungry = {
    location: "/v2/k8s/pause/blobs/uploads/1",
    "oci-chunk-min-length": "9000000000",
  };
  await uploading({}, [TOO_LARGE], async (store, registry) => {
    const refusal = { status: 413 };
    registry.fault({ route: "upload-start", times: 9, fault: { status: 202, headers: hungry } });
    registry.fault({ route: "upload", method: "PATCH", times: 99, fault: refusal });
    await failsWith(["registry"], () => putBlob(store, SMALL));
    assert.equal(chunks(registry).slice(0, 2), ["0-349999", "0-174999"]);
  });
});

test.run();
