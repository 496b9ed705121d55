import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Base, findBase } from "../../build/image/base.ts";
import { type Content, jsonContent } from "../../build/oci/descriptor.ts";
import { DOCKER } from "../../build/oci/media-types.ts";
import type { Platform } from "../../build/oci/platform.ts";
import { memoryStore } from "../../build/store/memory.ts";
import { failsWith } from "../support/fails.ts";
import { sampleImage } from "../support/images.ts";
import { type BaseOptions, baseStore, VERSIONS, windowsBase } from "../support/windows-base.ts";
import { putBlob } from "../store/put.ts";

const WINDOWS = { os: "windows", architecture: "amd64" };

function wanted(build: string): Platform {
  return { ...WINDOWS, "os.version": build };
}

async function find(build: string, options: BaseOptions = {}, ref = "v1"): Promise<Base> {
  return await findBase(await baseStore(await windowsBase(options)), ref, wanted(build), "x:v1");
}

test("a build finds its image in an index, whatever the update", async () => {
  for (const [at, build] of ["10.0.17763", "10.0.20348", "10.0.26100"].entries()) {
    const { platform, layers, index } = await find(build);
    assert.is(platform["os.version"], VERSIONS[at]);
    assert.is(platform.os, "windows");
    assert.is(layers.length, 2);
    assert.is(index?.mediaType, DOCKER.index);
  }
});

test("10.0.2034 is no build of 10.0.20348", async () => {
  await failsWith(["usage"], () => find("10.0.2034"));
});

test("of several updates the newest is taken, by number and not by letter", async () => {
  const versions = ["10.0.20348.887", "10.0.20348.3207", "10.0.20348.1006"];
  assert.is((await find("10.0.20348", { versions })).platform["os.version"], "10.0.20348.3207");
});

test("the version is the configuration's where the index says none", async () => {
  const store = await baseStore(await windowsBase());
  const base = await windowsBase();
  const index = jsonContent(DOCKER.index, {
    schemaVersion: 2,
    mediaType: DOCKER.index,
    manifests: base.images.map(({ manifest }) => ({ ...manifest.descriptor, platform: WINDOWS })),
  });
  await store.putManifest(index, ["silent"]);
  const found = await findBase(store, "silent", wanted("10.0.20348"), "x:silent");
  assert.is(found.platform["os.version"], VERSIONS[1]);
});

test("a manifest that is no list is the base itself, and is held to what is wanted", async () => {
  const base = await windowsBase();
  const store = await baseStore(base);
  const [image] = base.images;
  const digest = image?.manifest.descriptor.digest ?? "";
  const found = await findBase(store, digest, wanted("10.0.17763"), "x");
  assert.is(found.descriptor.digest, digest);
  assert.is(found.index, undefined);
  const error = await failsWith(
    ["usage"],
    () => findBase(store, digest, wanted("10.0.20348"), "x"),
  );
  assert.match(
    error.message,
    "it has windows/amd64 10.0.17763.6893, and none is for windows/amd64 10.0.20348",
  );
});

test("a base without the version names those that it has, and what to do", async () => {
  const error = await failsWith(
    ["usage"],
    () => find("10.0.26100", { versions: VERSIONS.slice(0, 2) }),
  );
  assert.is(
    error.message,
    "Cannot build on x:v1: it has windows/amd64 10.0.17763.6893, windows/amd64 10.0.20348.3207, " +
      "and none is for windows/amd64 10.0.26100. Choose another base with BASE, or what it has with OSVERSION and ARCH.",
  );
});

test("a base of another system or architecture is refused with what it is", async () => {
  const arm = { os: "windows", architecture: "arm64" };
  const error = await failsWith(["usage"], () => find("10.0.20348", { platform: arm }));
  assert.match(error.message, "it has windows/arm64 10.0.17763.6893");
  const { config, layer, manifest } = sampleImage(1);
  const store = memoryStore("linux.example/x");
  for (const blob of [config, layer]) await putBlob(store, blob);
  await store.putManifest(manifest, ["v1"]);
  const other = await failsWith(
    ["usage"],
    () => findBase(store, "v1", wanted("10.0.20348"), "linux.example/x:v1"),
  );
  assert.match(other.message, "it has linux/amd64, and none is for windows/amd64 10.0.20348");
});

test("an index that says windows of images for Linux is not believed", async () => {
  const linux = { os: "linux", architecture: "amd64" };
  const error = await failsWith(
    ["usage"],
    () => find("10.0.20348", { platform: linux, said: () => ({ os: "windows" }) }),
  );
  assert.match(error.message, "linux/amd64 10.0.20348.3207");
});

test("what the kernel must be able to do is kept", async () => {
  const platform = { os: "windows", architecture: "amd64", "os.features": ["win32k"] };
  assert.equal((await find("10.0.20348", { platform })).platform["os.features"], ["win32k"]);
});

test("an index that says another version than the image is refused", async () => {
  const said = (version: string) => ({ "os.version": version.replace(/\d+$/, "1") });
  const error = await failsWith(["verification"], () => find("10.0.20348", { said }));
  assert.match(
    error.message,
    /its index says that sha256:\w+ is of 10\.0\.20348\.1, .* 10\.0\.20348\.3207/,
  );
});

/** Looks for the base in an image that has this configuration, and no layers. */
async function findWithoutLayers(config: Content): Promise<Base> {
  const manifest = jsonContent(DOCKER.manifest, {
    schemaVersion: 2,
    mediaType: DOCKER.manifest,
    config: config.descriptor,
    layers: [],
  });
  const store = memoryStore("x");
  await putBlob(store, config);
  await store.putManifest(manifest, ["v1"]);
  return await findBase(store, "v1", WINDOWS, "x");
}

test("an image without layers is no base: there is no Windows in it", async () => {
  const config = jsonContent(DOCKER.config, {
    architecture: "amd64",
    os: "windows",
    "os.version": "10.0.20348.1",
    rootfs: { type: "layers", diff_ids: [] },
  });
  const error = await failsWith(["verification"], () => findWithoutLayers(config));
  assert.match(error.message, /has no layers\. Choose another base\.$/);
});

test("an image whose configuration counts other layers is refused", async () => {
  const { config } = sampleImage(1);
  const error = await failsWith(["verification"], () => findWithoutLayers(config));
  assert.match(error.message, /has 0 layers, and its configuration 1/);
});

test.run();
