import process from "node:process";
import type { TrustOptions } from "../attest/trust/trust.ts";
import type { Policy } from "../attest/verify/policy.ts";
import { VERDICT_CODES } from "../attest/verify/verdict.ts";
import { commandHelp } from "./command-help.ts";
import { type Connection, type ImagePlace, openImagePlace } from "./image-place.ts";
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
  let pin: Pin = () => read.image;
  const locate = async (): Promise<ImagePlace> => {
    const place = await openImagePlace(read.image, connectionOf(read, signal));
    pin = place.pin;
    return place;
  };
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

/** What takes longer than the user has given it ends as if it had failed. */
function connectionOf(
  { plainHttp, certDir, timeout }: VerifySignatureWords,
  signal: AbortSignal,
): Connection {
  return {
    plainHttp,
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeout)]),
    ...(certDir !== undefined && { certDir }),
  };
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
