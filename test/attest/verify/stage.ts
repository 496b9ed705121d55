/** A registry with an image and what hangs on it, and the verdict on it. */

import type { CheckCertificate } from "../../../build/attest/verify/judge.ts";
import { type Policy, policyOf } from "../../../build/attest/verify/policy.ts";
import { readTrustedKey } from "../../../build/attest/verify/public-key.ts";
import {
  type Verified,
  type VerifyOptions,
  verifySignatures,
} from "../../../build/attest/verify/verify.ts";
import { PauseError } from "../../../build/error.ts";
import { type Content, jsonContent } from "../../../build/oci/descriptor.ts";
import { OCI } from "../../../build/oci/media-types.ts";
import type { RegistryOptions } from "../../../build/store/registry/registry.ts";
import { type SampleImage, sampleImage, sampleIndex } from "../../support/images.ts";
import {
  type RegistryOptions as Habits,
  type TestRegistry,
  withRegistry,
} from "../../support/registry.ts";
import { holding } from "../../support/registry/held.ts";
import { openStore, REPOSITORY } from "../../store/registry/open.ts";
import { type Contents, ecKey, manifestOf, type TestKey } from "./signing.ts";

/** The key that the policy of these tests trusts. */
export const TRUSTED: TestKey = ecKey(1);
/** One that it does not trust. */
export const STRANGER: TestKey = ecKey(2);

export const AMD64: SampleImage = sampleImage(1);
export const ARM64: SampleImage = sampleImage(2);
/** What is verified: an index over two images. */
export const ROOT: Content = sampleIndex([AMD64, ARM64]);
export const OTHER: Content = sampleIndex([ARM64]);

export const TAG = "3.10";
export const SIG_TAG: string = `${ROOT.descriptor.digest.replace(":", "-")}.sig`;
export const FALLBACK_TAG: string = ROOT.descriptor.digest.replace(":", "-");

/** No bundle of these tests may get there unless they say so. */
const noCertificate: CheckCertificate = () =>
  Promise.reject(new PauseError("verification", "Cannot verify a certificate in this test."));

export interface Scene {
  /** @default it is as the specification has it */
  readonly habits?: Habits;
  /** Under cosign's tag. */
  readonly cosign?: Contents;
  readonly referrers?: readonly Contents[];
  /** Changes what the registry holds, and orders faults. */
  readonly arrange?: (registry: TestRegistry) => void;
  readonly options?: Partial<VerifyOptions>;
  /** How the store is opened. */
  readonly store?: RegistryOptions;
  /** @default the tag */
  readonly ref?: string;
}

export const POLICY: Policy = policyOf([readTrustedKey(TRUSTED.publicKey, "trusted.pub")], 1);

/** What comes out for a registry that holds these things. */
export function verdictOn(scene: Scene): Promise<Verified> {
  return withRegistry(scene.habits ?? {}, async (registry) => {
    registry.repositories.set(REPOSITORY, held(scene));
    scene.arrange?.(registry);
    const store = openStore(registry, { access: "pull", strictAbsence: true, ...scene.store });
    const options = { policy: POLICY, check: noCertificate, ...scene.options };
    const located = { store, ref: scene.ref ?? TAG };
    return await verifySignatures(() => Promise.resolve(located), options);
  });
}

function held({ habits, cosign = [], referrers = [] }: Scene): ReturnType<typeof holding> {
  const images = [AMD64, ARM64].flatMap(({ config, layer, manifest }) => [config, layer, manifest]);
  const list = jsonContent(OCI.index, {
    schemaVersion: 2,
    mediaType: OCI.index,
    manifests: referrers.map((contents) => manifestOf(contents).descriptor),
  });
  const fallback = habits?.referrersApi === false && referrers.length > 0 ? [list] : [];
  return holding([...images, ROOT, OTHER, ...cosign, ...referrers.flat(), ...fallback], {
    [TAG]: ROOT,
    ...(cosign.length > 0 && { [SIG_TAG]: manifestOf(cosign) }),
    ...(fallback[0] && { [FALLBACK_TAG]: fallback[0] }),
  });
}

/** What is said of everything that does not count, and of what could not be read. */
export function reasons({ subjects, unread }: Verified): string[] {
  return [
    ...unread,
    ...subjects.flatMap(({ signatures, unread }) => [
      ...signatures.flatMap(({ reason }) => reason ?? []),
      ...unread,
    ]),
  ];
}
