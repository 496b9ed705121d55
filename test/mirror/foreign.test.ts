import { test } from "uvu";
import * as assert from "uvu/assert";
import { foreignReader } from "../../build/mirror/foreign.ts";
import { mirrorImage } from "../../build/mirror/mirror.ts";
import type { Descriptor } from "../../build/oci/descriptor.ts";
import { isForeign } from "../../build/oci/foreign.ts";
import { memoryStore } from "../../build/store/memory.ts";
import { failsWith } from "../support/fails.ts";
import { streamOf } from "../support/images.ts";
import { withRegistry } from "../support/registry.ts";
import { putBlob } from "../store/put.ts";
import { recorded } from "./stores.ts";
import { upstreamImage, upstreamStore } from "./upstream-image.ts";

const IMAGE = upstreamImage();
const [LAYER] = IMAGE.foreign;
if (LAYER === undefined) throw new Error("no foreign layer");
const FOREIGN: Descriptor = { ...LAYER.descriptor, urls: ["https://x.example/layer"] };
const RETRY = { statuses: [], attempts: 1, firstDelay: 1, longestDelay: 1 };

/** Where the layers are. */
async function fetchForeign({ digest }: Descriptor): Promise<ReadableStream<Uint8Array>> {
  const found = IMAGE.foreign.find(({ descriptor }) => descriptor.digest === digest);
  return await Promise.resolve(streamOf(found?.bytes ?? new Uint8Array()));
}

test("a layer is foreign by its type and its addresses", () => {
  assert.ok(isForeign(FOREIGN));
  const { urls: _, ...homeless } = FOREIGN;
  assert.not.ok(isForeign(homeless));
  assert.not.ok(isForeign({ ...FOREIGN, urls: [] }));
  const types = ["application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"];
  for (const mediaType of types) assert.ok(isForeign({ ...FOREIGN, mediaType }));
  assert.not.ok(
    isForeign({ ...FOREIGN, mediaType: "application/vnd.oci.image.layer.v1.tar+gzip" }),
  );
});

test("foreign layers stay where they are, and nobody is asked for them", async () => {
  const { store: source, calls } = recorded(await upstreamStore(IMAGE));
  const { store, calls: writes } = recorded(memoryStore("mirror.example/pause"));
  const { deliveries } = await mirrorImage(source, "3.10", [{ store, tags: ["3.10"] }]);
  assert.is(deliveries[0]?.outcome, "copied");
  const digests = IMAGE.foreign.map(({ descriptor }) => descriptor.digest);
  const about = [...calls, ...writes].filter((call) =>
    digests.some((digest) => call.includes(digest))
  );
  assert.equal(about, []);
});

test("included, they are fetched and pushed, and the manifests stay as they were", async () => {
  const destination = memoryStore("mirror.example/pause");
  const source = await upstreamStore(IMAGE);
  const { deliveries } = await mirrorImage(
    source,
    "3.10",
    [{ store: destination, tags: ["3.10"] }],
    {
      foreign: fetchForeign,
    },
  );
  assert.is(deliveries[0]?.digest, IMAGE.index.descriptor.digest);
  for (const { descriptor } of IMAGE.foreign) assert.ok(await destination.hasBlob(descriptor));
});

test("a source that has them itself is asked first", async () => {
  const source = await upstreamStore(IMAGE);
  for (const layer of IMAGE.foreign) await putBlob(source, layer);
  const destination = memoryStore("mirror.example/pause");
  const { deliveries } = await mirrorImage(
    source,
    "3.10",
    [{ store: destination, tags: ["3.10"] }],
    {
      foreign: () => Promise.reject(new Error("nobody is to be asked")),
    },
  );
  assert.is(deliveries[0]?.outcome, "copied");
});

test("what is not the layer is never pushed as it", async () => {
  const destination = memoryStore("mirror.example/pause");
  const { deliveries } = await mirrorImage(
    await upstreamStore(IMAGE),
    "3.10",
    [{ store: destination, tags: ["3.10"] }],
    { foreign: ({ size }) => Promise.resolve(streamOf(new Uint8Array(size))) },
  );
  assert.is(deliveries[0]?.error?.code, "verification");
  assert.is(await destination.resolve("3.10"), undefined);
});

test("addresses without https, of this machine, and of none at all are refused", async () => {
  await withRegistry({}, async ({ host, log }) => {
    const open = foreignReader({ retry: RETRY });
    for (
      const [urls, found] of [
        [[`http://${host}/layer`], /is not https/],
        [["ftp://x.example/layer"], /is not https/],
        [["not an address"], /names no address/],
        [[], /names no address/],
      ] as const
    ) {
      const error = await failsWith(["registry"], () => open({ ...FOREIGN, urls }));
      assert.match(error.message, found);
      assert.match(error.message, /leave out --include-foreign/);
    }
    const error = await failsWith(
      ["registry"],
      () => open({ ...FOREIGN, urls: [`https://${host}/layer?signature=secret`] }),
    );
    assert.match(error.message, /private/);
    assert.not.match(error.message, /secret/);
    assert.equal(log.length, 0);
  });
});

test.run();
