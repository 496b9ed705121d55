import { PauseError, reason } from "../../error.ts";
import type { Candidate } from "./candidate.ts";
import {
  countTrusted,
  nameOf,
  type Policy,
  type ProvenSigner,
  trustedAs,
  type TrustedKey,
} from "./policy.ts";
import { isSignedBy } from "./public-key.ts";
import type { Verdict } from "./verdict.ts";

/** Who signed, as a certificate shows that was verified. */
export interface CertifiedSigner {
  /** The subject: a mail address, or the address of a workflow. */
  readonly identity: string;
  /** Of the identity token. */
  readonly issuer: string;
}

/**
 * Verifies a sigstore bundle that was made with a certificate: its chain, times, log and signature.
 *
 * @param artifact what was signed, where the bundle does not hold it
 * @throws PauseError `verification` when it does not hold; another one when that cannot be told
 */
export type CheckCertificate = (
  bundle: Uint8Array,
  artifact: Uint8Array | undefined,
) => Promise<CertifiedSigner>;

/** What became of something that was found. */
export interface Judged {
  /** Where it was found. */
  readonly from: string;
  /** What is told of it besides. */
  readonly note?: string;
  /** Who signed, where that is known and trusted. */
  readonly by?: string;
  /** Why it does not count. Undefined: it does. */
  readonly reason?: string;
}

/** All that was found, judged. */
export interface Judgement {
  readonly verdict: Verdict;
  readonly signatures: readonly Judged[];
  /** Why something could not be told, a sentence each. */
  readonly unread: readonly string[];
}

/** What one candidate comes to. `unread`: whether it holds could not be told. */
interface Outcome {
  readonly judged: Judged;
  readonly proven?: ProvenSigner;
  readonly unread?: true;
}

/**
 * Judges what was found by a policy.
 *
 * Enough signatures of those who are trusted are enough, whatever else there is. Otherwise nothing is
 * said to be missing or wrong while something could not be read.
 *
 * @param isOver whether an error ends everything: the user gave up
 * @throws what is over; what is no PauseError
 */
export async function judge(
  { candidates, unread }: {
    readonly candidates: readonly Candidate[];
    readonly unread: readonly string[];
  },
  policy: Policy,
  check: CheckCertificate,
  isOver: (error: PauseError) => boolean,
): Promise<Judgement> {
  const outcomes: Outcome[] = [];
  for (const candidate of candidates) {
    outcomes.push(await judgeOne(candidate, policy, check, isOver));
  }
  const proven = outcomes.flatMap(({ proven }) => proven ?? []);
  const open = outcomes.flatMap(({ judged, unread }) =>
    unread ? [`${judged.from}: ${judged.reason}`] : []
  );
  const judged = outcomes.filter(({ unread }) => !unread).map(({ judged }) => judged);
  const all = [...unread, ...open];
  const verdict = countTrusted(policy, proven) >= policy.threshold
    ? "signed"
    : all.length > 0
    ? "unknown"
    : judged.length > 0
    ? "untrusted"
    : "unsigned";
  return { verdict, signatures: judged.sort(byOutcome), unread: all };
}

/** What counts first, then by where it was found: lists come in any order. */
function byOutcome(one: Judged, other: Judged): number {
  const [a, b] = [one, other].map(({ reason, from }) => `${reason === undefined ? 0 : 1} ${from}`);
  return (a ?? "") < (b ?? "") ? -1 : 1;
}

async function judgeOne(
  candidate: Candidate,
  policy: Policy,
  check: CheckCertificate,
  isOver: (error: PauseError) => boolean,
): Promise<Outcome> {
  const { from, note } = candidate;
  const told = { from, ...(note !== undefined && { note }) };
  if (candidate.kind === "refused") return { judged: { ...told, reason: candidate.fault } };
  try {
    const signer = candidate.kind === "key"
      ? keyOf(candidate, policy)
      : await certifiedBy(candidate, policy, check);
    if (typeof signer === "string") return { judged: { ...told, reason: signer } };
    const [at] = trustedAs(policy, signer);
    const by = nameOf(signer);
    if (at === undefined) {
      return { judged: { ...told, reason: `it is by ${by}, whom the policy does not trust` } };
    }
    const named = signer.kind === "key" ? `${policy.signers[at]?.name}, ${by}` : by;
    return { judged: { ...told, by: named }, proven: signer };
  } catch (error) {
    if (!(error instanceof PauseError) || isOver(error)) throw error;
    const judged = { ...told, reason: reason(error) };
    return error.code === "verification" ? { judged } : { judged, unread: true };
  }
}

/** The key of the policy that made a signature, or why there is none. */
function keyOf(
  { bytes, signature }: Extract<Candidate, { kind: "key" }>,
  { signers }: Policy,
): ProvenSigner | string {
  const keys = signers.filter((signer): signer is TrustedKey => signer.kind === "key");
  if (keys.length === 0) return "it is by a key, and the policy trusts none";
  const key = keys.find((key) => isSignedBy(key, bytes, signature));
  if (key !== undefined) return { kind: "key", fingerprint: key.fingerprint };
  return "it is by a key that the policy does not trust, or over something else";
}

async function certifiedBy(
  { bundle, artifact }: Extract<Candidate, { kind: "certificate" }>,
  { signers }: Policy,
  check: CheckCertificate,
): Promise<ProvenSigner | string> {
  if (signers.every(({ kind }) => kind === "key")) {
    return "it is by an identity, with a certificate, and the policy trusts keys alone";
  }
  const { identity, issuer } = await check(bundle, artifact);
  return { kind: "identity", identity, issuer };
}
