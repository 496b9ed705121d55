/** The registry of the tests, where docker-registry cannot be the measure: faults, and OCI 1.1. */

import { connect } from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { sha256 } from "../../build/oci/digest.ts";
import { OCI } from "../../build/oci/media-types.ts";
import { bytesOf, sampleImage } from "./images.ts";
import { type RegistryOptions, type TestRegistry, withRegistry } from "./registry.ts";
import { announcing, flipped, shortened, without } from "./registry/alterations.ts";
import type { Fault } from "./registry/faults.ts";
import { SIGNATURE } from "./registry/habits.ts";
import { holding } from "./registry/held.ts";

const BLOB = bytesOf(1, 1000);
const DIGEST = sha256(BLOB);

/** A registry with one blob in `a/b`, and what asks it. */
function serving(
  options: RegistryOptions,
  use: (ask: Ask, registry: TestRegistry) => Promise<void>,
): Promise<void> {
  return withRegistry(options, async (registry) => {
    const blob = { descriptor: { mediaType: OCI.layer, digest: DIGEST, size: 1000 }, bytes: BLOB };
    registry.repositories.set("a/b", holding([blob]));
    await use(
      (method, path, body, headers = {}) =>
        fetch(new URL(path, `http://${registry.host}/v2/a/b/`), {
          method,
          headers,
          redirect: "manual",
          signal: AbortSignal.timeout(5_000),
          ...(body && { body: body as Uint8Array<ArrayBuffer> }),
        }),
      registry,
    );
  });
}

type Ask = (
  method: string,
  path: string,
  body?: Uint8Array,
  headers?: Record<string, string>,
) => Promise<Response>;

/** What comes of asking for the blob while the fault is in force: its bytes, or how it fails. */
async function met(fault: Fault): Promise<{ status: number; bytes: Uint8Array | undefined }> {
  let outcome = { status: 0, bytes: undefined as Uint8Array | undefined };
  await serving({}, async (ask, registry) => {
    registry.fault({ route: "blob", nth: 2, fault });
    await (await ask("GET", `blobs/${DIGEST}`)).arrayBuffer();
    const response = await ask("GET", `blobs/${DIGEST}`).catch(() => undefined);
    const bytes = await response?.arrayBuffer().catch(() => undefined);
    outcome = { status: response?.status ?? 0, bytes: bytes && new Uint8Array(bytes) };
    await (await ask("GET", `blobs/${DIGEST}`)).arrayBuffer();
    assert.equal(registry.log.map((entry) => entry.fault), [undefined, fault, undefined]);
  });
  return outcome;
}

test("an order hits the request that it is for, and no other", async () => {
  assert.is((await met({ status: 418 })).status, 418);
});

test("bytes are changed, taken away, and announced in vain", async () => {
  const changed = await met({ alter: flipped(3) });
  assert.is(changed.bytes?.filter((byte, at) => byte !== BLOB[at]).length, 1);
  assert.is((await met({ alter: shortened(10) })).bytes?.length, 10);
  assert.is((await met({ cutAfter: 10 })).bytes, undefined);
  assert.equal((await met({ drip: 400, every: 1 })).bytes, BLOB);
});

test("a connection is cut before an answer, and after one", async () => {
  for (const reset of ["before", "after"] as const) {
    await serving({}, async (ask, registry) => {
      // Deno's fetch asks again by itself.
      registry.fault({ route: "blob", times: 9, fault: { reset } });
      const answered = await ask("HEAD", `blobs/${DIGEST}`).then(() => true, () => false);
      assert.is(answered, false);
      assert.ok(registry.log.length > 0 && registry.log.every(({ status }) => status === 0));
    });
  }
});

test("more bytes than there are can be announced", async () => {
  await serving({}, async (ask, registry) => {
    registry.fault({ route: "blob", fault: { alter: announcing(7) } });
    const response = await ask("GET", `blobs/${DIGEST}`);
    assert.is(response.headers.get("content-length"), "1007");
    await response.body?.cancel();
  });
});

test("headers can be missing, and answers late", async () => {
  await serving({}, async (ask, registry) => {
    registry.fault({ route: "blob", fault: { alter: without("docker-content-digest") } });
    const { headers } = await ask("HEAD", `blobs/${DIGEST}`);
    assert.is(headers.get("docker-content-digest"), null);
    registry.fault({ route: "blob", fault: { delay: 80 } });
    const started = performance.now();
    await ask("HEAD", `blobs/${DIGEST}`);
    assert.ok(performance.now() - started > 70);
  });
});

