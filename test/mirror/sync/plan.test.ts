import { test } from "uvu";
import * as assert from "uvu/assert";
import { copy } from "../../../build/copy/copy.ts";
import { PauseError } from "../../../build/error.ts";
import { itemsOf } from "../../../build/mirror/sync/items.ts";
import { planItems, type Planned, type PlanOptions } from "../../../build/mirror/sync/plan.ts";
import { readIndex } from "../../../build/oci/document.ts";
import { fileOf, type Places, places, putSample } from "./places.ts";

async function plan(
  at: Places,
  sources: readonly string[],
  options: PlanOptions = {},
  destinations: readonly string[] = ["h.io/{path}"],
): Promise<Planned[]> {
  const { items } = await itemsOf(fileOf(sources, destinations), at, {
    readList: () => Promise.resolve(""),
  });
  return await planItems(items, at, options);
}

const states = (planned: readonly Planned[]): unknown =>
  planned.map(({ source, destinations, error }) => [
    source,
    error?.code ?? destinations.map(({ state }) => state).join(" "),
  ]);

test("an image that is up to date costs one request at its source and one at its destination", async () => {
  const at = places();
  await putSample(at.at("a.io/b"), ["1"]);
  await copy(at.at("a.io/b"), "1", at.at("h.io/b"), { tags: ["1"] });
  at.asked.length = 0;
  const [planned] = await plan(at, ["image: a.io/b:1"], { deep: true });
  assert.equal(planned?.destinations, [{ destination: "h.io/b:1", state: "current" }]);
  assert.equal(at.asked.sort(), ["resolve a.io/b:1", "resolve h.io/b:1"]);
});

test("a shallow plan says what is missing and what is outdated, by as few requests", async () => {
  const at = places();
  await putSample(at.at("a.io/b"), ["new"], 1);
  await putSample(at.at("a.io/b"), ["moved"], 2);
  await putSample(at.at("h.io/b"), ["moved"], 1);
  at.asked.length = 0;
  const planned = await plan(at, ["image: a.io/b\n    tags: [new, moved]"]);
  assert.equal(states(planned), [["a.io/b:new", "missing"], ["a.io/b:moved", "outdated"]]);
  assert.is(at.asked.length, 4);
});

test("a deep plan counts what would be sent, and sends nothing", async () => {
  const at = places();
  const index = await putSample(at.at("a.io/b"), ["1"]);
  at.asked.length = 0;
  const [planned] = await plan(at, ["image: a.io/b:1"], { deep: true });
  const children = readIndex(index.bytes).manifests;
  const manifests = children.reduce((sum, { size }) => sum + size, index.descriptor.size);
  const sending = planned?.destinations[0]?.sending;
  assert.is(sending?.manifests, 3);
  assert.is(sending?.blobs, 4);
  // Two layers of 100 bytes each, and two configs.
  assert.ok((sending?.bytes ?? 0) > manifests + 200);
  assert.ok((sending?.bytes ?? 0) < manifests + 2000);
  assert.not.ok(at.asked.some((what) => what.startsWith("put")));
});

test("what the destination has is not counted", async () => {
  const at = places();
  const index = await putSample(at.at("a.io/b"), ["1"]);
  const [first] = readIndex(index.bytes).manifests;
  await copy(at.at("a.io/b"), first?.digest ?? "", at.at("h.io/b"), { tags: [] });
  const [planned] = await plan(at, ["image: a.io/b:1"], { deep: true });
  const { manifests, blobs } = planned?.destinations[0]?.sending ?? {};
  assert.equal([manifests, blobs], [2, 2]);
});

test("layers that two tags share are counted once", async () => {
  const at = places();
  await putSample(at.at("a.io/b"), ["1", "2"]);
  const planned = await plan(at, ['image: a.io/b\n    tags: ["1", "2"]'], { deep: true });
  const blobs = planned.map(({ destinations }) => destinations[0]?.sending?.blobs ?? 0);
  assert.equal(blobs.reduce((sum, count) => sum + count), 4);
});

