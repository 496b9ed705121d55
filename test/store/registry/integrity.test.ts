import { test } from "uvu";
import * as assert from "uvu/assert";
import { DOCKER, OCI } from "../../../build/oci/media-types.ts";
import type { Store } from "../../../build/store/store.ts";
import { failsWith } from "../../support/fails.ts";
import { sampleImage } from "../../support/images.ts";
import { type TestRegistry, withRegistry } from "../../support/registry.ts";
import type { Answered } from "../../support/registry/answer.ts";
import type { Route } from "../../support/registry/route.ts";
import { putImage, readBlob } from "../put.ts";
import { openStore } from "./open.ts";

const IMAGE = sampleImage(1);
const OTHER = sampleImage(2);
const { digest } = IMAGE.manifest.descriptor;
const FOREIGN = OTHER.manifest.descriptor.digest;

/** A store whose registry has IMAGE as 3.10, and gives the next answer of `route` as `alter` makes it. */
function lying(
  route: Route,
  alter: (answer: Answered) => Answered,
  use: (store: Store, registry: TestRegistry) => Promise<void>,
): Promise<void> {
  return withRegistry({}, async (registry) => {
    const store = openStore(registry);
    await putImage(store, IMAGE, ["3.10"]);
    registry.fault({ route, fault: { alter } });
    await use(store, registry);
  });
}

const otherBytes = (answer: Answered): Answered => ({ ...answer, body: OTHER.manifest.bytes });
const header = (headers: Record<string, string>) => (answer: Answered): Answered => ({
  ...answer,
  headers: { ...answer.headers, ...headers },
});
const without = (name: string) => ({ headers = {}, ...rest }: Answered): Answered => ({
  ...rest,
  headers: Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name)),
});

test("a manifest asked for by digest and answered with another is refused, whatever the header says", async () => {
  const alters = [
    otherBytes,
    (answer: Answered) => header({ "docker-content-digest": FOREIGN })(otherBytes(answer)),
  ];
  for (const alter of alters) {
    await lying("manifest", alter, async (store) => {
      const { message } = await failsWith(["verification"], () => store.getManifest(digest));
      assert.match(message, digest);
    });
  }
});

test("a tag's digest is that of the bytes, and a header that says another is a lie", async () => {
  await lying("manifest", header({ "docker-content-digest": FOREIGN }), async (store) => {
    await failsWith(["verification"], () => store.getManifest("3.10"));
  });
  await lying("manifest", otherBytes, async (store) => {
    await failsWith(["verification"], () => store.getManifest("3.10"));
  });
});

test("a HEAD by digest that names another digest is a lie", async () => {
  await lying("manifest", header({ "docker-content-digest": FOREIGN }), async (store) => {
    await failsWith(["verification"], () => store.resolve(digest));
  });
});

test("a digest header that is none is a lie", async () => {
  for (const claim of ["sha256:abc", "latest", ""]) {
    await lying("manifest", header({ "docker-content-digest": claim }), async (store) => {
      const { message } = await failsWith(["verification"], () => store.resolve("3.10"));
      assert.match(message, /a digest that is none/);
    });
  }
});

test("a registry whose HEAD says too little is asked by GET", async () => {
  const silent = [
    without("docker-content-digest"),
    without("content-type"),
    header({ "content-type": "application/json" }),
    (): Answered => ({ status: 405 }),
  ];
  for (const alter of silent) {
    await lying("manifest", alter, async (store, registry) => {
      const before = registry.log.length;
      const found = await store.resolve("3.10");
      assert.equal(found, IMAGE.manifest.descriptor);
      const methods = registry.log.slice(before).map(({ method }) => method);
      assert.equal(methods, ["HEAD", "GET"]);
    });
  }
});

test("a SHA-512 digest header is checked against the bytes", async () => {
  const wrong = `sha512:${"0".repeat(128)}`;
  await lying("manifest", header({ "docker-content-digest": wrong }), async (store) => {
    await failsWith(["verification"], () => store.getManifest("3.10"));
  });
});

test("a registry that says it stored another manifest than we put is a liar", async () => {
  await withRegistry({}, async (registry) => {
    const alter = header({ "docker-content-digest": FOREIGN });
    registry.fault({ route: "manifest", method: "PUT", fault: { alter } });
    const { message } = await failsWith(
      ["verification"],
      () => putImage(openStore(registry), IMAGE, ["3.10"]),
    );
    assert.match(message, digest);
    assert.match(message, FOREIGN);
    assert.match(message, `Cannot push ${registry.host}/k8s/pause`);
  });
});

