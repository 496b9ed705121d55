import process from "node:process";
import type { TrustOptions } from "../attest/trust/trust.ts";
import type { Policy } from "../attest/verify/policy.ts";
import { VERDICT_CODES } from "../attest/verify/verdict.ts";
import type { Located } from "../attest/verify/verify.ts";
import { PauseError } from "../error.ts";
import { formatReference, splitDigest } from "../oci/reference.ts";
import { commandHelp } from "./command-help.ts";
import { VERIFY_SIGNATURE } from "./manual/verify-signature.ts";
import { type Screen, screen } from "./screen.ts";
import { type Pin, verdictJson, verdictLines } from "./verify-signature-lines.ts";
import {
  readVerifySignatureWords,
  type TrustWords,
  type VerifySignatureWords,
} from "./verify-signature-words.ts";

/**
 * `pause-image verify-signature IMAGE`: finds out who signed, prints it, and says by the exit code
 * what came out.
 *
 * @throws PauseError `usage` for wrong words, keys or policies; `interrupted`
 */
export async function runVerifySignature(
  words: readonly string[],
  signal: AbortSignal,
  out: Screen = screen(process.stdout, process.env),
): Promise<number> {
  const read = readVerifySignatureWords(words, process.env);
  if (read === "help") {
    out.write(commandHelp(VERIFY_SIGNATURE));
    return 0;
  }
  // Whoever builds loads none of it.
  const { verifySignatures } = await import("../attest/verify/verify.ts");
  const { certificateCheck } = await import("../attest/verify/certificate.ts");
  const policy = await policyFrom(read.trust);
  const check = await certificateCheck(optionsOf(read, signal));
  const { locate, pin } = await open(read, signal);
  const verified = await verifySignatures(locate, {
    policy,
    check,
    signal,
    ...(read.predicateType !== undefined && { predicateType: read.predicateType }),
    ...(read.platforms && { platforms: read.platforms }),
  });
  if (read.json) out.write(verdictJson(read.image, verified, pin));
  else for (const line of verdictLines(read.image, verified, pin, out.paint)) out.write(line);
  return VERDICT_CODES[verified.verdict];
}

function optionsOf(
  { trustedRoot: file, offline }: VerifySignatureWords,
  signal: AbortSignal,
): TrustOptions {
  return { offline, signal, ...(file !== undefined && { file }) };
}

async function policyFrom(trust: TrustWords): Promise<Policy> {
  if ("policy" in trust) {
    const { readPolicyFile } = await import("../attest/verify/policy-file.ts");
    return await readPolicyFile(trust.policy);
  }
  const { exactIdentity, patternIdentity, policyOf } = await import("../attest/verify/policy.ts");
  const { readKeyFile } = await import("../attest/verify/public-key.ts");
  const { keys, identities, patterns, issuer, threshold } = trust;
  return policyOf([
    ...await Promise.all(keys.map((path) => readKeyFile(path))),
    ...identities.map((name) => exactIdentity(name, issuer)),
    ...patterns.map((text) => patternIdentity(text, issuer)),
  ], threshold);
}

/** An image that is to be read. */
interface Opened {
  readonly locate: () => Promise<Located>;
  readonly pin: Pin;
}

/** Opens what the user named. What takes longer than they have given it ends as if it had failed. */
async function open(words: VerifySignatureWords, signal: AbortSignal): Promise<Opened> {
  const { image, plainHttp, certDir, timeout } = words;
  const { openPlaces, readMirrorPlace } = await import("../mirror/place.ts");
  const { openNetwork } = await import("../store/registry/http/network.ts");
  const places = openPlaces({
    plainHttp,
    strictAbsence: true,
    network: openNetwork(certDir === undefined ? {} : { certDir }),
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeout)]),
  });
  const { name, ...pinned } = splitDigest(image);
  const place = readMirrorPlace(name);
  if (place.kind === "registry") {
    const { host, repository } = place.reference;
    return {
      locate: () => places.source({ ...place, reference: { ...place.reference, ...pinned } }),
      pin: (digest) => formatReference({ host, repository, digest }),
    };
  }
  const { form, path } = place.place;
  if (form === "docker-archive") {
    throw new PauseError(
      "usage",
      `Cannot verify ${image}: an archive for "docker load" holds no signatures. Name where the image is from.`,
    );
  }
  return {
    locate: async () =>
      pinned.digest === undefined
        ? await places.source(place)
        : { ...await places.repository(place), ref: pinned.digest },
    pin: (digest) => `${form}:${path}@${digest}`,
  };
}
