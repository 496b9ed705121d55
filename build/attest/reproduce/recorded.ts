import { type PauseError, reason } from "../../error.ts";
import { named } from "../../host/commonjs.ts";
import type { Digest } from "../../oci/digest.ts";
import { readObject, unreadable } from "../../oci/json.ts";
import { constant, fields, listOf, optional, recordOf, text } from "../../oci/shape.ts";
import type { Store } from "../../store/store.ts";
import { type Attached, attachments } from "../attach.ts";
import { ARTIFACT, PREDICATE } from "../media-types.ts";
import { BUILD_TYPE, type Provenance } from "../provenance/predicate.ts";
import { readStatement, type Statement } from "../statement.ts";

/** A provenance that hangs on an image. */
export interface Recorded {
  /** Of the manifest by which it hangs there. */
  readonly from: Digest;
  /** Whether somebody signed it. Who, and whether the signature is right, is not looked at here. */
  readonly isSigned: boolean;
  /** What it says, or why nobody here can build by it. */
  readonly content: Provenance | { readonly fault: string };
}

/** More of one image are not read: each is a build. */
export const MOST_PROVENANCES = 20;

const DEPENDENCY = fields({
  name: optional(text),
  uri: optional(text),
  digest: optional(recordOf(text)),
  annotations: optional(recordOf(text)),
});

const PROVENANCE = fields({
  buildDefinition: fields({
    buildType: constant(BUILD_TYPE),
    externalParameters: fields({ variables: recordOf(text) }),
    internalParameters: fields({ builder: text }),
    resolvedDependencies: listOf(DEPENDENCY),
  }),
  runDetails: fields({ builder: fields({ id: text }) }),
});

/**
 * Reads all provenances that hang on an image, signed or not, in the order of their digests.
 * @throws PauseError `verification` for what is not the bytes that its digest says, for a referrer
 * that is none, and for more than {@link MOST_PROVENANCES}; what the store throws
 */
export async function provenancesOf(store: Store, subject: Digest): Promise<Recorded[]> {
  const found: Recorded[] = [];
  const types: readonly string[] = [ARTIFACT.statement, ARTIFACT.bundle];
  for await (const attached of attachments(store, subject, (type) => types.includes(type))) {
    const recorded = await readRecorded(attached, subject);
    if (recorded !== undefined) found.push(recorded);
    if (found.length > MOST_PROVENANCES) throw tooMany(subject);
  }
  return found.sort((one, other) => one.from < other.from ? -1 : 1);
}

async function readRecorded(
  { manifest: { digest: from }, artifactType, document: { bytes } }: Attached,
  subject: Digest,
): Promise<Recorded | undefined> {
  const isSigned = artifactType === ARTIFACT.bundle;
  try {
    const payload = isSigned ? await payloadOf(bytes) : bytes;
    // A signature alone says nothing of how the image came to be.
    if (payload === undefined) return undefined;
    const statement = readStatement(payload);
    if (statement.predicateType !== PREDICATE.provenance) return undefined;
    return { from, isSigned, content: contentOf(statement, subject) };
  } catch (error) {
    return { from, isSigned, content: { fault: reason(error) } };
  }
}

/** What an envelope in a sigstore bundle holds; undefined: it holds no statement. */
async function payloadOf(bundle: Uint8Array): Promise<Uint8Array | undefined> {
  const { bundleFromJSON } = named(await import("@sigstore/bundle"));
  const { content } = bundleFromJSON(readObject(bundle, "bundle"));
  if (content.$case !== "dsseEnvelope") return undefined;
  const { payload, payloadType } = content.dsseEnvelope;
  return payloadType === ARTIFACT.statement ? payload : undefined;
}

function contentOf({ subject, predicate }: Statement, image: Digest): Recorded["content"] {
  const isAbout = subject.some(({ digest }) =>
    Object.entries(digest).some(([algorithm, hex]) => `${algorithm}:${hex}` === image)
  );
  if (!isAbout) return { fault: "it is about another image" };
  const fault = PROVENANCE(predicate, "");
  return fault === undefined
    ? predicate as Provenance
    : { fault: `it is not one that this software writes: ${fault}` };
}

function tooMany(subject: Digest): PauseError {
  return unreadable(
    `provenance of ${subject}`,
    `there are more than ${MOST_PROVENANCES}`,
    "Name the one that counts.",
  );
}
