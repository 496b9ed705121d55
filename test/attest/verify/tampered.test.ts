/** One bit of a signature is another: it is never signed then, and never a defect of ours. */

import { Buffer } from "node:buffer";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { verifySignatures } from "../../../build/attest/verify/verify.ts";
import { type Content, content } from "../../../build/oci/descriptor.ts";
import { OCI } from "../../../build/oci/media-types.ts";
import { layoutStore } from "../../../build/store/layout/layout.ts";
import { memoryStore } from "../../../build/store/memory.ts";
import type { Store } from "../../../build/store/store.ts";
import { withFolder } from "../../support/folder.ts";
import { bytesOf } from "../../support/images.ts";
import { putImage } from "../../store/put.ts";
import {
  BUNDLE,
  type Contents,
  cosignLayer,
  cosignManifest,
  keyBundle,
  manifestOf,
  referrerOf,
  simpleSigning,
  statement,
} from "./signing.ts";
import { AMD64, ARM64, POLICY, ROOT, SIG_TAG, TAG, TRUSTED } from "./stage.ts";

const FLIPS = 300;

/** Copies of bytes with one bit flipped each, at places that look random and are always the same. */
function* flipped(bytes: Uint8Array): Generator<Uint8Array<ArrayBuffer>> {
  const random = new DataView(bytesOf(42, 4 * FLIPS).buffer);
  for (let at = 0; at < FLIPS; at++) {
    const copy = new Uint8Array(bytes);
    const place = random.getUint32(4 * at) % copy.length;
    copy[place] = (copy[place] ?? 0) ^ (1 << at % 8);
    yield copy;
  }
}

/** A store in which only the verdict matters: manifests are held to nothing. */
function held(contents: Contents, tags: Readonly<Record<string, Content>>): Store {
  const images = [AMD64, ARM64].flatMap(({ config, layer, manifest }) => [config, layer, manifest]);
  const store = memoryStore("test", [...images, ROOT, ...contents]);
  const found = (ref: string): Content | undefined => tags[ref];
  return {
    ...store,
    resolve: async (ref) => found(ref)?.descriptor ?? await store.resolve(ref),
    getManifest: async (ref) => found(ref) ?? await store.getManifest(ref),
  };
}

async function verdictOf(store: Store): Promise<string> {
  const options = { policy: POLICY, check: () => Promise.reject(new Error("no certificate")) };
  const { verdict } = await verifySignatures(() => Promise.resolve({ store, ref: TAG }), options);
  return verdict;
}

test("a bundle is signed no more when a bit of what it signs flips", async () => {
  const bytes = new TextEncoder().encode(JSON.stringify(keyBundle(TRUSTED, statement(ROOT))));
  const text = new TextDecoder().decode(bytes);
  const verdicts = new Map<string, number>();
  for (const copy of flipped(bytes)) {
    const verdict = await verdictOf(
      held(referrerOf(ROOT, content(BUNDLE, copy)), { [TAG]: ROOT }),
    );
    if (verdict === "signed") assert.ok(isSame(text, copy), new TextDecoder().decode(copy));
    verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
  }
  assert.ok((verdicts.get("untrusted") ?? 0) > FLIPS / 2);
});

/** Whether another text means the same envelope: what is left of a last digit of base64, say. */
function isSame(text: string, copy: Uint8Array): boolean {
  const read = (json: string): string => {
    const { payload, payloadType, signatures } = JSON.parse(json).dsseEnvelope;
    return [payload, signatures[0].sig].map((part: string) =>
      Buffer.from(part, "base64").toString("hex")
    ).join() + payloadType;
  };
  try {
    return read(text) === read(new TextDecoder().decode(copy));
  } catch {
    return false;
  }
}

test("a payload, or cosign's manifest over it, is signed no more when a bit of it flips", async () => {
  const layer = cosignLayer(TRUSTED, simpleSigning(ROOT));
  for (const copy of flipped(layer.content.bytes)) {
    const other = { ...layer, content: content(layer.content.descriptor.mediaType, copy) };
    const cosign = cosignManifest([other]);
    const store = held(cosign, { [TAG]: ROOT, [SIG_TAG]: manifestOf(cosign) });
    assert.is(await verdictOf(store), "untrusted");
  }
  const cosign = cosignManifest([layer]);
  const manifest = manifestOf(cosign);
  const { digest } = layer.content.descriptor;
  for (const copy of flipped(manifest.bytes)) {
    const other = content(OCI.manifest, copy);
    const tags = { [TAG]: ROOT, [SIG_TAG]: other, [other.descriptor.digest]: other };
    const verdict = await verdictOf(held(cosign, tags));
    // The configuration and the schema's words are no part of what is signed.
    const text = new TextDecoder().decode(copy);
    const whole = text.includes(digest) && text.includes(Object.values(layer.annotations)[0] ?? "");
    if (!whole) assert.is.not(verdict, "signed", text);
  }
});

test("what lies under cosign's tag and is no manifest is not read, and no defect", () =>
  withFolder(async (folder) => {
    const store = layoutStore(folder);
    for (const image of [AMD64, ARM64]) await putImage(store, image);
    await store.putManifest(ROOT, [TAG]);
    for (const text of ["{:}", '{"a\\x":1}', "", "[]"]) {
      const other = content(OCI.manifest, new TextEncoder().encode(text));
      const tags = { [SIG_TAG]: other, [other.descriptor.digest]: other };
      const found = {
        ...store,
        resolve: async (ref: string) => tags[ref]?.descriptor ?? await store.resolve(ref),
        getManifest: async (ref: string) => tags[ref] ?? await store.getManifest(ref),
      };
      assert.is(await verdictOf(found), "unknown");
    }
  }));

test.run();
