import { test } from "uvu";
import * as assert from "uvu/assert";
import { jsonContent } from "../../../build/oci/descriptor.ts";
import { OCI } from "../../../build/oci/media-types.ts";
import type { Store } from "../../../build/store/store.ts";
import { failsWith } from "../../support/fails.ts";
import { sampleImage } from "../../support/images.ts";
import { withRegistry } from "../../support/registry.ts";
import { without } from "../../support/registry/alterations.ts";
import { all, putBlob, putImage } from "../put.ts";
import { openStore } from "./open.ts";

const IMAGE = sampleImage(1);
const SUBJECT = IMAGE.manifest.descriptor.digest;
const FALLBACK = SUBJECT.replace(":", "-");
const SBOM = "application/vnd.example.sbom+json";

const artifact = (seed: number, artifactType?: string): ReturnType<typeof sampleImage> =>
  sampleImage(seed, { subject: IMAGE.manifest, ...(artifactType && { artifactType }) });

async function listed(store: Store, type?: string): Promise<string[]> {
  return (await all(store.referrers(SUBJECT, type))).map(({ digest }) => digest).sort();
}

test("the registry is asked for one type, and what it does not filter is left out here", async () => {
  for (const filtersReferrers of [true, false]) {
    await withRegistry({ filtersReferrers, pageLimit: 1 }, async (registry) => {
      const store = openStore(registry);
      const [sbom, other] = [artifact(2, SBOM), artifact(3)];
      for (const each of [IMAGE, sbom, other]) await putImage(store, each);
      assert.equal(await listed(store, SBOM), [sbom.manifest.descriptor.digest]);
      const [{ query } = { query: "" }] = registry.logged("GET referrers");
      assert.is(query, `?artifactType=${encodeURIComponent(SBOM)}`);
    });
  }
});

const PAGE = {
  status: 200,
  headers: { "content-type": "text/html; charset=utf-8" },
  body: new TextEncoder().encode("<!doctype html>"),
};

/** How registries without a referrers API answer, where the specification has it otherwise. */
const NO_API = [{ status: 400 }, { status: 405 }, { status: 406 }, { status: 501 }, PAGE];

test("a registry that says in any of the usual ways that it has no referrers API is taken at its word", async () => {
  for (const fault of [{ status: 404 }, ...NO_API]) {
    await withRegistry({ referrersApi: false }, async (registry) => {
      const store = openStore(registry);
      for (const each of [IMAGE, artifact(2)]) await putImage(store, each);
      registry.fault({ route: "referrers", fault });
      assert.equal(await listed(store), [artifact(2).manifest.descriptor.digest]);
    });
  }
});

test("a strict store takes a list for empty only when the registry says so as the specification has it", async () => {
  for (const fault of NO_API) {
    await withRegistry({ referrersApi: false }, async (registry) => {
      const store = openStore(registry, { strictAbsence: true });
      await putImage(store, IMAGE);
      assert.equal(await listed(store), []);
      registry.fault({ route: "referrers", fault });
      const { message } = await failsWith(["registry"], () => listed(store));
      assert.match(message, fault === PAGE ? /answered a web page to the list/ : /answered \d+ to/);
      await putImage(store, artifact(2));
      registry.fault({ route: "referrers", fault });
      assert.equal(await listed(store), [artifact(2).manifest.descriptor.digest]);
    });
  }
});

test("a strict store takes no web page for the word that a manifest is missing", async () => {
  await withRegistry({ referrersApi: false }, async (registry) => {
    for (const strictAbsence of [false, true]) {
      const store = openStore(registry, { strictAbsence });
      await putImage(store, IMAGE);
      const ask = [() => listed(store), () => store.resolve("other")];
      for (const [at, act] of ask.entries()) {
        const method = ["GET", "HEAD"][at] ?? "";
        registry.fault({ route: "manifest", method, fault: { ...PAGE, status: 404 } });
        if (strictAbsence) await failsWith(["registry"], act);
        else assert.ok([undefined, "[]"].includes(JSON.stringify(await act())));
      }
    }
  });
});

test("a registry that does not say that it has listed a referrer gets it under the fallback tag too", async () => {
  await withRegistry({}, async (registry) => {
    const store = openStore(registry);
    await putImage(store, IMAGE);
    const fault = { alter: without("oci-subject") };
    registry.fault({ route: "manifest", method: "PUT", fault });
    await putImage(store, artifact(2));
    assert.ok((await all(store.tags())).includes(FALLBACK));
  });
});

test("what others wrote into the list of the fallback tag stays as it was", async () => {
  await withRegistry({ referrersApi: false }, async (registry) => {
    const store = openStore(registry);
    await putImage(store, IMAGE);
    const old = artifact(2);
    await putImage(openStore(registry), old);
    const { mediaType, digest, size } = old.manifest.descriptor;
    const entry = {
      size,
      digest,
      "com.example.unknown": { deep: [1, null] },
      mediaType,
      annotations: { b: "1", a: "2" },
    };
    const theirs = {
      schemaVersion: 2,
      manifests: [entry],
      mediaType: OCI.index,
      annotations: { x: "y" },
    };
    await store.putManifest(jsonContent(OCI.index, theirs), [FALLBACK]);
    const young = artifact(3, SBOM);
    await putImage(store, young);
    const { bytes } = await store.getManifest(FALLBACK);
    const ours = { ...young.manifest.descriptor, artifactType: SBOM };
    assert.is(
      new TextDecoder().decode(bytes),
      JSON.stringify({ ...theirs, manifests: [entry, ours] }),
    );
    assert.equal(await listed(store, OCI.config), [digest], "its manifest has the type");
  });
});

