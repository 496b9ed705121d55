import pLimit from "p-limit";
import { PauseError } from "../../error.ts";
import { everySettled } from "../../host/settle.ts";
import { content, type Descriptor } from "../../oci/descriptor.ts";
import { type Digest, digestParts } from "../../oci/digest.ts";
import { readIndex } from "../../oci/document.ts";
import { DOCUMENT_LIMIT } from "../../oci/json.ts";
import { isIndex, isManifest } from "../../oci/media-types.ts";
import type { Platform } from "../../oci/platform.ts";
import type { Store } from "../../store/store.ts";
import { attach, attachments } from "../attach.ts";
import { ARTIFACT, PREDICATE } from "../media-types.ts";
import { statement, statementBytes } from "../statement.ts";
import { addCosignSignature } from "./cosign.ts";
import type { Seal } from "./seal.ts";

/** Where a signature is kept: under cosign's tag, or as a referrer of the image. */
export type Form = "tag" | "referrer";

/** One image of those that a reference names. */
export interface Target {
  readonly descriptor: Descriptor;
  /** What it is for; undefined for an index, and an image that no index names. */
  readonly platform?: Platform;
}

/** A signature, and whether it was there already. */
export interface Signed extends Target {
  readonly form: Form;
  readonly outcome: "signed" | "present";
}

export interface SignOptions {
  /** The repository that signatures are for, as people pull from it. */
  readonly name: string;
  /** @default both where there is a key, else referrers */
  readonly forms?: readonly Form[];
  /** Whether the images of an index are signed too, each by itself. @default true */
  readonly recursive?: boolean;
  readonly onSigned?: (signed: Signed) => void;
}

/** How many images are signed at once. */
const AT_ONCE = 8;

/**
 * Signs what a reference names: an index and each of its images, or an image alone. Children come
 * first, so that whoever finds the index signed finds all of it signed. What is signed by the same
 * key already is left as it is.
 *
 * @param ref a tag or a digest; it is resolved once
 * @returns in the order of the index, which comes last
 * @throws PauseError what the store throws, and the seal's services
 */
export async function signImage(
  store: Store,
  ref: string,
  seal: Seal,
  options: SignOptions,
): Promise<readonly Signed[]> {
  const { forms = seal.signer === undefined ? ["referrer"] : ["tag", "referrer"] } = options;
  const { root, children } = await targetsOf(store, ref, options.recursive ?? true);
  const sign = async (target: Target): Promise<Signed[]> => {
    const signed: Signed[] = [];
    for (const form of forms) {
      const isNew = await FORMS[form](store, target.descriptor, seal, options.name);
      signed.push({ ...target, form, outcome: isNew ? "signed" : "present" });
    }
    signed.forEach((one) => options.onSigned?.(one));
    return signed;
  };
  const limit = pLimit(AT_ONCE);
  const below = await everySettled(children.map((target) => limit(() => sign(target))));
  return [...below.flat(), ...await sign(root)];
}

/** What each form does. @returns whether there was none yet */
const FORMS: Readonly<
  Record<Form, (store: Store, image: Descriptor, seal: Seal, name: string) => Promise<boolean>>
> = {
  tag: async (store, image, { signer }, name) =>
    signer !== undefined && await addCosignSignature(store, image, name, signer),
  referrer: async (store, image, seal) => {
    const subject = { digest: subjectOf(image.digest) };
    const made = statement([subject], PREDICATE.sign, {});
    return await attachSealed(store, image, seal, statementBytes(made), PREDICATE.sign);
  },
};

/** A digest as statements name it. */
export function subjectOf(digest: Digest): Readonly<Record<string, string>> {
  const { algorithm, hex } = digestParts(digest);
  return { [algorithm]: hex };
}

/**
 * Hangs a signed statement on an image, as cosign has it since version 3.
 *
 * @returns false when the same hangs there already, sealed by the same key
 * @see https://github.com/sigstore/cosign/blob/main/specs/BUNDLE_SPEC.md
 */
export async function attachSealed(
  store: Store,
  image: Descriptor,
  seal: Seal,
  payload: Uint8Array,
  predicateType: string,
): Promise<boolean> {
  if (await isAttached(store, image, seal, payload)) return false;
  const bundle = await seal.sign(payload, ARTIFACT.statement);
  if (bundle.length > DOCUMENT_LIMIT) {
    throw new PauseError(
      "usage",
      `Cannot sign what is said of ${image.digest}: the bundle would have ${bundle.length} bytes, and more than ${DOCUMENT_LIMIT} are not read. Say less.`,
    );
  }
  await attach(store, image, {
    artifactType: ARTIFACT.bundle,
    document: content(ARTIFACT.bundle, bundle),
    annotations: {
      "dev.sigstore.bundle.content": "dsse-envelope",
      "dev.sigstore.bundle.predicateType": predicateType,
    },
  });
  return true;
}

async function isAttached(
  store: Store,
  image: Descriptor,
  seal: Seal,
  payload: Uint8Array,
): Promise<boolean> {
  if (seal.signer === undefined) return false;
  const isBundle = (type: string): boolean => type === ARTIFACT.bundle;
  try {
    for await (const { document } of attachments(store, image.digest, isBundle)) {
      if (seal.has(document.bytes, payload)) return true;
    }
  } catch (error) {
    // What a stranger hung there wrongly keeps nobody from signing: at worst it is signed twice.
    if (!(error instanceof PauseError) || error.code !== "verification") throw error;
  }
  return false;
}

interface Targets {
  readonly root: Target;
  readonly children: readonly Target[];
}

/** The images that a reference names: what it resolves to, and what an index has below it. */
export async function targetsOf(store: Store, ref: string, recursive: boolean): Promise<Targets> {
  const { descriptor, bytes } = await store.getManifest((await store.resolve(ref))?.digest ?? ref);
  const entries = recursive && isIndex(descriptor.mediaType) ? readIndex(bytes).manifests : [];
  // The same image may be listed for two platforms, and an index below an index is signed as it is.
  const known = new Map(
    entries.filter(({ mediaType }) => isManifest(mediaType)).map((entry) => [entry.digest, entry]),
  );
  const children = [...known.values()].map(({ mediaType, digest, size, platform }) => ({
    descriptor: { mediaType, digest, size },
    ...(platform && { platform }),
  }));
  return { root: { descriptor }, children };
}
