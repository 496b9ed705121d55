import type { Judged } from "../attest/verify/judge.ts";
import type { Verdict } from "../attest/verify/verdict.ts";
import type { Subject, Verified } from "../attest/verify/verify.ts";
import type { Digest } from "../oci/digest.ts";
import { nameOf } from "../oci/platform.ts";
import { oneLine } from "./one-line.ts";
import type { Paint } from "./screen.ts";

/** The name of the image with a digest: what can be deployed just as it was checked. */
export type Pin = (digest: Digest) => string;

/** What came out as lines: the verdict and the reference first, then who and why. */
export function verdictLines(name: string, verified: Verified, pin: Pin, paint: Paint): string[] {
  const { verdict, subjects, unread } = verified;
  const lines = subjects.length === 0
    ? [heading(verdict, name, paint), ...unread.map(unreadLine)]
    : subjects.flatMap((subject) => subjectLines(subject, pin, paint));
  return lines.map(oneLine);
}

function subjectLines(
  { verdict, platform, digest, signatures, unread }: Subject,
  pin: Pin,
  paint: Paint,
): string[] {
  const runsOn = platform === undefined ? "" : `  ${nameOf(platform)}`;
  return [
    heading(verdict, pin(digest), paint) + runsOn,
    ...signatures.map(signatureLine),
    ...unread.map(unreadLine),
  ];
}

const WIDEST = "untrusted".length;

function heading(verdict: Verdict, name: string, paint: Paint): string {
  const word = verdict.padEnd(WIDEST);
  return `${paint(verdict === "signed" ? "green" : "red", word)}  ${name}`;
}

function signatureLine({ from, note, by, reason }: Judged): string {
  const told = note === undefined ? "" : `, ${note}`;
  return reason === undefined
    ? `  by ${by}${told} (${from})`
    : `  does not count: ${reason}${told} (${from})`;
}

function unreadLine(why: string): string {
  return `  not read: ${why}`;
}

/** What came out as one object. */
export function verdictJson(name: string, { verdict, ...rest }: Verified, pin: Pin): string {
  const { digest, subjects, unread } = rest;
  const each = subjects.map(({ platform, ...subject }) => ({
    ...(platform && { platform: nameOf(platform) }),
    reference: pin(subject.digest),
    ...subject,
  }));
  const pinned = digest === undefined ? {} : { reference: pin(digest), digest };
  return JSON.stringify({ name, verdict, ...pinned, subjects: each, unread }, undefined, 2);
}