test("each destination has its own state; tags in one repository are looked at together", async () => {
  const at = places();
  await putSample(at.at("a.io/b"), ["1"]);
  await copy(at.at("a.io/b"), "1", at.at("h.io/b"), { tags: ["1"] });
  const to = ["h.io/{path}", "i.io/{path}", "h.io/{path}:stable"];
  const [planned] = await plan(at, ["image: a.io/b:1"], {}, to);
  assert.equal(planned?.destinations, [
    { destination: "h.io/b:1,stable", state: "outdated" },
    { destination: "i.io/b:1", state: "missing" },
  ]);
});

test("a tag that is not there is an error that names a near one, and stops no other image", async () => {
  const at = places();
  await putSample(at.at("a.io/b"), ["3.10"]);
  const planned = await plan(at, ['image: a.io/b\n    tags: ["3.1O", "3.10"]']);
  assert.equal(states(planned), [["a.io/b:3.1O", "registry"], ["a.io/b:3.10", "missing"]]);
  assert.match(planned[0]?.error?.message ?? "", /Did you mean "3\.10"\?/);
});

test("a destination that cannot be asked is failed, and the other one is not", async () => {
  const at = places();
  await putSample(at.at("a.io/b"), ["1"]);
  const down = new PauseError("registry", "Cannot push h.io/b: it is down.");
  const broken: Places = {
    ...at,
    destination: (repository) =>
      repository.host === "h.io"
        ? { ...at.destination(repository), resolve: () => Promise.reject(down) }
        : at.destination(repository),
  };
  const [planned] = await plan(broken, ["image: a.io/b:1"], {}, ["h.io/{path}", "i.io/{path}"]);
  assert.equal(planned?.destinations.map(({ state }) => state), ["failed", "missing"]);
  assert.is(planned?.destinations[0]?.error, down);
});

test("an image that is known by its digest is looked for by it", async () => {
  const at = places();
  const { descriptor: { digest } } = await putSample(at.at("a.io/b"), ["1"]);
  const sources = [`image: a.io/b@${digest}`];
  assert.equal(states(await plan(at, sources)), [[`a.io/b@${digest}`, "missing"]]);
  await copy(at.at("a.io/b"), digest, at.at("h.io/b"), { tags: [] });
  assert.equal(states(await plan(at, sources)), [[`a.io/b@${digest}`, "current"]]);
});

test("of a subset only its platforms are counted; a sparse index is looked through", async () => {
  const at = places();
  const index = await putSample(at.at("a.io/b"), ["1"]);
  const sources = ["image: a.io/b:1\n    platforms: [linux/amd64]"];
  const [planned] = await plan(at, sources, { deep: true });
  const { manifests, blobs } = planned?.destinations[0]?.sending ?? {};
  assert.equal([manifests, blobs], [2, 2]);
  // The tag is right, and one of the platforms is not there.
  await copy(at.at("a.io/b"), "1", at.at("h.io/b"), { tags: ["1"] });
  assert.equal(states(await plan(at, sources)), [["a.io/b:1", "current"]]);
  const [first] = readIndex(index.bytes).manifests;
  const resolve = at.at("h.io/b").resolve;
  const sparse: Places = {
    ...at,
    destination: (repository) => ({
      ...at.destination(repository),
      resolve: async (ref) => ref === first?.digest ? undefined : await resolve(ref),
    }),
  };
  assert.equal(states(await plan(sparse, sources)), [["a.io/b:1", "incomplete"]]);
});

test("a plan is given up at once when it is interrupted", async () => {
  const at = places();
  await putSample(at.at("a.io/b"), ["1"]);
  const reason = new PauseError("interrupted", "Stopped.");
  try {
    await plan(at, ["image: a.io/b:1"], { signal: AbortSignal.abort(reason) });
    assert.unreachable();
  } catch (error) {
    assert.is(error, reason);
  }
});

test.run();