test("a registry that says it stored another blob than we put is a liar", async () => {
  await withRegistry({}, async (registry) => {
    const alter = header({ "docker-content-digest": FOREIGN });
    registry.fault({ route: "upload", fault: { alter } });
    await failsWith(["verification"], () => putImage(openStore(registry), IMAGE));
  });
});

test("a registry that does not say what it stored is believed", async () => {
  await withRegistry({}, async (registry) => {
    const fault = { alter: without("docker-content-digest") };
    registry.fault({ route: "upload", times: 9, fault });
    registry.fault({ route: "manifest", times: 9, fault });
    await putImage(openStore(registry), IMAGE, ["3.10"]);
  });
});

const flipped = ({ body = new Uint8Array(), ...rest }: Answered): Answered => {
  const bytes = body.slice();
  bytes[50] = (bytes[50] ?? 0) ^ 1;
  return { ...rest, body: bytes };
};
const BLOB_LIES: Readonly<Record<string, (answer: Answered) => Answered>> = {
  "one bit": flipped,
  "too few bytes": ({ body, ...rest }) => ({
    ...rest,
    body: body?.subarray(0, 99) ?? new Uint8Array(),
  }),
  "too many bytes": ({ body = new Uint8Array(), ...rest }) => ({
    ...rest,
    body: new Uint8Array([...body, 0]),
  }),
  "no bytes": (answer) => ({ ...answer, body: new Uint8Array() }),
};

for (const [name, alter] of Object.entries(BLOB_LIES)) {
  test(`a blob that comes with ${name} wrong is refused`, async () => {
    await lying("blob", alter, async (store, { host }) => {
      const { message } = await failsWith(
        ["verification"],
        () => readBlob(store, IMAGE.layer.descriptor),
      );
      assert.match(message, `from ${host}/k8s/pause`);
    });
  });
}

test("a manifest that calls itself something else than its header does is refused", async () => {
  await lying("manifest", header({ "content-type": DOCKER.manifest }), async (store) => {
    await failsWith(["verification"], () => store.getManifest(digest));
  });
});

test("a Content-Type with parameters, or none that says anything, is no obstacle", async () => {
  for (const type of [`${OCI.manifest}; charset=utf-8`, "application/json", "text/plain"]) {
    await lying("manifest", header({ "content-type": type }), async (store) => {
      assert.equal((await store.getManifest("3.10")).descriptor, IMAGE.manifest.descriptor);
    });
  }
});

test("a web page in place of a manifest is no manifest", async () => {
  const page = new TextEncoder().encode("<!doctype html><title>Log in</title>");
  const alter = (): Answered => ({
    status: 200,
    headers: { "content-type": "text/html" },
    body: page,
  });
  await lying("manifest", alter, async (store) => {
    const { message } = await failsWith(["registry"], () => store.getManifest("3.10"));
    assert.match(message, /sent text\/html where a manifest was asked for/);
  });
});

test("a manifest of more than 4 MiB is not read", async () => {
  const body = new Uint8Array(5_000_000).fill(32);
  await lying("manifest", (answer) => ({ ...answer, body }), async (store) => {
    const { message } = await failsWith(["verification"], () => store.getManifest("3.10"));
    assert.match(message, /longer than 4194304 bytes/);
  });
});

test("a manifest is not sent when its bytes are not those of its digest", async () => {
  await withRegistry({}, async (registry) => {
    const store = openStore(registry);
    const forged = { descriptor: IMAGE.manifest.descriptor, bytes: OTHER.manifest.bytes };
    await failsWith(["verification"], () => store.putManifest(forged, ["3.10"]));
    assert.is(registry.log.length, 0);
  });
});

test("what is neither a tag nor a digest leads nowhere", async () => {
  await withRegistry({}, async (registry) => {
    const store = openStore(registry);
    for (const ref of ["../../other/manifests/1", "a/b", "", "3.10?x", "sha256:abc"]) {
      await failsWith(["usage"], () => store.resolve(ref));
      await failsWith(["usage"], () => store.getManifest(ref));
      await failsWith(["usage"], () => store.putManifest(IMAGE.manifest, [ref]));
    }
    assert.is(registry.log.length, 0);
  });
});

test("a manifest that comes byte by byte, each in time, is given up", async () => {
  await withRegistry({}, async (registry) => {
    await putImage(openStore(registry), IMAGE, ["3.10"]);
    registry.fault({ route: "manifest", method: "GET", fault: { drip: 1, every: 20 } });
    const store = openStore(registry, { idleTimeout: 800 });
    const { message } = await failsWith(["registry"], () => store.getManifest("3.10"));
    assert.match(message, /it was not done within 4 s/);
  });
});

test.run();
