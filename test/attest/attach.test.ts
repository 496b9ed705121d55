import { test } from "uvu";
import * as assert from "uvu/assert";
import { attach, attachments } from "../../build/attest/attach.ts";
import { preAuthEncoding } from "../../build/attest/dsse.ts";
import { ARTIFACT } from "../../build/attest/media-types.ts";
import { readStatement, statement, statementBytes } from "../../build/attest/statement.ts";
import { content, type Descriptor } from "../../build/oci/descriptor.ts";
import { readManifest } from "../../build/oci/document.ts";
import { memoryStore } from "../../build/store/memory.ts";
import type { Store } from "../../build/store/store.ts";
import { failsWith } from "../support/fails.ts";
import { sampleImage } from "../support/images.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

const DOCUMENT = {
  artifactType: ARTIFACT.spdx,
  document: content(ARTIFACT.spdx, encode('{"spdxVersion":"SPDX-2.3"}')),
  annotations: { "org.example.kind": "sbom" },
};

function storeWith(seed: number): { readonly store: Store; readonly image: Descriptor } {
  const { config, layer, manifest } = sampleImage(seed);
  const store = memoryStore("memory", [config, layer, manifest]);
  return { store, image: manifest.descriptor };
}

const all = async (store: Store, image: Descriptor, type?: string) => {
  const found = [];
  for await (
    const one of attachments(store, image.digest, (found) => type === undefined || found === type)
  ) found.push(one);
  return found;
};

test("what is attached to an image is found there, by its type", async () => {
  const { store, image } = storeWith(1);
  const manifest = await attach(store, image, DOCUMENT);
  const [found, ...more] = await all(store, image, ARTIFACT.spdx);
  assert.is(more.length, 0);
  assert.equal(found, { manifest, ...DOCUMENT });
  assert.equal(await all(store, image, ARTIFACT.cyclonedx), []);
});

test("it hangs there by an artifact manifest of OCI 1.1", async () => {
  const { store, image } = storeWith(1);
  const { digest } = await attach(store, image, DOCUMENT);
  const manifest = readManifest((await store.getManifest(digest)).bytes);
  assert.is(manifest.artifactType, ARTIFACT.spdx);
  assert.is(manifest.config.mediaType, "application/vnd.oci.empty.v1+json");
  assert.is(manifest.config.size, 2);
  assert.equal(manifest.subject, image);
});

test("attaching the same twice leaves it there once", async () => {
  const { store, image } = storeWith(1);
  const first = await attach(store, image, DOCUMENT);
  assert.equal(await attach(store, image, DOCUMENT), first);
  assert.is((await all(store, image)).length, 1);
});

test("a referrer whose subject is another image is refused, whatever the list says", async () => {
  const { store, image } = storeWith(1);
  const other = sampleImage(2).manifest.descriptor;
  const manifest = await attach(store, other, DOCUMENT);
  const lying: Store = {
    ...store,
    async *referrers() {
      yield await Promise.resolve({ ...manifest, artifactType: ARTIFACT.spdx });
    },
  };
  const error = await failsWith(["verification"], () => all(lying, image));
  assert.match(error.message, "it refers to another image");
});

test("a document that nobody would write for its size is not even asked for", async () => {
  const { store, image } = storeWith(1);
  const huge = content(ARTIFACT.spdx, new Uint8Array(8 * 1024 * 1024 + 1));
  await attach(store, image, { artifactType: ARTIFACT.spdx, document: huge });
  const unasked: Store = { ...store, getBlob: () => Promise.reject(new Error("it was asked for")) };
  await failsWith(["verification"], () => all(unasked, image));
});

test("a statement is read as it was written, and another version of it is refused", async () => {
  const made = statement([{ name: "pause", digest: { sha256: "0".repeat(64) } }], "type", { a: 1 });
  assert.equal(readStatement(statementBytes(made)), made);
  const old = encode(JSON.stringify({ ...made, _type: "https://in-toto.io/Statement/v0.1" }));
  const error = await failsWith(["verification"], () => readStatement(old));
  assert.match(error.message, "_type");
});

test("what is signed of a payload has its type and both lengths before it, in bytes", () => {
  assert.is(
    new TextDecoder().decode(
      preAuthEncoding("http://example.com/HelloWorld", encode("hello world")),
    ),
    "DSSEv1 29 http://example.com/HelloWorld 11 hello world",
  );
  assert.is(new TextDecoder().decode(preAuthEncoding("t", encode("é"))), "DSSEv1 1 t 2 é");
});

test.run();
