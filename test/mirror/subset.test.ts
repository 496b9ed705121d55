import { test } from "uvu";
import * as assert from "uvu/assert";
import { mirrorImage } from "../../build/mirror/mirror.ts";
import type { MirrorOptions } from "../../build/mirror/options.ts";
import type { Mirrored } from "../../build/mirror/report.ts";
import { choose, matches, ORIGINAL_DIGEST, readWanted } from "../../build/mirror/subset.ts";
import { content, jsonContent } from "../../build/oci/descriptor.ts";
import { readIndex } from "../../build/oci/document.ts";
import { isManifest, OCI } from "../../build/oci/media-types.ts";
import { memoryStore } from "../../build/store/memory.ts";
import { registryStore } from "../../build/store/registry/registry.ts";
import type { Store } from "../../build/store/store.ts";
import { verify } from "../../build/store/verified.ts";
import { failsWith } from "../support/fails.ts";
import { bytesOf, sampleImage } from "../support/images.ts";
import { withRegistry } from "../support/registry.ts";
import { putBlob, putImage } from "../store/put.ts";
import { lacking, referrersIn } from "./stores.ts";
import { upstreamImage, upstreamStore } from "./upstream-image.ts";

const IMAGE = upstreamImage();
const DIGEST = IMAGE.index.descriptor.digest;
const TAG = "3.10";

/** A registry that takes an index whose images are not there. */
function lenient(name: string): Store {
  const inner = memoryStore(name);
  const sparse = new Map<string, Parameters<Store["putManifest"]>[0]>();
  return {
    ...inner,
    resolve: async (ref) => sparse.get(ref)?.descriptor ?? await inner.resolve(ref),
    getManifest: async (ref) => sparse.get(ref) ?? await inner.getManifest(ref),
    putManifest: async (manifest, tags) => {
      if (manifest.descriptor.mediaType !== IMAGE.index.descriptor.mediaType) {
        return await inner.putManifest(manifest, tags);
      }
      verify(manifest, name);
      for (const ref of [manifest.descriptor.digest, ...tags]) sparse.set(ref, manifest);
    },
  };
}

async function mirrorTo(
  store: Store,
  form: "sparse" | "rewritten",
  wanted: readonly string[],
  options: MirrorOptions = {},
): Promise<Mirrored> {
  const subset = { form, platforms: wanted.map(readWanted) };
  return await mirrorImage(await upstreamStore(IMAGE), TAG, [{ store, tags: [TAG] }], {
    ...options,
    subset,
  });
}

const names = (store: Store, digest: string): Promise<string[]> =>
  store.getManifest(digest).then(({ bytes }) =>
    readIndex(bytes).manifests.map(({ platform = { os: "", architecture: "" } }) =>
      [platform.os, platform.architecture, platform.variant, platform["os.version"]]
        .filter(Boolean).join("/")
    )
  );

test("a platform is wanted by its variant, or by all of them", () => {
  const is = (platform: string, wanted: string): boolean =>
    matches(readWanted(platform), readWanted(wanted));
  assert.ok(is("linux/arm/v7", "linux/arm"));
  assert.ok(is("linux/arm", "linux/arm/v7"));
  assert.not.ok(is("linux/arm/v6", "linux/arm/v7"));
  assert.ok(is("linux/arm64", "linux/arm64/v8"));
  assert.ok(is("linux/arm64/v8", "arm64"));
  assert.not.ok(is("windows/amd64", "linux/amd64"));
});

test("a Windows build is wanted by its beginning", () => {
  const is = (version: string, wanted: string): boolean =>
    matches(
      { os: "windows", architecture: "amd64", "os.version": version },
      readWanted(`windows/amd64${wanted}`),
    );
  assert.ok(is("10.0.20348.2113", ":10.0.20348"));
  assert.ok(is("10.0.20348.2113", ":10.0.20348.2113"));
  assert.ok(is("10.0.20348", ":10.0.20348"));
  assert.ok(is("10.0.20348.2113", ""));
  assert.not.ok(is("10.0.20348.2113", ":10.0.2034"));
  assert.not.ok(is("10.0.17763.1", ":10.0.20348"));
  assert.not.ok(
    matches({ os: "windows", architecture: "amd64" }, readWanted("windows/amd64:10.0.1")),
  );
});

