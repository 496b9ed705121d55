import type { Difference } from "../attest/reproduce/difference.ts";
import type { LockReport } from "../make/reproduce/lock.ts";
import type { Reproduced, Reproduction } from "../make/reproduce/reproduce.ts";
import type { Verdict } from "../make/reproduce/verdict.ts";
import type { Digest } from "../oci/digest.ts";
import { oneLine } from "./one-line.ts";
import type { Paint } from "./screen.ts";
import { count } from "./sizes.ts";

type Pin = (digest: Digest) => string;

const WIDEST = "cannot tell".length;

/** Differences of one part that are shown; --json has more. */
const SHOWN = 12;

/** What came out as lines: the verdict first, then by which provenance, and what differs. */
export function reproducedLines(
  { verdict, digest, reason, reproductions }: Reproduced,
  pin: Pin,
  paint: Paint,
): string[] {
  return [
    heading(verdict, pin(digest), paint),
    ...(reason === undefined ? [] : [`  ${reason}`]),
    ...reproductions.flatMap((one) => reproductionLines(one, reproductions.length > 1, paint)),
  ].map(oneLine);
}

function heading(verdict: Verdict, name: string, paint: Paint): string {
  return `${paint(verdict === "identical" ? "green" : "red", verdict.padEnd(WIDEST))}  ${name}`;
}

function reproductionLines(
  { provenance, isSigned, verdict, reason, commit, tools, differences, parts }: Reproduction,
  isOneOfMany: boolean,
  paint: Paint,
): string[] {
  const signed = isSigned ? 'signed ("verify-signature" says by whom)' : "unsigned";
  const made = [
    ...(commit === undefined ? [] : [`commit ${commit}`]),
    ...tools.map(({ name, version }) => `${name} ${version}`),
  ];
  const wrong = parts.filter((part) => part.differences.length > 0);
  return [
    `  by provenance ${provenance}, ${signed}${isOneOfMany ? `: ${paint("bold", verdict)}` : ""}`,
    ...(made.length === 0 ? [] : [`    ${made.join(", ")}`]),
    ...(reason === undefined ? [] : [`    ${reason}`]),
    ...differenceLines(differences, "    "),
    ...(parts.length > 0 && wrong.length === 0
      ? [`    ${count(parts.length, "document")} and layers: every byte is the same`]
      : []),
    ...wrong.flatMap((part) => [
      `    ${part.name}  ${part.digest}`,
      ...differenceLines(part.differences, "      "),
    ]),
  ];
}

function differenceLines(differences: readonly Difference[], indent: string): string[] {
  const shown = differences.slice(0, SHOWN).map(({ at, image, rebuilt }) =>
    `${indent}${at}: ${image || "nothing"}, and here ${rebuilt || "nothing"}`
  );
  const left = differences.length - shown.length;
  return left === 0 ? shown : [...shown, `${indent}and ${left} more, which --json lists`];
}

/** What came out as one object. */
export function reproducedJson({ digest, ...rest }: Reproduced, pin: Pin): string {
  return JSON.stringify({ reference: pin(digest), digest, ...rest }, undefined, 2);
}

/** How the lock file compares. */
export function lockLines(
  { verdict, reason, differences, programs }: LockReport,
  paint: Paint,
): string[] {
  return [
    heading(verdict, "pause.lock.json", paint),
    ...(reason === undefined ? [] : [`  ${reason}`]),
    ...(verdict === "identical" ? [`  ${count(programs, "program")} and the index`] : []),
    ...differenceLines(differences, "  "),
  ];
}

export function lockJson(report: LockReport): string {
  return JSON.stringify(report, undefined, 2);
}
