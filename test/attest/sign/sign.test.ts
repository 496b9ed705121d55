import { createPublicKey } from "node:crypto";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { attach, attachments } from "../../../build/attest/attach.ts";
import { ARTIFACT } from "../../../build/attest/media-types.ts";
import { signerOf } from "../../../build/attest/keys/signer.ts";
import { type Form, signImage } from "../../../build/attest/sign/sign.ts";
import { giveDefaultDigest } from "../../../build/attest/trust/default-digest.ts";
import { cosignTag } from "../../../build/oci/attachment-tag.ts";
import type { Manifest } from "../../../build/oci/manifest.ts";
import { readManifest } from "../../../build/oci/document.ts";
import { content, jsonContent } from "../../../build/oci/descriptor.ts";
import type { Digest } from "../../../build/oci/digest.ts";
import type { Store } from "../../../build/store/store.ts";
import { readAll } from "../../../build/store/verified.ts";
import { PauseError } from "../../../build/error.ts";
import { failsWith } from "../../support/fails.ts";
import {
  countReferrers,
  DIGESTS,
  ED25519,
  NAME,
  OURS,
  ROOT,
  sealOf,
  stored,
  TAG,
  THEIRS,
  verdicts,
} from "./stage.ts";

const ALL = ["signed", "signed", "signed"];
const NONE = ["unsigned", "unsigned", "unsigned"];

async function underTag(store: Store, digest: Digest): Promise<Manifest> {
  return readManifest((await store.getManifest(cosignTag(digest, "sig"))).bytes);
}

for (const [what, key] of [["P-256", OURS], ["Ed25519", ED25519]] as const) {
  for (const forms of [["tag"], ["referrer"]] as const satisfies readonly (readonly Form[])[]) {
    test(`an index and each of its images are signed by a key of ${what}, as a ${forms[0]}`, async () => {
      const store = await stored();
      assert.equal(await verdicts(store, [key]), NONE);
      const signed = await signImage(store, TAG, sealOf(key), { name: NAME, forms });
      assert.equal(signed.map(({ descriptor }) => descriptor.digest), DIGESTS);
      assert.equal(await verdicts(store, [key]), ALL);
      assert.equal(await verdicts(store, [THEIRS]), ["untrusted", "untrusted", "untrusted"]);
    });
  }
}

test("of an index alone, its images stay without a signature", async () => {
  const store = await stored();
  await signImage(store, TAG, sealOf(OURS), { name: NAME, recursive: false });
  assert.equal(await verdicts(store, [OURS]), ["unsigned", "unsigned", "signed"]);
});

test("what is signed under the tag names the digest and the repository, and nothing else", async () => {
  const store = await stored();
  await signImage(store, TAG, sealOf(OURS), { name: NAME });
  const { config, layers } = await underTag(store, ROOT.descriptor.digest);
  assert.is(layers.length, 1);
  const [layer] = layers;
  if (layer === undefined) throw new Error("there is no layer");
  assert.is(layer.mediaType, "application/vnd.dev.cosign.simplesigning.v1+json");
  assert.equal(Object.keys(layer.annotations ?? {}), ["dev.cosignproject.cosign/signature"]);
  assert.equal(
    JSON.parse(new TextDecoder().decode(await readAll(await store.getBlob(layer), 999))),
    {
      critical: {
        identity: { "docker-reference": NAME },
        image: { "docker-manifest-digest": ROOT.descriptor.digest },
        type: "cosign container image signature",
      },
      optional: null,
    },
  );
  // Readers of images find one there: some of them look.
  assert.is(config.mediaType, "application/vnd.oci.image.config.v1+json");
});