test("an upload is cut off when so many bytes of it have come", async () => {
  await withRegistry({}, async (registry) => {
    registry.fault({ route: "upload", fault: { cutUpload: 100 } });
    const socket = connect(Number(registry.host.split(":")[1]), "127.0.0.1");
    const closed = new Promise((resolve) => socket.on("error", resolve).on("close", resolve));
    socket.write("PUT /v2/a/b/blobs/uploads/x HTTP/1.1\r\nhost: x\r\ncontent-length: 999\r\n\r\n");
    socket.write(new Uint8Array(100));
    await closed;
    assert.is(registry.log[0]?.status, 0);
  });
});

test("a redirect leads to another origin, which answers for the registry to whoever has its address", async () => {
  await serving({}, async (ask, registry) => {
    registry.fault({ route: "blob", fault: { redirect: "elsewhere" } });
    const location = (await ask("GET", `blobs/${DIGEST}`)).headers.get("location") ?? "";
    assert.ok(location.startsWith(registry.elsewhere) && location.includes(SIGNATURE));
    const followed = await fetch(location);
    assert.equal(new Uint8Array(await followed.arrayBuffer()), BLOB);
    const unsigned = await fetch(location.replace(SIGNATURE, ""));
    await unsigned.arrayBuffer();
    assert.is(unsigned.status, 403);
  });
});

test("chunks out of order are told where to go on, and all but the last have their least size", async () => {
  await serving({ chunkMinimum: 300 }, async (ask) => {
    const start = await ask("POST", "blobs/uploads/");
    assert.is(start.headers.get("oci-chunk-min-length"), "300");
    const place = start.headers.get("location") ?? "";
    const send = (at: string, from: number, to: number): Promise<Response> =>
      ask("PATCH", at, BLOB.slice(from, to), { "content-range": `${from}-${to - 1}` });
    const first = await send(place, 0, 400);
    assert.equal([first.status, first.headers.get("range")], [202, "0-399"]);
    const next = first.headers.get("location") ?? "";
    const early = await send(next, 500, 900);
    assert.equal([early.status, early.headers.get("range")], [416, "0-399"]);
    const short = await send(next, 400, 500);
    assert.is(short.status, 202);
    assert.is((await send(short.headers.get("location") ?? "", 500, 1000)).status, 400);
  });
});

test("referrers come in pages, of the type that is asked for", async () => {
  const artifactType = "application/vnd.example+json";
  const image = sampleImage(1);
  const referrers = [2, 3, 4].map((seed) =>
    sampleImage(seed, { subject: image.manifest, ...(seed > 2 && { artifactType }) }).manifest
  );
  await serving({ pageLimit: 1 }, async (ask, { repositories }) => {
    repositories.set("a/b", holding([image.manifest, ...referrers]));
    const found: string[] = [];
    const query = `?artifactType=${encodeURIComponent(artifactType)}`;
    let next: string | undefined = `referrers/${image.manifest.descriptor.digest}${query}`;
    while (next !== undefined) {
      const page = await ask("GET", next);
      assert.is(page.headers.get("oci-filters-applied"), "artifactType");
      for (const { digest } of (await page.json()).manifests) found.push(digest);
      next = /<(.*)>/.exec(page.headers.get("link") ?? "")?.[1];
    }
    assert.equal(found, referrers.slice(1).map(({ descriptor }) => descriptor.digest));
  });
});

test("what was written can be read later than it was written", async () => {
  await serving({ lag: { reads: 1 } }, async (ask, { repositories }) => {
    const { layer, config, manifest } = sampleImage(1);
    repositories.set("a/b", holding([layer, config]));
    const headers = { "content-type": manifest.descriptor.mediaType };
    const put = await ask("PUT", "manifests/1", manifest.bytes, headers);
    assert.is(put.status, 201);
    const accept = { accept: OCI.manifest };
    const statuses = [];
    for (let times = 0; times < 2; times++) {
      statuses.push((await ask("HEAD", "manifests/1", undefined, accept)).status);
    }
    assert.equal(statuses, [404, 200]);
  });
});

test.run();
