/** A real registry, and signatures that nothing of ours has made: openssl's. */

import { Buffer } from "node:buffer";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { VERDICT_CODES } from "../../../build/attest/verify/verdict.ts";
import { copy } from "../../../build/copy/copy.ts";
import type { Content } from "../../../build/oci/descriptor.ts";
import { memoryStore } from "../../../build/store/memory.ts";
import { registryStore } from "../../../build/store/registry/registry.ts";
import { runVerifySignature } from "../../../build/terminal/verify-signature.ts";
import { withDockerRegistry } from "../../support/docker-registry.ts";
import { withFolder } from "../../support/folder.ts";
import { sampleImage } from "../../support/images.ts";
import { output } from "../../support/pushed.ts";
import { lacks, skip } from "../../support/skip.ts";
import { screenOn } from "../../terminal/desk.ts";
import {
  type Contents,
  cosignLayer,
  cosignManifest,
  keyBundle,
  manifestOf,
  referrerOf,
  simpleSigning,
  statement,
} from "./signing.ts";
import { STRANGER, TRUSTED } from "./stage.ts";

const missing = lacks("docker-registry", "openssl");
const TAG = "3.10";
const IMAGE = sampleImage(1);
const SIG_TAG = `${IMAGE.manifest.descriptor.digest.replace(":", "-")}.sig`;

/** Pushes what was made, the last of it under tags. */
type Push = (contents: Contents, ...tags: string[]) => Promise<void>;

/** A registry with an image, and a folder with stranger.pub. */
async function withImage(
  use: (image: string, push: Push, folder: string) => Promise<void>,
): Promise<void> {
  if (missing !== undefined) return skip(missing);
  await withFolder((folder) =>
    withDockerRegistry(async ({ host }) => {
      const to = registryStore({ host, repository: "k8s/pause" });
      const push: Push = async (contents, ...tags) => {
        const from = memoryStore("test", contents);
        await copy(from, manifestOf(contents).descriptor.digest, to, { tags });
      };
      await push([IMAGE.config, IMAGE.layer, IMAGE.manifest], TAG);
      await writeFile(join(folder, "stranger.pub"), STRANGER.publicKey);
      await use(`${host}/k8s/pause:${TAG}`, push, folder);
    })
  );
}

async function verdict(...words: string[]): Promise<{ code: number; text: string }> {
  const lines: string[] = [];
  const { signal } = new AbortController();
  const code = await runVerifySignature(words, signal, screenOn(lines));
  return { code, text: lines.join("\n") };
}

test("what docker-registry does not have is unsigned by its own word, and then signed by a stranger", () =>
  withImage(async (image, push, folder) => {
    await writeFile(join(folder, "trusted.pub"), TRUSTED.publicKey);
    const trusted = ["--key", join(folder, "trusted.pub")];
    const before = await verdict(image, ...trusted);
    assert.is(before.code, VERDICT_CODES.unsigned, before.text);
    await push(referrerOf(IMAGE.manifest, keyBundle(STRANGER, statement(IMAGE.manifest))));
    const after = await verdict(image, ...trusted);
    assert.is(after.code, VERDICT_CODES.untrusted, after.text);
    const theirs = await verdict(image, "--key", join(folder, "stranger.pub"));
    assert.is(theirs.code, VERDICT_CODES.signed, theirs.text);
    const gone = await verdict(image.replace(TAG, "none"), ...trusted);
    assert.is(gone.code, VERDICT_CODES.unknown, gone.text);
  }));

const KEYS: Readonly<Record<string, readonly string[]>> = {
  "P-256": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
  "P-384": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
  "RSA": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
  "Ed25519": ["-algorithm", "ED25519"],
};

for (const [name, words] of Object.entries(KEYS)) {
  test(`what openssl signs with a key of ${name} is signed, by whom it is and by nobody else`, () =>
    withImage(async (image, push, folder) => {
      const at = (name: string): string => join(folder, name);
      const [key, pub, data, sig] = [at("key.pem"), at("key.pub"), at("payload"), at("signature")];
      await output("openssl", "genpkey", ...words, "-out", key);
      await output("openssl", "pkey", "-in", key, "-pubout", "-out", pub);
      const layer = cosignLayer(TRUSTED, simpleSigning(IMAGE.manifest));
      await writeFile(data, layer.content.bytes);
      const hash = name === "Ed25519" ? [] : ["-digest", "sha256"];
      const sign = ["-sign", "-inkey", key, "-rawin", ...hash, "-in", data, "-out", sig];
      await output("openssl", "pkeyutl", ...sign);
      await push(cosignManifest([withSignature(layer.content, await readFile(sig))]), SIG_TAG);
      const signed = await verdict(image, "--key", pub);
      assert.is(signed.code, VERDICT_CODES.signed, signed.text);
      const other = await verdict(image, "--key", at("stranger.pub"));
      assert.is(other.code, VERDICT_CODES.untrusted, other.text);
    }));
}

function withSignature(content: Content, signature: Uint8Array): ReturnType<typeof cosignLayer> {
  const text = Buffer.from(signature).toString("base64");
  return { content, annotations: { "dev.cosignproject.cosign/signature": text } };
}

test.run();