test("signing twice adds nothing, and says so", async () => {
  const store = await stored();
  const outcomes = async (): Promise<string[]> =>
    (await signImage(store, TAG, sealOf(OURS), { name: NAME })).map(({ outcome }) => outcome);
  assert.equal(new Set(await outcomes()), new Set(["signed"]));
  const before = await store.getManifest(cosignTag(ROOT.descriptor.digest, "sig"));
  assert.equal(new Set(await outcomes()), new Set(["present"]));
  const after = await store.getManifest(cosignTag(ROOT.descriptor.digest, "sig"));
  assert.is(after.descriptor.digest, before.descriptor.digest);
  assert.is(await countReferrers(store, ROOT.descriptor.digest), 1);
});

test("signatures of others stay as they are, under the tag and beside it", async () => {
  const store = await stored();
  await signImage(store, TAG, sealOf(THEIRS), { name: "other.example/pause" });
  const [theirs] = (await underTag(store, ROOT.descriptor.digest)).layers;
  await signImage(store, TAG, sealOf(OURS), { name: NAME });
  const { layers } = await underTag(store, ROOT.descriptor.digest);
  assert.is(layers.length, 2);
  assert.equal(layers[0], theirs);
  assert.is(await countReferrers(store, ROOT.descriptor.digest), 2);
  assert.equal(await verdicts(store, [OURS, THEIRS]), ALL);
});

test("a copy of our signature's payload with another signature is not taken for ours", async () => {
  const store = await stored();
  for (const key of [THEIRS, OURS]) await signImage(store, TAG, sealOf(key), { name: NAME });
  assert.is((await underTag(store, ROOT.descriptor.digest)).layers.length, 2);
  assert.equal(await verdicts(store, [OURS, THEIRS]), ALL);
});

test("the same image is signed once more for another repository", async () => {
  const store = await stored();
  for (const name of [NAME, "mirror.example/pause"]) {
    await signImage(store, TAG, sealOf(OURS), { name, forms: ["tag"] });
  }
  assert.is((await underTag(store, ROOT.descriptor.digest)).layers.length, 2);
});

test("a tag that holds something else is left alone", async () => {
  const store = await stored();
  const tag = cosignTag(ROOT.descriptor.digest, "sig");
  await store.putManifest(ROOT, [tag]);
  const error = await failsWith(
    ["verification"],
    () => signImage(store, TAG, sealOf(OURS), { name: NAME }),
  );
  assert.match(error.message, "is an index, where cosign keeps its signatures");
  assert.is((await store.resolve(tag))?.digest, ROOT.descriptor.digest);
});

test("an index whose images cannot be signed is not signed itself", async () => {
  const store = await stored();
  const failing: Store = {
    ...store,
    putManifest: (manifest, tags) =>
      tags.some((tag) => DIGESTS[0] !== undefined && tag === cosignTag(DIGESTS[0], "sig"))
        ? Promise.reject(new PauseError("registry", "Cannot push."))
        : store.putManifest(manifest, tags),
  };
  await failsWith(["registry"], () => signImage(failing, TAG, sealOf(OURS), { name: NAME }));
  const [, , root] = await verdicts(store, [OURS]);
  assert.is(root, "unsigned");
});

/** A store in which somebody else takes cosign's tag back to what it was, so many times. */
function contested(store: Store, times: number): Store {
  let left = times;
  return {
    ...store,
    async putManifest(manifest, tags) {
      const before = await Promise.all(tags.map((tag) => store.resolve(tag)));
      await store.putManifest(manifest, tags);
      const [tag = ""] = tags;
      if (!tag.endsWith(".sig") || left-- <= 0) return;
      const [was] = before;
      if (was === undefined) await store.delete(tag);
      else await store.putManifest(await store.getManifest(was.digest), [tag]);
    },
  };
}

test("a signature that somebody else wrote over at the same time is written again", async () => {
  const store = await stored();
  await signImage(store, TAG, sealOf(THEIRS), { name: NAME, forms: ["tag"] });
  await signImage(contested(store, 2), TAG, sealOf(OURS), { name: NAME, forms: ["tag"] });
  assert.equal(await verdicts(store, [OURS, THEIRS]), ALL);
});

