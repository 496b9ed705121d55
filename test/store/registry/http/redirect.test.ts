import { test } from "uvu";
import * as assert from "uvu/assert";
import { failsWith } from "../../../support/fails.ts";
import { sampleImage } from "../../../support/images.ts";
import { type TestRegistry, withRegistry } from "../../../support/registry.ts";
import { SIGNATURE } from "../../../support/registry/habits.ts";
import type { GateOptions } from "../../../support/registry/gate.ts";
import { putBlob, putImage, readBlob } from "../../put.ts";
import { known, openStore } from "../open.ts";

const USER = { username: "me", password: "secret" };
const SCHEMES: readonly GateOptions["scheme"][] = ["basic", "bearer"];
const { layer } = sampleImage(1);

for (const scheme of SCHEMES) {
  test(`storage that the registry redirects to gets no login (${scheme})`, async () => {
    const auth = { scheme, ...USER };
    await withRegistry({ auth, redirectBlobs: true }, async (registry) => {
      const store = openStore(registry, { credentials: known(USER) });
      await putBlob(store, layer);
      assert.equal(await readBlob(store, layer.descriptor), layer.bytes);
      const [fetched] = registry.logged("GET storage");
      assert.is(fetched?.query, `?${SIGNATURE}`);
      assert.is(fetched?.authorization, undefined);
    });
  });

  test(`an upload address on another origin gets the blob and no login (${scheme})`, async () => {
    const auth = { scheme, ...USER };
    await withRegistry({ auth }, (registry) =>
      withRegistry({}, async (other) => {
        const place = await uploadPlace(other);
        registry.fault({
          route: "upload-start",
          nth: 1,
          fault: { alter: ({ status }) => ({ status, headers: { location: place } }) },
        });
        const store = openStore(registry, { credentials: known(USER) });
        await store.hasBlob(layer.descriptor);
        await putBlob(store, layer);
        assert.is(other.logged("PUT upload")[0]?.authorization, undefined);
        assert.ok(other.repositories.get("other")?.blobs.has(layer.descriptor.digest));
      }));
  });
}

async function uploadPlace(registry: TestRegistry): Promise<string> {
  const url = `http://${registry.host}/v2/other/blobs/uploads/`;
  const response = await fetch(url, { method: "POST" });
  await response.arrayBuffer();
  return response.headers.get("location") ?? "";
}

test("a storage that asks for a login gets none", async () => {
  const auth = { scheme: "basic", ...USER } as const;
  await withRegistry({ auth, redirectBlobs: true }, async (registry) => {
    const store = openStore(registry, { credentials: known(USER) });
    await putBlob(store, layer);
    const headers = { "www-authenticate": `Basic realm="mine"` };
    registry.fault({ route: "storage", fault: { status: 401, headers } });
    await failsWith(["authentication"], () => readBlob(store, layer.descriptor));
    assert.is(registry.logged("GET storage").length, 1);
  });
});

test("a storage that names a token server of its own learns no login", async () => {
  const auth = { scheme: "basic", ...USER } as const;
  await withRegistry(
    { auth, redirectBlobs: true },
    (registry) =>
      withRegistry({}, async (other) => {
        const store = openStore(registry, { credentials: known(USER) });
        await putBlob(store, layer);
        const headers = { "www-authenticate": `Bearer realm="http://${other.host}/token"` };
        registry.fault({ route: "storage", fault: { status: 401, headers } });
        await failsWith(["authentication"], () => readBlob(store, layer.descriptor));
        assert.is(other.log.length, 0);
      }),
  );
});

test("a redirect within the registry keeps the login", async () => {
  const auth = { scheme: "basic", ...USER } as const;
  await withRegistry({ auth }, async (registry) => {
    const store = openStore(registry, { credentials: known(USER) });
    const image = sampleImage(1);
    await putImage(store, image, ["3.10"]);
    const location = `/v2/k8s/pause/manifests/${image.manifest.descriptor.digest}`;
    registry.fault({ route: "manifest", fault: { status: 302, headers: { location } } });
    assert.equal((await store.getManifest("3.10")).descriptor, image.manifest.descriptor);
  });
});

test("a manifest that is put to a registry with a new address goes there, 307 keeps PUT and body", async () => {
  await withRegistry({}, async (registry) => {
    const store = openStore(registry);
    const image = sampleImage(1);
    const location = "/v2/k8s/pause/manifests/moved";
    registry.fault({ route: "manifest", fault: { status: 307, headers: { location } } });
    await putImage(store, image, ["3.10"]);
    assert.is((await store.resolve("moved"))?.digest, image.manifest.descriptor.digest);
  });
});

test("a redirect of a PUT that would turn it into a GET is an error", async () => {
  await withRegistry({}, async (registry) => {
    const headers = { location: "/login" };
    registry.fault({ route: "manifest", fault: { status: 302, headers } });
    const { message } = await failsWith(
      ["registry"],
      () => putImage(openStore(registry), sampleImage(1), ["3.10"]),
    );
    assert.match(message, /answered 302 to the manifest "3\.10"/);
  });
});

test("a redirect in circles ends after a few hops", async () => {
  await withRegistry({}, async (registry) => {
    const location = "/v2/k8s/pause/manifests/3.10";
    registry.fault({
      route: "manifest",
      times: 100,
      fault: { status: 307, headers: { location } },
    });
    const { message } = await failsWith(
      ["registry"],
      () => openStore(registry).getManifest("3.10"),
    );
    assert.match(message, /redirected more than 5 times/);
    assert.is(registry.log.length, 6);
  });
});

test("a redirect without an address, or to one that is not http, is an error without its query", async () => {
  for (const headers of [{}, { location: "file:///etc/passwd?s3cret" }, { location: "https://" }]) {
    await withRegistry({}, async (registry) => {
      registry.fault({ route: "manifest", fault: { status: 307, headers } });
      const { message } = await failsWith(
        ["registry"],
        () => openStore(registry).getManifest("3.10"),
      );
      assert.match(message, /redirects \(307\)/);
      assert.not.match(message, "s3cret");
    });
  }
});

test.run();
