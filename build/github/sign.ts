import type { Seal } from "../attest/sign/seal.ts";
import type { Delivered } from "../make/workshop.ts";
import type { Digest } from "../oci/digest.ts";
import { formatReference } from "../oci/reference.ts";
import { openNetwork } from "../store/registry/http/network.ts";
import { registryStore } from "../store/registry/registry.ts";
import { sealedLine } from "../terminal/sealing.ts";
import type { Desk } from "./desk.ts";
import { INPUTS } from "./inputs.ts";
import { repositoryIn } from "./login.ts";
import { placesOf } from "./mirrored.ts";

/** The word for the identity of the workflow in place of a key. */
const KEYLESS = "keyless";

/** The environment, as the process has it. */
type Environment = Record<string, string | undefined>;

/** The variables that hold passphrases. */
const PASSPHRASES = ["PAUSE_KEY_PASSPHRASE", "COSIGN_PASSWORD"] as const;

/**
 * Opens what the input `sign` names, before anything is built: nobody is to wait for a compiler to
 * hear of a passphrase that is wrong. What the environment has of the key is taken out of it, where
 * it would be handed on to every compiler.
 *
 * @returns undefined when nothing is to be signed
 * @throws PauseError `usage`, `authentication`
 */
export async function sealFor(
  { inputs: { sign }, environment, signal, log }: Desk,
): Promise<Seal | undefined> {
  if (sign === INPUTS.sign.fallback) return undefined;
  if (sign === KEYLESS) {
    const { keylessSeal } = await import("../attest/keyless/seal.ts");
    return await keylessSeal({ environment, signal });
  }
  const { openSigner } = await import("../attest/keys/key-source.ts");
  const { keySeal } = await import("../attest/sign/seal.ts");
  const onWarning = (text: string): void => log.write(`Warning: ${text}`);
  const signer = await openSigner(sign, { environment, onWarning });
  for (const name of [/^env:\/\/(\w+)$/.exec(sign)?.[1], ...PASSPHRASES]) {
    if (name !== undefined) delete (environment as Environment)[name];
  }
  return keySeal(signer);
}

/**
 * Signs what was pushed to the `registry` of the inputs: an index, each of its images, and the SBOMs
 * and the provenance that hang on them.
 *
 * @returns whether there is a signature now that there was not
 * @throws PauseError what the registry and the seal's services throw
 */
export async function signPushed(
  desk: Desk,
  pushed: readonly Delivered[],
  seal: Seal,
): Promise<boolean> {
  const repository = repositoryIn(desk.inputs.registry);
  const name = formatReference(repository);
  const { credentials, ...places } = placesOf(desk);
  const network = openNetwork(places.certDir === undefined ? {} : { certDir: places.certDir });
  const store = registryStore(repository, {
    ...places,
    // A tag that only seems to be missing would be written over, with the signatures that it holds.
    strictAbsence: true,
    network,
    ...(credentials && { credentials }),
  });
  const outcomes: string[] = [];
  const tell = (...[outcome, target, what]: Parameters<typeof sealedLine>): void => {
    outcomes.push(outcome);
    desk.log.write(sealedLine(outcome, target, what));
  };
  const { signImage } = await import("../attest/sign/sign.ts");
  const { attestImage } = await import("../attest/sign/attest.ts");
  const isSaid = pushed.some(({ attached }) => attached.length > 0);
  for (const digest of rootsOf(pushed)) {
    await signImage(store, digest, seal, {
      name,
      onSigned: (one) => tell(one.outcome, one, one.form),
    });
    if (!isSaid) continue;
    await attestImage(store, digest, seal, {
      name,
      onAttested: (one) => tell(one.outcome, one, one.predicateType),
    });
  }
  return outcomes.includes("signed");
}

/** The index, below which all the others are; single images where there is none. */
function rootsOf(pushed: readonly Delivered[]): readonly Digest[] {
  const indexes = pushed.flatMap(({ index }) => index?.digest ?? []);
  if (indexes.length > 0) return indexes;
  return pushed.flatMap(({ images }) => images.map(({ manifest: { digest } }) => digest));
}
