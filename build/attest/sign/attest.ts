import { PauseError } from "../../error.ts";
import { digestParts } from "../../oci/digest.ts";
import { readObject } from "../../oci/json.ts";
import type { Store } from "../../store/store.ts";
import { attachments } from "../attach.ts";
import { ARTIFACT, PREDICATE } from "../media-types.ts";
import { readStatement, statement, statementBytes } from "../statement.ts";
import type { Seal } from "./seal.ts";
import { attachSealed, subjectOf, type Target, targetsOf } from "./sign.ts";

/** What is said of an image. */
export interface Claim {
  /** The address of what the predicate's definition is. */
  readonly predicateType: string;
  /** A JSON object. */
  readonly predicate: unknown;
}

/** A statement that was signed, and whether it was there already. */
export interface Attested extends Target {
  readonly predicateType: string;
  readonly outcome: "signed" | "present";
}

export interface AttestOptions {
  /** The repository, as statements name their subject. */
  readonly name: string;
  /** What is said of the root. @default what hangs on each image: SBOMs, provenance */
  readonly claim?: Claim;
  /** Whether what hangs on the images of an index is signed too. @default true */
  readonly recursive?: boolean;
  readonly onAttested?: (attested: Attested) => void;
}

/**
 * Signs statements about an image, and hangs them on it: one that the caller makes, or those that
 * hang there unsigned.
 *
 * @param ref a tag or a digest; it is resolved once
 * @throws PauseError `usage` when nothing is said and nothing hangs there; `verification` when what
 * hangs there is about something else; what the store throws, and the seal's services
 */
export async function attestImage(
  store: Store,
  ref: string,
  seal: Seal,
  options: AttestOptions,
): Promise<readonly Attested[]> {
  const { claim, name, recursive = true } = options;
  // A claim of the caller's is about what was named, and about nothing below it.
  const { root, children } = await targetsOf(store, ref, recursive && claim === undefined);
  const done: Attested[] = [];
  for (const target of [...children, root]) {
    const said = claim === undefined
      ? await hangingOn(store, target, name)
      : [sealable(target, name, claim.predicateType, claim.predicate)];
    for (const { payload, predicateType } of said) {
      const isNew = await attachSealed(store, target.descriptor, seal, payload, predicateType);
      const attested = { ...target, predicateType, outcome: isNew ? "signed" : "present" } as const;
      options.onAttested?.(attested);
      done.push(attested);
    }
  }
  if (done.length > 0) return done;
  throw new PauseError(
    "usage",
    `Cannot attest ${name}: no SBOM and no provenance hangs on it. Push it with ATTACH, or name what to say of it: --predicate FILE --type TYPE.`,
  );
}

/** A statement as it is signed. */
interface Sealable {
  readonly payload: Uint8Array;
  readonly predicateType: string;
}

function sealable(
  { descriptor }: Target,
  name: string,
  predicateType: string,
  predicate: unknown,
): Sealable {
  const subject = { name, digest: subjectOf(descriptor.digest) };
  return { predicateType, payload: statementBytes(statement([subject], predicateType, predicate)) };
}

/** What an SBOM is, once it is the predicate of a statement. */
const BILLS: Readonly<Record<string, string>> = {
  [ARTIFACT.spdx]: PREDICATE.spdx,
  [ARTIFACT.cyclonedx]: PREDICATE.cyclonedx,
};

async function hangingOn(store: Store, target: Target, name: string): Promise<readonly Sealable[]> {
  const { digest } = target.descriptor;
  const isOurs = (type: string): boolean => type === ARTIFACT.statement || type in BILLS;
  const found: Sealable[] = [];
  for await (const { artifactType, manifest, document } of attachments(store, digest, isOurs)) {
    const predicateType = BILLS[artifactType];
    if (predicateType !== undefined) {
      const bill = readObject(document.bytes, "SBOM", "Remove it, and have it made anew.");
      found.push(sealable(target, name, predicateType, bill));
      continue;
    }
    const { subject, predicateType: said } = readStatement(document.bytes);
    const { algorithm, hex } = digestParts(digest);
    if (!subject.some(({ digest }) => digest[algorithm] === hex)) {
      throw new PauseError(
        "verification",
        `Cannot attest ${name}: the statement ${manifest.digest} hangs on ${digest} and is about something else. Remove it, and have it made anew.`,
      );
    }
    found.push({ payload: document.bytes, predicateType: said });
  }
  return found;
}
