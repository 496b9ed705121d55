import { createServer } from "node:net";
import { gzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { content } from "../../../../build/oci/descriptor.ts";
import { OCI } from "../../../../build/oci/media-types.ts";
import { registryStore } from "../../../../build/store/registry/registry.ts";
import { failsWith } from "../../../support/fails.ts";
import { bytesOf, sampleImage, streamOf } from "../../../support/images.ts";
import { freePort } from "../../../support/port.ts";
import { withRegistry } from "../../../support/registry.ts";
import type { Answered } from "../../../support/registry/answer.ts";
import { putBlob, putImage, readBlob } from "../../put.ts";
import { anonymous, IMPATIENT, openStore } from "../open.ts";

const { layer } = sampleImage(1);
const BIG = content(OCI.layer, bytesOf(2, 5_000_000));

test("a registry that is down is told from one that refuses, at once", async () => {
  const host = `127.0.0.1:${await freePort()}`;
  const start = performance.now();
  const { message } = await failsWith(["registry"], () => openStore({ host }).resolve("3.10"));
  assert.is(
    message,
    `Cannot push ${host}/k8s/pause: nothing listens there (connection refused). Check the address, and that the registry runs.`,
  );
  assert.ok(performance.now() - start < 5_000);
});

test("a host that nobody knows is told", async () => {
  const repository = { host: "registry.invalid", repository: "pause" };
  const store = registryStore(repository, { credentials: anonymous, retry: IMPATIENT });
  const { message } = await failsWith(["registry"], () => store.resolve("3.10"));
  assert.match(message, "Cannot push registry.invalid/pause: ");
});

test("https is never left for http: a server without TLS is an error that names INSECURE=1", async () => {
  await withRegistry({}, async (registry) => {
    // A name of this machine that is none of the loopback names.
    const host = registry.host.replace("127.0.0.1", "0.0.0.0");
    const store = registryStore({ host, repository: "pause" }, { credentials: anonymous });
    const { message } = await failsWith(["registry"], () => store.resolve("3.10"));
    assert.match(message, /it does not speak TLS\. .*INSECURE=1/);
    assert.is(registry.log.length, 0);
    const plain = registryStore({ host, repository: "pause" }, {
      credentials: anonymous,
      plainHttp: true,
    });
    assert.is(await plain.resolve("3.10"), undefined);
  });
});

test("a server that does not speak HTTP is an error", async () => {
  const server = createServer((socket) => {
    socket.on("error", () => {}).resume().end("SSH-2.0-OpenSSH\r\n");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  try {
    await failsWith(["registry"], () => openStore({ host: `127.0.0.1:${port}` }).resolve("3.10"));
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});

test("a registry that never answers is given up after the idle time, not asked again", async () => {
  for (const route of ["blob", "upload-start", "upload", "manifest"] as const) {
    await withRegistry({}, async (registry) => {
      registry.fault({ route, times: 9, fault: { silence: true } });
      const store = openStore(registry, { idleTimeout: 200 });
      const start = performance.now();
      const { message } = await failsWith(["registry"], async () => {
        await store.hasBlob(layer.descriptor);
        await putBlob(store, layer);
        await store.getManifest("3.10");
      });
      assert.match(message, /it stopped answering/);
      assert.ok(performance.now() - start < 5_000);
    });
  }
});

test("a registry that takes its time but moves is not given up", async () => {
  await withRegistry({}, async (registry) => {
    registry.fault({ route: "upload", fault: { delay: 300 } });
    const store = openStore(registry, { idleTimeout: 2_000 });
    let given = 0;
    const slow = (): Promise<ReadableStream<Uint8Array>> => {
      const chunks = streamOf(BIG.bytes, 2_600_000).getReader();
      return Promise.resolve(
        new ReadableStream({
          async pull(controller): Promise<void> {
            given++;
            // Longer than the idle time: but it is us who are slow.
            await new Promise((resolve) => setTimeout(resolve, 2_100));
            const { done, value } = await chunks.read();
            if (done) controller.close();
            else controller.enqueue(value);
          },
        }),
      );
    };
    await store.putBlob(BIG.descriptor, slow);
    assert.is(await store.hasBlob(BIG.descriptor), true);
    assert.ok(given >= 2);
  });
});

test("a signal ends a request under way at once, and it is not asked again", async () => {
  await withRegistry({}, async (registry) => {
    registry.fault({ route: "manifest", times: 9, fault: { silence: true } });
    const controller = new AbortController();
    const store = openStore(registry, { signal: controller.signal });
    const start = performance.now();
    setTimeout(() => controller.abort(), 50);
    const { message } = await failsWith(["interrupted"], () => store.resolve("3.10"));
    assert.is(message, `Stopped while trying to push ${registry.host}/k8s/pause.`);
    assert.ok(performance.now() - start < 3_000);
    assert.is(registry.log.length, 1);
    await failsWith(["interrupted"], () => store.resolve("3.10"));
    assert.is(registry.log.length, 1);
  });
});

test("a signal ends the reading of a blob, and the sending of one", async () => {
  await withRegistry({}, async (registry) => {
    await putBlob(openStore(registry), BIG);
    const controller = new AbortController();
    const store = openStore(registry, { signal: controller.signal });
    const reader = (await store.getBlob(BIG.descriptor)).getReader();
    await reader.read();
    controller.abort();
    await failsWith(["interrupted"], async () => {
      while (!(await reader.read()).done);
    });
    const other = new AbortController();
    const endless = (): Promise<ReadableStream<Uint8Array>> =>
      Promise.resolve(
        new ReadableStream({
          pull: () => {
            setTimeout(() => other.abort(), 20);
            return new Promise(() => {});
          },
        }),
      );
    const writer = openStore(registry, { signal: other.signal });
    await failsWith(
      ["interrupted"],
      () => writer.putBlob({ ...BIG.descriptor, size: BIG.bytes.length + 1 }, endless),
    );
  });
});

test("a blob that is given up half-way lets the next request go on", async () => {
  await withRegistry({}, async (registry) => {
    const store = openStore(registry);
    await putBlob(store, BIG);
    const stream = await store.getBlob(BIG.descriptor);
    await stream.cancel();
    assert.equal((await readBlob(store, BIG.descriptor)).length, BIG.bytes.length);
  });
});

test("every request says who asks, and wants bytes as they are stored", async () => {
  await withRegistry({}, async (registry) => {
    const store = openStore(registry, { userAgent: "pause-image/1.2.3" });
    await putBlob(store, layer);
    for (const { headers } of registry.log) {
      assert.is(headers["user-agent"], "pause-image/1.2.3");
      assert.is(headers["accept-encoding"], "identity");
    }
  });
});

test("bytes that were encoded on the way are not taken for those that are stored, and that is said", async () => {
  const image = sampleImage(1);
  await withRegistry({}, async (registry) => {
    const store = openStore(registry);
    await putImage(store, image, ["3.10"]);
    const alter = (answer: Answered): Answered => ({
      ...answer,
      headers: { ...answer.headers, "content-encoding": "gzip" },
      body: new Uint8Array(gzipSync(answer.body ?? new Uint8Array())),
    });
    const said = /sent with Content-Encoding gzip/;
    registry.fault({ route: "blob", fault: { alter } });
    const blob = await failsWith(
      ["verification"],
      () => readBlob(store, image.layer.descriptor),
    );
    assert.match(blob.message, said);
    registry.fault({ route: "manifest", fault: { alter } });
    const { digest } = image.manifest.descriptor;
    const manifest = await failsWith(["verification"], () => store.getManifest(digest));
    assert.match(manifest.message, said);
    // A storage may say so of bytes that are compressed as they are stored.
    const stored = (answer: Answered): Answered => ({
      ...answer,
      headers: { ...answer.headers, "content-encoding": "gzip" },
    });
    registry.fault({ route: "blob", fault: { alter: stored } });
    assert.equal(await readBlob(store, image.layer.descriptor), image.layer.bytes);
  });
});

test.run();
