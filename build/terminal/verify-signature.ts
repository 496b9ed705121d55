import process from "node:process";
import type { TrustOptions } from "../attest/trust/trust.ts";
import type { Policy } from "../attest/verify/policy.ts";
import { VERDICT_CODES } from "../attest/verify/verdict.ts";
import type { VerifyOptions } from "../attest/verify/verify.ts";
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
  let pin: Pin = () => read.image;
  const verified = await within(read.timeout, signal, async (limited) => {
    const check = await certificateCheck(optionsOf(read, limited));
    const locate = async (): Promise<ImagePlace> => {
      const place = await openImagePlace(read.image, connectionOf(read, limited));
      pin = place.pin;
      return place;
    };
    return await verifySignatures(locate, { policy, check, signal, ...wantedOf(read) });
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

function connectionOf(
  { plainHttp, certDir }: VerifySignatureWords,
  signal: AbortSignal,
): Connection {
  return { plainHttp, signal, ...(certDir !== undefined && { certDir }) };
}

function wantedOf(
  { predicateType, platforms }: VerifySignatureWords,
): Pick<VerifyOptions, "predicateType" | "platforms"> {
  return {
    ...(predicateType !== undefined && { predicateType }),
    ...(platforms && { platforms }),
  };
}

/** What takes longer than the user has given it ends as if it had failed. */
async function within<Value>(
  milliseconds: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  // Node 20 collects AbortSignal.timeout as garbage when only AbortSignal.any knows it.
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), milliseconds);
  try {
    return await work(AbortSignal.any([signal, late.signal]));
  } finally {
    clearTimeout(timer);
  }
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