test("a fallback tag that names an image is left alone, and is an error", async () => {
  await withRegistry({ referrersApi: false }, async (registry) => {
    const store = openStore(registry);
    await putImage(store, IMAGE, [FALLBACK]);
    const { message } = await failsWith(["registry"], () => putImage(store, artifact(2)));
    assert.match(message, `the tag "${FALLBACK}", which is for referrers, names something else`);
    assert.is((await store.resolve(FALLBACK))?.digest, SUBJECT);
  });
});

test("a list that somebody overwrites right after us is written again", async () => {
  await withRegistry({ referrersApi: false }, async (registry) => {
    const store = openStore(registry);
    const other = openStore(registry);
    for (const each of [IMAGE, artifact(9)]) await putImage(store, each);
    const stale = await other.getManifest(FALLBACK);
    const putting = putImage(store, artifact(2));
    // As soon as ours is there, the list that was read before it comes back.
    while ((await other.resolve(FALLBACK))?.digest === stale.descriptor.digest);
    await other.putManifest(stale, [FALLBACK]);
    await putting;
    const expected = [2, 9].map((seed) => artifact(seed).manifest.descriptor.digest).sort();
    assert.equal(await listed(store), expected);
  });
});

test("a list that is overwritten for ever is given up, and the error says so", async () => {
  await withRegistry({ referrersApi: false }, async (registry) => {
    const [store, other] = [openStore(registry), openStore(registry)];
    const empty = jsonContent(OCI.index, { schemaVersion: 2, mediaType: OCI.index, manifests: [] });
    await putImage(store, IMAGE);
    let over = false;
    const overwrite = async (): Promise<void> => {
      while (!over) await other.putManifest(empty, [FALLBACK]);
    };
    const overwriting = overwrite();
    const outcome = await failsWith(["registry"], () => putImage(store, artifact(2)))
      .finally(() => over = true);
    assert.match(outcome.message, /was overwritten by others \d+ times/);
    await overwriting;
  });
});

test("twenty stores that write referrers of one image at once lose none", async () => {
  await withRegistry({ referrersApi: false, latency: 5 }, async (registry) => {
    await putImage(openStore(registry), IMAGE);
    const artifacts = Array.from({ length: 20 }, (_, at) => artifact(at + 2));
    await Promise.all(artifacts.map((each) => putImage(openStore(registry), each)));
    const expected = artifacts.map(({ manifest }) => manifest.descriptor.digest).sort();
    assert.equal(await listed(openStore(registry)), expected);
  });
});

test("what comes while a fallback list is read goes into it in one write", async () => {
  await withRegistry({ referrersApi: false }, async (registry) => {
    const store = openStore(registry);
    await putImage(store, IMAGE);
    const artifacts = [2, 3, 4].map((seed) => artifact(seed));
    for (const { config, layer } of artifacts) {
      for (const blob of [config, layer]) await putBlob(store, blob);
    }
    registry.fault({ route: "manifest", method: "GET", fault: { delay: 500 } });
    await Promise.all(artifacts.map(({ manifest }) => store.putManifest(manifest, [])));
    assert.is((await listed(store)).length, artifacts.length);
    const puts = registry.logged("PUT manifest").filter(({ path }) => path.endsWith(FALLBACK));
    assert.is(puts.length, 1);
  });
});

test("one store writes the referrers that come meanwhile together", async () => {
  await withRegistry({ referrersApi: false }, async (registry) => {
    const store = openStore(registry);
    await putImage(store, IMAGE);
    const artifacts = Array.from({ length: 20 }, (_, at) => artifact(at + 2));
    await Promise.all(artifacts.map((each) => putImage(store, each)));
    assert.is((await listed(store)).length, 20);
    const writes = registry.logged("PUT manifest").filter(({ path }) => path.endsWith(FALLBACK));
    assert.ok(writes.length <= 4, `${writes.length} writes`);
  });
});

test("a list of pages that go round in a circle is an error", async () => {
  await withRegistry({}, async (registry) => {
    const store = openStore(registry);
    for (const each of [IMAGE, artifact(2)]) await putImage(store, each);
    const link = `</v2/k8s/pause/referrers/${SUBJECT}>; rel="next"`;
    registry.fault({
      route: "referrers",
      times: 99,
      fault: { alter: (answer) => ({ ...answer, headers: { ...answer.headers, link } }) },
    });
    const { message } = await failsWith(["registry"], () => listed(store));
    assert.match(message, /the list of referrers has no end/);
    assert.is(registry.logged("GET referrers").length, 1);
  });
});

test.run();
