import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Store } from "../../../build/store/store.ts";
import { failsWith } from "../../support/fails.ts";
import { sampleImage, sampleIndex } from "../../support/images.ts";
import { type RegistryOptions, type TestRegistry, withRegistry } from "../../support/registry.ts";
import { failure } from "../../support/registry/answer.ts";
import type { Fault } from "../../support/registry/faults.ts";
import { putBlob, putImage } from "../put.ts";
import { openStore, REPOSITORY } from "./open.ts";

const IMAGE = sampleImage(1);
const OTHER = sampleImage(2);
const { digest } = IMAGE.manifest.descriptor;

/** A registry that has OTHER as 3.10, a store on it that has put the parts of IMAGE. */
function ready(
  options: RegistryOptions,
  use: (store: Store, registry: TestRegistry) => Promise<void>,
): Promise<void> {
  return withRegistry(options, async (registry) => {
    const store = openStore(registry);
    await putImage(store, OTHER, ["3.10"]);
    for (const blob of [IMAGE.layer, IMAGE.config]) await putBlob(store, blob);
    await use(store, registry);
  });
}

/** How registries refuse to move a tag, as their documentation or their users have it. */
const IMMUTABLE: Readonly<Record<string, Fault>> = {
  "Amazon ECR": failure(
    400,
    "TAG_INVALID",
    "The image tag '3.10' already exists in the 'pause' repository and cannot be overwritten because the repository is immutable.",
  ),
  "Google Artifact Registry": failure(
    400,
    "MANIFEST_INVALID",
    "cannot update tag 3.10. The repository has enabled tag immutability",
  ),
  Harbor: failure(
    412,
    "PRECONDITION",
    "Failed to process request due to 'pause:3.10' configured as immutable.",
  ),
  Quay: failure(409, "UNKNOWN", "tag is immutable and cannot be overwritten"),
  "Azure Container Registry": failure(
    405,
    "REGISTRY_DISALLOWED_OPERATION",
    "The operation is disallowed on this registry, repository or image.",
  ),
  "Docker Hub": failure(403, "DENIED", "requested tag is immutable"),
  "a registry that says nothing": { status: 409 },
};

for (const [registryName, fault] of Object.entries(IMMUTABLE)) {
  test(`a tag that is immutable on ${registryName} is an error that says so, and what it names`, () =>
    ready({}, async (store, registry) => {
      registry.fault({ route: "manifest", method: "PUT", fault });
      const { message } = await failsWith(
        ["registry"],
        () => store.putManifest(IMAGE.manifest, ["3.10"]),
      );
      assert.match(
        message,
        `the tag "3.10" is immutable there and names ${OTHER.manifest.descriptor.digest}, not ${digest}`,
      );
      assert.match(message, "Choose another tag");
      assert.is((await store.resolve("3.10"))?.digest, OTHER.manifest.descriptor.digest);
    }));

  test(`a tag that is immutable on ${registryName} and names the same already is no error`, () =>
    ready({}, async (store, registry) => {
      await store.putManifest(IMAGE.manifest, ["3.11"]);
      registry.fault({ route: "manifest", method: "PUT", fault });
      await store.putManifest(IMAGE.manifest, ["3.11"]);
    }));
}

test("a refusal that is not about the tag stays what it is", async () => {
  const refusals: readonly [Fault, "registry" | "authentication" | "verification", RegExp][] = [
    [failure(403, "DENIED", "no push for you"), "authentication", /403.*no push for you/],
    [failure(400, "MANIFEST_INVALID", "no such schema"), "registry", /400.*no such schema/],
    [failure(413, "SIZE_INVALID"), "registry", /413/],
  ];
  for (const [fault, code, words] of refusals) {
    await ready({}, async (store, registry) => {
      registry.fault({ route: "manifest", method: "PUT", fault });
      const { message } = await failsWith(
        [code],
        () => store.putManifest(IMAGE.manifest, ["3.10"]),
      );
      assert.match(message, words);
      assert.not.match(message, "immutable");
    });
  }
});

test("a free tag that is refused is not called immutable", () =>
  ready({}, async (store, registry) => {
    registry.fault({ route: "manifest", method: "PUT", fault: { status: 409 } });
    const { message } = await failsWith(
      ["registry"],
      () => store.putManifest(IMAGE.manifest, ["free"]),
    );
    assert.match(message, /answered 409 to the manifest "free"/);
  }));

test("a manifest is put again while the registry does not find the parts that it took just before", () =>
  ready({ lag: { reads: 2, of: ["part"] } }, async (store, registry) => {
    const before = registry.logged("PUT manifest").length;
    await store.putManifest(IMAGE.manifest, ["3.11"]);
    assert.is((await store.resolve("3.11"))?.digest, digest);
    assert.ok(registry.logged("PUT manifest").length - before > 1);
  }));

test("an index is put again while the registry does not find the images that it took just before", () =>
  withRegistry({ lag: { reads: 1, of: ["part"] } }, async (registry) => {
    const store = openStore(registry);
    await putImage(store, IMAGE);
    const index = sampleIndex([IMAGE]);
    await store.putManifest(index, ["3.10"]);
    assert.is((await store.resolve("3.10"))?.digest, index.descriptor.digest);
  }));

test("a part that the registry never finds is named, after a few attempts", () =>
  withRegistry({ lag: { milliseconds: 60_000, of: ["part", "blob"] } }, async (registry) => {
    const store = openStore(registry);
    for (const blob of [IMAGE.layer, IMAGE.config]) await putBlob(store, blob);
    const { message } = await failsWith(
      ["registry"],
      () => store.putManifest(IMAGE.manifest, ["3.10"]),
    );
    assert.match(
      message,
      /to the manifest "3\.10", whose part sha256:[0-9a-f]{64} it does not find/,
    );
    assert.is(registry.logged("PUT manifest").length, 4);
    assert.is(registry.repositories.get(REPOSITORY)?.tags.size, 0);
  }));

test("a part that nobody has put is named at once", () =>
  withRegistry({}, async (registry) => {
    const writer = openStore(registry);
    await putBlob(writer, IMAGE.config);
    const { message } = await failsWith(["registry"], () =>
      openStore(registry).putManifest(IMAGE.manifest, ["3.10"]));
    assert.match(message, `whose part ${IMAGE.layer.descriptor.digest} it does not find`);
    assert.is(registry.logged("PUT manifest").length, 1);
  }));

test("the part that the registry names is the one that is named", () =>
  ready({}, async (store, registry) => {
    const { digest: part } = IMAGE.config.descriptor;
    const errors = [{
      code: "MANIFEST_BLOB_UNKNOWN",
      message: "unknown",
      detail: { Digest: part },
    }];
    const body = new TextEncoder().encode(JSON.stringify({ errors }));
    registry.fault({ route: "manifest", method: "PUT", times: 9, fault: { status: 400, body } });
    const { message } = await failsWith(["registry"], () => store.putManifest(IMAGE.manifest, []));
    assert.match(message, `whose part ${part} it does not find`);
  }));

test.run();