test("signing is given up where others keep writing over it, and that is said", async () => {
  const store = contested(await stored(), Number.MAX_SAFE_INTEGER);
  const signing = (): Promise<unknown> =>
    signImage(store, TAG, sealOf(OURS), { name: NAME, forms: ["tag"] });
  assert.match((await failsWith(["registry"], signing)).message, "Run the command again later");
});

test("what strangers hung on the image wrongly keeps nobody from signing it", async () => {
  const store = await stored();
  const document = content(ARTIFACT.bundle, new Uint8Array(8 * 1024 * 1024 + 1));
  await attach(store, ROOT.descriptor, { artifactType: ARTIFACT.bundle, document });
  await signImage(store, TAG, sealOf(OURS), { name: NAME, forms: ["referrer"], recursive: false });
  assert.is(await countReferrers(store, ROOT.descriptor.digest), 2);
});

test("a list of referrers that cannot be read is not taken for an empty one", async () => {
  const store: Store = {
    ...await stored(),
    // deno-lint-ignore require-yield
    async *referrers() {
      await Promise.resolve();
      throw new PauseError("registry", "Cannot list.");
    },
  };
  await failsWith(["registry"], () => signImage(store, TAG, sealOf(OURS), { name: NAME }));
});

test("sigstore's own library accepts our bundle by the key, and no other key", async () => {
  const { bundleFromJSON } = await import("@sigstore/bundle");
  const { toSignedEntity, toTrustMaterial, Verifier } = await import("@sigstore/verify");
  giveDefaultDigest();
  const store = await stored();
  await signImage(store, TAG, sealOf(OURS), { name: NAME, forms: ["referrer"] });
  const found = [];
  for await (const one of attachments(store, ROOT.descriptor.digest)) found.push(one);
  const [own] = found;
  if (own === undefined) throw new Error("nothing hangs there");
  const { document, artifactType, annotations } = own;
  assert.is(artifactType, ARTIFACT.bundle);
  assert.equal(annotations, {
    "dev.sigstore.bundle.content": "dsse-envelope",
    "dev.sigstore.bundle.predicateType": "https://sigstore.dev/cosign/sign/v1",
  });
  const bundle = bundleFromJSON(JSON.parse(new TextDecoder().decode(document.bytes)));
  const verify = ({ publicKey }: { readonly publicKey: string }): unknown => {
    const root = { tlogs: [], ctlogs: [], certificateAuthorities: [], timestampAuthorities: [] };
    const material = toTrustMaterial({ mediaType: "", ...root }, (hint) => {
      assert.is(hint, signerOf(OURS.privateKey).keyHint);
      return { publicKey: createPublicKey(publicKey), validFor: () => true };
    });
    const options = { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0, tsaThreshold: 0 };
    return new Verifier(material, options).verify(toSignedEntity(bundle));
  };
  verify(OURS);
  assert.throws(() => verify(THEIRS), /signature/i);
});

test("a manifest under the tag that somebody else has put there keeps its layers, whatever they are", async () => {
  const store = await stored();
  const foreign = { ...DESCRIBED, annotations: { "org.example.kept": "yes" } };
  const manifest = jsonContent("application/vnd.oci.image.manifest.v1+json", {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: DESCRIBED,
    layers: [foreign],
  });
  await store.putBlob(DESCRIBED, () => Promise.resolve(new Blob(["{}"]).stream()));
  await store.putManifest(manifest, [cosignTag(ROOT.descriptor.digest, "sig")]);
  await signImage(store, TAG, sealOf(OURS), { name: NAME, forms: ["tag"] });
  const { layers } = await underTag(store, ROOT.descriptor.digest);
  assert.equal(layers[0], foreign);
  assert.is(layers.length, 2);
});

const DESCRIBED = jsonContent("application/vnd.oci.empty.v1+json", {}).descriptor;

test.run();
