import { test } from "uvu";
import * as assert from "uvu/assert";
import { failsWith } from "../../support/fails.ts";
import { sampleImage } from "../../support/images.ts";
import { withRegistry } from "../../support/registry.ts";
import { putImage } from "../put.ts";
import { openStore } from "./open.ts";

const IMAGE = sampleImage(1);
const { digest } = IMAGE.manifest.descriptor;

test("a registry that deletes nothing is an error that says so", async () => {
  await withRegistry({ deletion: "none" }, async (registry) => {
    const store = openStore(registry);
    await putImage(store, IMAGE, ["3.10"]);
    const { message } = await failsWith(["registry"], () => store.delete(digest));
    assert.match(
      message,
      `Cannot delete "${digest}" from ${registry.host}/k8s/pause: the registry deletes nothing.`,
    );
    assert.is((await store.resolve("3.10"))?.digest, digest);
  });
});

test("a registry that deletes no single tag is an error that says what to do, and the manifest stays", async () => {
  for (const deletion of ["digests", "none"] as const) {
    await withRegistry({ deletion }, async (registry) => {
      const store = openStore(registry);
      await putImage(store, IMAGE, ["3.10", "latest"]);
      const { message } = await failsWith(["registry"], () => store.delete("3.10"));
      assert.match(message, "the registry deletes no single tag. Delete the digest that it names");
      assert.is((await store.resolve("3.10"))?.digest, digest);
    });
  }
});

test("a deletion that is forbidden is a matter of the login", async () => {
  await withRegistry({}, async (registry) => {
    const store = openStore(registry);
    await putImage(store, IMAGE, ["3.10"]);
    registry.fault({ route: "manifest", method: "DELETE", fault: { status: 403 } });
    const { message } = await failsWith(["authentication"], () => store.delete(digest));
    assert.match(message, `answered 403 to the deletion of "${digest}"`);
  });
});

test.run();
