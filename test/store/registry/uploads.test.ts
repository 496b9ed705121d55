import { createHash } from "node:crypto";
import { createServer, type RequestListener } from "node:http";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Content, content, type Descriptor } from "../../../build/oci/descriptor.ts";
import { OCI } from "../../../build/oci/media-types.ts";
import { registryStore } from "../../../build/store/registry/registry.ts";
import { failsWith } from "../../support/fails.ts";
import { bytesOf, streamOf } from "../../support/images.ts";
import { withRegistry } from "../../support/registry.ts";
import { putBlob } from "../put.ts";
import { anonymous, IMPATIENT, openStore } from "./open.ts";

const SMALL = content(OCI.layer, bytesOf(1, 5000));
/** More than is kept in memory. */
const LARGE = content(OCI.layer, bytesOf(2, 4 * 1024 * 1024 + 1));

for (const [name, blob] of [["small", SMALL], ["large", LARGE]] as const) {
  test(`a ${name} blob is sent with its Content-Length, and not chunked`, async () => {
    await withRegistry({ lengthRequired: true }, async (registry) => {
      const store = openStore(registry);
      await putBlob(store, blob);
      const [put] = registry.logged("PUT upload");
      assert.is(put?.headers["content-length"], String(blob.bytes.length));
      assert.is(put?.headers["transfer-encoding"], undefined);
      assert.is(await store.hasBlob(blob.descriptor), true);
    });
  });

  test(`a ${name} blob whose upload breaks off is sent again from its start, to a new place`, async () => {
    await withRegistry({}, async (registry) => {
      registry.fault({ route: "upload", fault: { reset: "after" } });
      const store = openStore(registry);
      await putBlob(store, blob);
      assert.is(registry.logged("POST upload-start").length, 2);
      assert.equal(held(registry.repositories.get("k8s/pause")?.blobs, blob), blob.bytes);
    });
  });
}

function held(blobs: Map<string, Uint8Array> | undefined, { descriptor }: Content): Uint8Array {
  return new Uint8Array(blobs?.get(descriptor.digest) ?? []);
}

test("upload addresses may be relative or absolute, and their query comes back to the letter", async () => {
  for (const absoluteLocations of [true, false]) {
    await withRegistry({ absoluteLocations }, async (registry) => {
      await putBlob(openStore(registry), SMALL);
      const [put] = registry.logged("PUT upload");
      assert.is(put?.query, `?state=a%2Fb%2Bc%3D0&digest=${SMALL.descriptor.digest}`);
    });
  }
});

test("an upload address without a query gets one", async () => {
  await withRegistry({}, async (registry) => {
    const location = "/v2/k8s/pause/blobs/uploads/unknown#part";
    const fault = { status: 202, headers: { location } };
    registry.fault({ route: "upload-start", times: 9, fault });
    await failsWith(["registry"], () => putBlob(openStore(registry), SMALL));
    assert.is(registry.logged("PUT upload")[0]?.query, `?digest=${SMALL.descriptor.digest}`);
  });
});

test("a source that gives other bytes stops the upload, small or large", async () => {
  for (const { descriptor, bytes } of [SMALL, LARGE]) {
    await withRegistry({}, async (registry) => {
      const wrong = bytes.slice();
      wrong[0] = (wrong[0] ?? 0) ^ 1;
      const { message } = await failsWith(
        ["verification"],
        () => openStore(registry).putBlob(descriptor, () => Promise.resolve(streamOf(wrong))),
      );
      assert.match(message, /from the source of k8s\/pause: its digest is sha256:/);
      assert.is(registry.repositories.get("k8s/pause")?.blobs.size ?? 0, 0);
    });
  }
});

test("a source that breaks is why the upload fails, and it is not tried again", async () => {
  for (const { descriptor } of [SMALL, LARGE]) {
    await withRegistry({}, async (registry) => {
      let opened = 0;
      const open = (): Promise<ReadableStream<Uint8Array>> => {
        opened++;
        return Promise.resolve(
          new ReadableStream({ pull: (controller) => controller.error(new Error("disk on fire")) }),
        );
      };
      const { message } = await failsWith(
        ["storage"],
        () => openStore(registry).putBlob(descriptor, open),
      );
      assert.match(message, /what was to be sent could not be read \(disk on fire\)/);
      assert.is(opened, 1);
    });
  }
});

test("the upload of a large blob goes where it is sent on to, from its first byte", async () => {
  await withRegistry({}, async (registry) => {
    registry.fault({ route: "upload", fault: { redirect: "elsewhere" } });
    const store = openStore(registry);
    await putBlob(store, LARGE);
    assert.is(await store.hasBlob(LARGE.descriptor), true);
    assert.is(registry.logged("POST upload-start").length, 1);
  });
});

