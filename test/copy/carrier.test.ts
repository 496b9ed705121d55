import { test } from "uvu";
import * as assert from "uvu/assert";
import { carrier, copy } from "../../build/copy/copy.ts";
import { jsonContent } from "../../build/oci/descriptor.ts";
import { OCI } from "../../build/oci/media-types.ts";
import { memoryStore } from "../../build/store/memory.ts";
import type { Store } from "../../build/store/store.ts";
import { failsWith } from "../support/fails.ts";
import { sampleImage, sampleIndex } from "../support/images.ts";
import { lacking, recorded } from "../mirror/stores.ts";

const [ONE, TWO] = [sampleImage(1), sampleImage(2)];
const INDEX = sampleIndex([ONE, TWO]);
const source = (): Store =>
  memoryStore("source", [ONE, TWO].flatMap((image) => Object.values(image)).concat(INDEX));

test("a carrier looks at a blob once, however many graphs name it", async () => {
  const { store, calls } = recorded(memoryStore("destination"));
  const sender = carrier(source(), store);
  await sender.carry(ONE.manifest.descriptor.digest, ["one"]);
  await sender.carry(INDEX.descriptor.digest, ["all"]);
  const about = calls.filter((call) => /^(has|put)Blob/.test(call));
  assert.is(new Set(about).size, about.length);
  assert.equal(await lacking(store, "all"), []);
});

test("indexes that name the same one twice at every level are each read and written once", async () => {
  let top = ONE.manifest;
  const all = Object.values(ONE);
  // Read once for each way that leads there, the image would be read 1,024 times.
  for (let level = 0; level < 10; level++) {
    const manifests = ["a", "b"].map((architecture) => ({
      ...top.descriptor,
      platform: { architecture, os: "linux" },
    }));
    top = jsonContent(OCI.index, { schemaVersion: 2, mediaType: OCI.index, manifests });
    all.push(top);
  }
  const from = recorded(memoryStore("source", all));
  const to = recorded(memoryStore("destination"));
  await copy(from.store, top.descriptor.digest, to.store, { tags: ["all"] });
  assert.is(from.calls.filter((call) => call.startsWith("getManifest")).length, 11);
  assert.is(to.calls.filter((call) => call.startsWith("putManifest")).length, 11);
  assert.equal(await lacking(to.store, "all"), []);
});

test("a carrier carries nothing more after a failure", async () => {
  const { store, calls } = recorded(memoryStore("destination"));
  const sender = carrier(source(), store);
  await failsWith(["storage"], () => sender.carry("none", ["none"]));
  await failsWith(["storage"], () => sender.carry(INDEX.descriptor.digest, ["all"]));
  assert.equal(calls.filter((call) => call.startsWith("put")), []);
});

test("what is to be done before the root is done before it, and its failure keeps the root away", async () => {
  const { store, calls } = recorded(memoryStore("destination"));
  await carrier(source(), store).carry(INDEX.descriptor.digest, ["all"], {
    before: async () => {
      await Promise.resolve();
      calls.push("before");
    },
  });
  const put = calls.indexOf(`putManifest ${INDEX.descriptor.digest} all`);
  assert.ok(calls.indexOf("before") >= 0 && calls.indexOf("before") < put);
  const clean = memoryStore("clean");
  const sender = carrier(source(), clean);
  const before = (): Promise<never> => Promise.reject(new Error("no"));
  try {
    await sender.carry(INDEX.descriptor.digest, ["all"], { before });
    assert.unreachable();
  } catch (error) {
    assert.is((error as Error).message, "no");
  }
  assert.is(await clean.resolve("all"), undefined);
});

test("a destination that was asked already is not asked again", async () => {
  const { store, calls } = recorded(memoryStore("destination"));
  await carrier(source(), store).carry(INDEX.descriptor.digest, ["all"], { here: "absent" });
  assert.equal(calls.filter((call) => call === "resolve all"), []);
});

test("a deep copy looks below a manifest that a registry has, and brings what is missing", async () => {
  const inner = memoryStore("destination");
  await copy(source(), INDEX.descriptor.digest, inner, { tags: ["all"] });
  let lost = true;
  const { store, calls } = recorded({
    ...inner,
    hasBlob: async (blob) =>
      !(lost && blob.digest === TWO.layer.descriptor.digest) && await inner.hasBlob(blob),
  });
  await copy(source(), INDEX.descriptor.digest, store, { tags: ["all"] });
  assert.equal(calls.filter((call) => call.startsWith("putBlob")), []);
  await copy(source(), INDEX.descriptor.digest, store, { tags: ["all"], deep: true });
  lost = false;
  assert.equal(calls.filter((call) => call.startsWith("putBlob")), [
    `putBlob ${TWO.layer.descriptor.digest}`,
  ]);
});

test("what is left out stays behind, with all below it", async () => {
  const { store, calls } = recorded(memoryStore("destination"));
  const leaveOut = ({ digest }: { readonly digest: string }): boolean =>
    digest === TWO.manifest.descriptor.digest;
  // A destination that takes no index without its images says so.
  await failsWith(
    ["storage"],
    () => copy(source(), INDEX.descriptor.digest, store, { tags: ["all"], leaveOut }),
  );
  const touched = calls.filter((call) => call.includes(TWO.layer.descriptor.digest));
  assert.equal(touched, []);
  assert.equal(await lacking(store, ONE.manifest.descriptor.digest), []);
});

test("another reader is read in place of the source", async () => {
  const { store: real, calls } = recorded(source());
  const destination = memoryStore("destination");
  const read = source();
  await copy(real, INDEX.descriptor.digest, destination, { tags: ["all"], read });
  assert.equal(calls, []);
  assert.equal(await lacking(destination, "all"), []);
});

test("a blob that a neighbour is known to hold is mounted, and not asked about", async () => {
  const inner = memoryStore("destination");
  const neighbour = source();
  const { store, calls } = recorded({
    ...inner,
    mountBlob: async (blob, from) => {
      if (from !== neighbour) return false;
      await inner.putBlob(blob, () => from.getBlob(blob));
      return true;
    },
  });
  const outcomes: string[] = [];
  await copy(source(), ONE.manifest.descriptor.digest, store, {
    tags: ["one"],
    mountFrom: () => neighbour,
    onEvent: ({ outcome }) => outcomes.push(outcome),
  });
  assert.equal(outcomes.sort(), ["copied", "mounted", "mounted"]);
  assert.equal(calls.filter((call) => /Blob/.test(call)), []);
});

test.run();
