/** An index over two images in memory, keys, and the verdict on what hangs there. */

import { memoryStore } from "../../../build/store/memory.ts";
import type { Store } from "../../../build/store/store.ts";
import { signerOf } from "../../../build/attest/keys/signer.ts";
import { keySeal, type Seal } from "../../../build/attest/sign/seal.ts";
import { policyOf } from "../../../build/attest/verify/policy.ts";
import { readTrustedKey } from "../../../build/attest/verify/public-key.ts";
import type { Verdict } from "../../../build/attest/verify/verdict.ts";
import { verifySignatures } from "../../../build/attest/verify/verify.ts";
import type { Digest } from "../../../build/oci/digest.ts";
import { type SampleImage, sampleImage, sampleIndex } from "../../support/images.ts";
import { ecKey, ed25519Key, type TestKey } from "../verify/signing.ts";

export const TAG = "3.10";
export const NAME = "registry.example.com/k8s/pause";

export const IMAGES: readonly SampleImage[] = [sampleImage(1), sampleImage(2)];
export const ROOT: SampleImage["manifest"] = sampleIndex(IMAGES);
/** The images of the index, and itself. */
export const DIGESTS: readonly Digest[] = [...IMAGES.map(({ manifest }) => manifest), ROOT]
  .map(({ descriptor }) => descriptor.digest);

export const OURS: TestKey = ecKey(1);
export const THEIRS: TestKey = ecKey(2);
export const ED25519: TestKey = ed25519Key(3);

export const sealOf = ({ privateKey }: TestKey): Seal => keySeal(signerOf(privateKey));

/** A store with the index under {@link TAG}. */
export async function stored(): Promise<Store> {
  const parts = IMAGES.flatMap(({ config, layer, manifest }) => [config, layer, manifest]);
  const store = memoryStore("memory", [...parts, ROOT]);
  await store.putManifest(ROOT, [TAG]);
  return store;
}

/** The verdict on each of {@link DIGESTS}, for whoever trusts these keys and wants all of them. */
export async function verdicts(
  store: Store,
  keys: readonly TestKey[],
  predicateType?: string,
): Promise<Verdict[]> {
  const signers = keys.map(({ publicKey }) => readTrustedKey(publicKey, "test.pub"));
  const options = {
    policy: policyOf(signers, signers.length),
    check: () => Promise.reject(new Error("there is no certificate in these tests")),
    ...(predicateType !== undefined && { predicateType }),
  };
  const each = DIGESTS.map((ref) =>
    verifySignatures(() => Promise.resolve({ store, ref }), options)
  );
  return (await Promise.all(each)).map(({ verdict }) => verdict);
}

/** What hangs on an image as a referrer. */
export async function countReferrers(store: Store, digest: Digest): Promise<number> {
  let count = 0;
  for await (const _ of store.referrers(digest)) count++;
  return count;
}