test("what is no platform is refused", async () => {
  for (
    const text of ["linux/amd64:latest", "linux/amd64/v1/x", "a:1.2:3.4", ":10.0.1", "Linux/x"]
  ) {
    await failsWith(["usage"], () => readWanted(text));
  }
});

test("attestations follow the image that they are about", () => {
  const { kept } = choose(IMAGE.index, [readWanted("linux/amd64")], "it");
  const all = readIndex(IMAGE.index.bytes).manifests;
  const amd64 = IMAGE.images.get("linux/amd64")?.descriptor.digest;
  const about = all.filter(({ annotations }) =>
    annotations?.["vnd.docker.reference.digest"] === amd64
  );
  assert.is(about.length, 1);
  assert.equal([...kept], [amd64, about[0]?.digest]);
});

test("a rewritten index names what is there, and the digest that it was made from", async () => {
  const store = memoryStore("mirror.example/pause");
  const events: string[] = [];
  const wanted = ["linux/amd64", "windows/amd64:10.0.20348"];
  const { deliveries, digest, notes } = await mirrorTo(store, "rewritten", wanted, {
    onEvent: (event) => event.type === "note" && events.push(event.note),
  });
  assert.is(digest, DIGEST);
  const [delivery] = deliveries;
  assert.is(delivery?.outcome, "copied");
  const made = delivery?.digest ?? "";
  assert.is.not(made, DIGEST);
  assert.is((await store.resolve(TAG))?.digest, made);
  assert.equal(await names(store, TAG), [
    "linux/amd64",
    "windows/amd64/10.0.20348.3207",
    "unknown/unknown",
  ]);
  const { bytes } = await store.getManifest(TAG);
  assert.equal(readIndex(bytes).annotations, { [ORIGINAL_DIGEST]: DIGEST });
  // Everything else is as it was, what nobody knows too.
  assert.match(new TextDecoder().decode(bytes), /"x-unknown":\{"z":1,"a":\[1.5,"\u00e9"\]\}/);
  assert.equal(await lacking(store, TAG), []);
  assert.is(notes.length, 1);
  assert.match(notes[0] ?? "", new RegExp(`rewritten.*${made}.*no longer ${DIGEST}`));
  assert.equal(events, notes);
});

test("with a rewritten index the referrers of its images come along, and those of the index do not", async () => {
  const store = memoryStore("mirror.example/pause");
  const { deliveries } = await mirrorTo(store, "rewritten", ["linux/amd64"]);
  assert.is(deliveries[0]?.referrers, 2);
  const amd64 = IMAGE.images.get("linux/amd64");
  const [sbom, , childSbom] = IMAGE.referrers;
  if (amd64 === undefined || sbom === undefined) throw new Error("no image");
  assert.equal(await referrersIn(store, amd64), [childSbom?.descriptor.digest]);
  assert.is(await store.resolve(sbom.descriptor.digest), undefined);
});

test("the same platforms make the same index: the second time it is up to date", async () => {
  await withRegistry({}, async ({ host, log }) => {
    const store = registryStore({ host, repository: "pause" });
    await mirrorTo(store, "rewritten", ["linux/amd64"]);
    const before = log.length;
    const { deliveries } = await mirrorTo(store, "rewritten", ["linux/amd64"]);
    assert.is(deliveries[0]?.outcome, "present");
    assert.equal(log.slice(before).map(({ method }) => method), ["HEAD"]);
  });
});

test("a sparse index keeps its digest, and the images that were not wanted stay behind", async () => {
  const store = lenient("mirror.example/pause");
  const { deliveries, notes } = await mirrorTo(store, "sparse", ["linux/arm64/v8"]);
  assert.equal([deliveries[0]?.outcome, deliveries[0]?.digest], ["copied", DIGEST]);
  assert.equal(notes, []);
  assert.equal((await store.getManifest(TAG)).bytes, IMAGE.index.bytes);
  const missing = (await lacking(store, TAG)).sort();
  const expected = readIndex(IMAGE.index.bytes).manifests.map(({ digest }) => digest)
    .filter((one) => one !== IMAGE.images.get("linux/arm64")?.descriptor.digest).sort();
  assert.equal(missing, expected);
  // A second platform is brought although the tag is right already.
  const more = await mirrorTo(store, "sparse", ["linux/arm64", "linux/amd64"]);
  assert.is(more.deliveries[0]?.outcome, "copied");
  assert.is((await lacking(store, TAG)).length, missing.length - 2);
});