test("a large blob passes through, and does not pile up in memory", async () => {
  await withServer((request, response) => {
    if (request.method === "POST") response.writeHead(202, { location: "/place" });
    else response.writeHead(201);
    request.resume().on("end", () => response.end());
  }, async (host) => {
    const chunk = 256 * 1024;
    const blob = zeros(160 * 1024 * 1024, chunk);
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    await openStore({ host }).putBlob(blob, () => {
      let left = blob.size;
      return Promise.resolve(
        new ReadableStream({
          pull(controller): void {
            most = Math.max(most, process.memoryUsage().arrayBuffers - before);
            if (left === 0) return controller.close();
            left -= chunk;
            controller.enqueue(new Uint8Array(chunk));
          },
        }, { highWaterMark: 0 }),
      );
    });
    assert.ok(most < 64 * 1024 * 1024, `${most} bytes`);
  });
});

function zeros(size: number, chunk: number): Descriptor {
  const hash = createHash("sha256");
  for (let left = size; left > 0; left -= chunk) hash.update(new Uint8Array(chunk));
  return { mediaType: OCI.layer, digest: `sha256:${hash.digest("hex")}`, size };
}

test("a refusal that comes before all is sent ends the upload, and its source", async () => {
  let given = 0;
  const { size } = LARGE.descriptor;
  const descriptor = { ...LARGE.descriptor, size: 1000 * size };
  await withServer((request, response) => {
    const { host } = request.headers;
    const [status, location] = request.method === "POST"
      ? [202, `http://${host}/place`]
      : [413, ""];
    response.writeHead(status, { location, "content-length": "0", connection: "close" }).end();
  }, async (host) => {
    let cancelled = false;
    const endless = (): Promise<ReadableStream<Uint8Array>> =>
      Promise.resolve(
        new ReadableStream({
          pull(controller): void {
            given++;
            controller.enqueue(LARGE.bytes);
          },
          cancel: () => void (cancelled = true),
        }),
      );
    const store = openStore({ host });
    const { message } = await failsWith(["registry"], () => store.putBlob(descriptor, endless));
    // The connection may be cut while we are still sending: either way it is over.
    assert.match(message, /answered 413|the connection broke/);
    for (let wait = 0; wait < 1000 && !cancelled; wait++) await sleep(20);
    assert.ok(cancelled);
    assert.ok(given < 900);
  });
});

async function withServer(
  serve: RequestListener,
  use: (host: string) => Promise<void>,
): Promise<void> {
  const server = createServer(serve);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await use(`127.0.0.1:${(server.address() as { port: number }).port}`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

test("a blob is mounted from a neighbour on the same registry alone", async () => {
  await withRegistry({}, (registry) =>
    withRegistry({}, async (other) => {
      const options = { credentials: anonymous, retry: IMPATIENT };
      const store = openStore(registry);
      const neighbour = registryStore({ host: registry.host, repository: "base" }, options);
      const stranger = registryStore({ host: other.host, repository: "base" }, options);
      for (const from of [neighbour, stranger]) await putBlob(from, SMALL);
      assert.is(await store.mountBlob?.(SMALL.descriptor, stranger), false);
      assert.is(registry.logged("POST upload-start").length, 1);
      assert.is(await store.mountBlob?.(SMALL.descriptor, neighbour), true);
      assert.is(await store.hasBlob(SMALL.descriptor), true);
    }));
});

test("a mount that is answered with an upload saves the upload's first request", async () => {
  await withRegistry({}, async (registry) => {
    const store = openStore(registry);
    const from = registryStore({ host: registry.host, repository: "base" });
    assert.is(await store.mountBlob?.(SMALL.descriptor, from), false);
    await putBlob(store, SMALL);
    assert.is(registry.logged("POST upload-start").length, 1);
    assert.is(await store.hasBlob(SMALL.descriptor), true);
  });
});

test("a place that came from a mount is used once: when its upload fails, another is asked for", async () => {
  await withRegistry({}, async (registry) => {
    const store = openStore(registry);
    const from = registryStore({ host: registry.host, repository: "base" });
    await store.mountBlob?.(SMALL.descriptor, from);
    registry.fault({ route: "upload", fault: { status: 500 } });
    await putBlob(store, SMALL);
    assert.is(registry.logged("POST upload-start").length, 2);
    assert.is(registry.logged("PUT upload").length, 2);
  });
});

test("a registry that does not mount gets the blob uploaded", async () => {
  for (const status of [400, 401, 403, 404, 405, 500, 501]) {
    await withRegistry({}, async (registry) => {
      registry.fault({ route: "upload-start", times: 4, fault: { status } });
      const store = openStore(registry);
      const from = registryStore({ host: registry.host, repository: "base" });
      const times = status === 500 ? 4 : 1;
      assert.is(await store.mountBlob?.(SMALL.descriptor, from), false, String(status));
      assert.is(registry.log.length, times);
      registry.fault({ route: "upload-start", fault: { delay: 0 } });
      await untilFaultsEnd(() => putBlob(store, SMALL));
      assert.is(await store.hasBlob(SMALL.descriptor), true);
    });
  }
});

/** The ordered faults may also hit the upload: it is asked for until they are used up. */
async function untilFaultsEnd(act: () => Promise<void>): Promise<void> {
  for (let attempt = 0; attempt < 4; attempt++) {
    const done = await act().then(() => true, () => false);
    if (done) return;
  }
}

test.run();
