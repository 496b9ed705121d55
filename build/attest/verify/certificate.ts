import { PauseError, reason } from "../../error.ts";
import type { TrustOptions } from "../trust/trust.ts";
import type { TrustedRoot } from "../trust/trusted-root.ts";
import type { CheckCertificate } from "./judge.ts";

/**
 * What verifies bundles that were made with certificates. A trusted root of the user's is read at
 * once; Sigstore's is asked for when there is a bundle to verify.
 *
 * @returns its function throws `verification` when a bundle does not hold, and `unknown` when there is
 * no trusted root to hold it to: that says nothing about the bundle
 * @throws PauseError `usage` when the user's trusted root is none; `storage`
 */
export async function certificateCheck(options: TrustOptions): Promise<CheckCertificate> {
  let root: Promise<TrustedRoot> | undefined;
  if (options.file !== undefined) await (root = rootFrom(options, "usage"));
  return async (bundle, artifact) => {
    root ??= rootFrom(options, "unknown");
    const trusted = await root;
    const { verifyKeyless } = await import("../keyless/verify.ts");
    return await verifyKeyless(bundle, artifact, trusted);
  };
}

/** @param wrong what a root that is none is: of a file the user's mistake */
async function rootFrom(options: TrustOptions, wrong: "usage" | "unknown"): Promise<TrustedRoot> {
  // Whoever trusts keys alone loads none of it.
  const { trustedRoot } = await import("../trust/trust.ts");
  try {
    return await trustedRoot(options);
  } catch (error) {
    const isWrong = error instanceof PauseError && error.code === "verification";
    throw isWrong ? new PauseError(wrong, reason(error), { cause: error }) : error;
  }
}
