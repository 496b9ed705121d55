import type { KeyObject } from "node:crypto";
import { PauseError } from "../../error.ts";
import type { Digest } from "../../oci/digest.ts";

/** Who is trusted, and how many of them have to have signed. */
export interface Policy {
  readonly signers: readonly TrustedSigner[];
  /** How many of the signers, ≥ 1. */
  readonly threshold: number;
}

/** One who is trusted: the holder of a key, or whoever an issuer says that somebody is. */
export type TrustedSigner = TrustedKey | TrustedIdentity;

export interface TrustedKey {
  readonly kind: "key";
  /** How messages call it: its file. */
  readonly name: string;
  readonly key: KeyObject;
  /** Of its SubjectPublicKeyInfo in DER. */
  readonly fingerprint: Digest;
}

export interface TrustedIdentity {
  readonly kind: "identity";
  /** How messages call it: what the user wrote. */
  readonly name: string;
  /** The issuer of the identity token that the certificate names, all of it. */
  readonly issuer: string;
  /** Whether a certificate's subject is meant. */
  readonly matches: (identity: string) => boolean;
}

/** Who has signed, as far as signatures and certificates show. */
export type ProvenSigner =
  | { readonly kind: "key"; readonly fingerprint: Digest }
  | { readonly kind: "identity"; readonly identity: string; readonly issuer: string };

/**
 * Makes a policy of those who are trusted.
 *
 * @param threshold how many of them have to have signed, ≥ 1
 * @throws PauseError `usage` when nobody is trusted, one is named twice, or they are fewer than the
 * threshold
 */
export function policyOf(signers: readonly TrustedSigner[], threshold: number): Policy {
  const refuse = (found: string, next: string): PauseError =>
    new PauseError("usage", `Cannot use the policy: ${found}. ${next}`);
  if (signers.length === 0) {
    throw refuse("it trusts nobody", "Name a key, or an identity with its issuer.");
  }
  const ids = signers.map((signer) =>
    signer.kind === "key" ? signer.fingerprint : `${signer.issuer} ${signer.name}`
  );
  const twice = signers.find((_, at) => ids.indexOf(ids[at] ?? "") < at);
  if (twice !== undefined) {
    throw refuse(`${twice.name} is named before already`, "Name each signer once.");
  }
  if (threshold > signers.length) {
    throw refuse(
      `${threshold} signers are wanted of ${signers.length}`,
      "Name more of them, or lower the threshold.",
    );
  }
  return { signers, threshold };
}

/**
 * Reads a pattern for identities. All of an identity has to match it: a pattern for the beginning of
 * a name would trust whoever has it somewhere in theirs.
 *
 * @param text a regular expression of ECMAScript, with the flag u
 * @throws PauseError `usage` when it is none
 */
export function identityPattern(text: string): (identity: string) => boolean {
  try {
    // By itself first: what is put around it shall not make an expression of two halves.
    new RegExp(text, "u");
    const whole = new RegExp(`^(?:${text})$`, "u");
    return (identity) => whole.test(identity);
  } catch (error) {
    throw new PauseError(
      "usage",
      `Cannot use the pattern "${text}" for identities: it is no regular expression. ` +
        "Write one of ECMAScript, such as https://github\\.com/example/.*",
      { cause: error },
    );
  }
}

/** One identity, and no other. */
export function exactIdentity(name: string, issuer: string): TrustedSigner {
  return { kind: "identity", name, issuer, matches: (identity) => identity === name };
}

/**
 * All identities that a pattern matches.
 * @throws PauseError `usage` when it is no regular expression
 */
export function patternIdentity(text: string, issuer: string): TrustedSigner {
  return { kind: "identity", name: `/${text}/`, issuer, matches: identityPattern(text) };
}

/** The places in `policy.signers` of those whom a proven signer may be. */
export function trustedAs({ signers }: Policy, proven: ProvenSigner): readonly number[] {
  return signers.flatMap((signer, at) => isMeant(signer, proven) ? [at] : []);
}

function isMeant(signer: TrustedSigner, proven: ProvenSigner): boolean {
  if (signer.kind === "key") {
    return proven.kind === "key" && signer.fingerprint === proven.fingerprint;
  }
  return proven.kind === "identity" && signer.issuer === proven.issuer &&
    signer.matches(proven.identity);
}

/**
 * How many of a policy's signers have signed. Each signer counts for one of those whom it may be,
 * and each of those once, in the way that makes the most of them.
 *
 * @param proven who has signed, as often as they have
 */
export function countTrusted(policy: Policy, proven: readonly ProvenSigner[]): number {
  const choices = new Map(
    proven.map((signer) => [nameOf(signer), trustedAs(policy, signer)] as const),
  );
  const taken = new Map<number, string>();
  // Kuhn's algorithm: whoever took a place moves on when there is another one for it.
  const place = (signer: string, seen: Set<number>): boolean =>
    (choices.get(signer) ?? []).some((at) => {
      if (seen.has(at)) return false;
      seen.add(at);
      const other = taken.get(at);
      if (other !== undefined && !place(other, seen)) return false;
      taken.set(at, signer);
      return true;
    });
  return [...choices.keys()].filter((signer) => place(signer, new Set())).length;
}

/** A signer in words, the same for the same one. */
export function nameOf(signer: ProvenSigner): string {
  return signer.kind === "key"
    ? `the key ${signer.fingerprint}`
    : `${signer.identity} (${signer.issuer})`;
}