test("a registry that refuses a sparse index: the error says to have it rewritten", async () => {
  await withRegistry({}, async ({ host }) => {
    for (const store of [registryStore({ host, repository: "pause" }), memoryStore("x/y")]) {
      const { deliveries } = await mirrorTo(store, "sparse", ["linux/amd64"]);
      assert.is(deliveries[0]?.error?.code, "registry");
      assert.match(deliveries[0]?.error?.message ?? "", /refuses a sparse index.*--rewrite/);
      assert.is(await store.resolve(TAG), undefined);
    }
  });
});

test("a platform that is not there is an error that names those that are", async () => {
  const store = memoryStore("mirror.example/pause");
  for (const form of ["sparse", "rewritten"] as const) {
    const error = await failsWith(
      ["usage"],
      () => mirrorTo(store, form, ["linux/amd64", "linux/riscv64"]),
    );
    assert.match(
      error.message,
      /for linux\/riscv64: it has linux\/amd64, linux\/arm\/v7, .*windows\/amd64 10\.0\.17763\.6893, /,
    );
    assert.not.match(error.message, /unknown/);
  }
  assert.is(await store.resolve(TAG), undefined);
});

test("of an index of very many platforms an error names some", async () => {
  const { descriptor } = sampleImage(1).manifest;
  const index = jsonContent(OCI.index, {
    schemaVersion: 2,
    mediaType: OCI.index,
    manifests: Array.from({ length: 1000 }, (_, at) => ({
      ...descriptor,
      platform: { os: "linux", architecture: `arch${at}` },
    })),
  });
  const { message } = await failsWith(
    ["usage"],
    () => choose(index, [readWanted("linux/amd64")], "source.example/pause:3.10"),
  );
  assert.match(message, /arch19 and 980 more\./);
});

test("all platforms of an index are no subset: nothing is rewritten", async () => {
  const store = memoryStore("mirror.example/pause");
  const { deliveries, notes } = await mirrorTo(store, "rewritten", [
    "linux/amd64",
    "linux/arm",
    "linux/arm64",
    "linux/ppc64le",
    "linux/s390x",
    "windows/amd64",
  ]);
  assert.is(deliveries[0]?.digest, DIGEST);
  assert.equal(notes, []);
});

test("what is no image at all is for no platform, and the error names it", async () => {
  const store = memoryStore("source.example/chart");
  const { layer } = sampleImage(1);
  const config = content("application/vnd.cncf.helm.config.v1+json", bytesOf(2, 10));
  const chart = jsonContent(OCI.manifest, {
    schemaVersion: 2,
    mediaType: OCI.manifest,
    config: config.descriptor,
    layers: [layer.descriptor],
  });
  for (const blob of [layer, config]) await putBlob(store, blob);
  await store.putManifest(chart, ["1.0.0"]);
  const subset = { platforms: [readWanted("linux/amd64")], form: "rewritten" } as const;
  const to = [{ store: memoryStore("mirror.example/chart"), tags: ["1.0.0"] }];
  const act = (): Promise<unknown> => mirrorImage(store, "1.0.0", to, { subset });
  const { message } = await failsWith(["usage"], act);
  assert.match(message, /source\.example\/chart:1\.0\.0 .*no platforms\. Mirror all of it\./);
});

test("an image that is no index is held to the platform that it says it is for", async () => {
  const source = memoryStore("source.example/app");
  await putImage(source, sampleImage(5), ["v1"]);
  const store = memoryStore("mirror.example/app");
  const to = [{ store, tags: ["v1"] }];
  const wanting = (platform: string): MirrorOptions => ({
    subset: { form: "rewritten", platforms: [readWanted(platform)] },
  });
  const error = await failsWith(
    ["usage"],
    () => mirrorImage(source, "v1", to, wanting("linux/arm64")),
  );
  assert.match(error.message, /it has linux\/amd64/);
  const { deliveries } = await mirrorImage(source, "v1", to, wanting("linux/amd64"));
  assert.is(deliveries[0]?.outcome, "copied");
  assert.ok(isManifest((await store.resolve("v1"))?.mediaType ?? ""));
});

test.run();
