import { PauseError } from "../../error.ts";
import type { Content, Descriptor } from "../../oci/descriptor.ts";
import { readIndex } from "../../oci/document.ts";
import { isIndex } from "../../oci/media-types.ts";
import { isWanted, nameOf, type Platform } from "../../oci/platform.ts";
import type { Digest } from "../../oci/digest.ts";
import type { Store } from "../../store/store.ts";
import type { Wanted } from "./candidate.ts";
import { placesOf } from "./collect.ts";
import { type CheckCertificate, judge, type Judgement } from "./judge.ts";
import { lookAll } from "./look.ts";
import type { Policy } from "./policy.ts";
import { type Verdict, worst } from "./verdict.ts";

/** Where an image is. */
export interface Located {
  readonly store: Store;
  /** A tag or a digest. */
  readonly ref: string;
}

/** How an image's signatures are checked. */
export interface VerifyOptions {
  readonly policy: Policy;
  /** Verifies bundles that were made with certificates. Called only when the policy has identities. */
  readonly check: CheckCertificate;
  /** Looks for attestations of that predicate type. @default for signatures */
  readonly predicateType?: string;
  /** Checks the images for these platforms, each by itself. @default what the reference names */
  readonly platforms?: readonly Platform[];
  /** Whether the user gave up. What else was interrupted took too long. @default never */
  readonly signal?: AbortSignal;
}

/** One image, and who signed it. */
export interface Subject extends Judgement {
  /** What it runs on, where it was chosen by that. */
  readonly platform?: Platform;
  readonly digest: Digest;
}

/** What came out. */
export interface Verified {
  /** Of all subjects together. */
  readonly verdict: Verdict;
  /** What the reference named when it was resolved. Undefined: that could not be read. */
  readonly digest?: Digest;
  readonly subjects: readonly Subject[];
  /** Why the image itself could not be read. */
  readonly unread: readonly string[];
}

/**
 * Finds out who signed an image, by every place where signatures are kept: cosign's tag, and the
 * referrers. The reference is resolved once; everything else is asked for by digest.
 *
 * @param open finds the image; the store of a registry is to be opened with `strictAbsence`
 * @returns a verdict also when something cannot be read: it is then `unknown`
 * @throws PauseError `usage` when the store is none, or has no image for a platform; `interrupted`
 * when the signal fired
 */
export async function verifySignatures(
  open: () => Promise<Located>,
  options: VerifyOptions,
): Promise<Verified> {
  const isOver = ({ code }: PauseError): boolean =>
    code === "interrupted" && (options.signal?.aborted ?? true);
  try {
    const { store, ref } = await open();
    const root = await rootOf(store, ref);
    const subjects: Subject[] = [];
    for (const chosen of await chosenOf(store, root, options.platforms)) {
      subjects.push(await verifyOne(store, chosen, options, isOver));
    }
    const verdict = worst(subjects.map(({ verdict }) => verdict));
    return { verdict, digest: root.descriptor.digest, subjects, unread: [] };
  } catch (error) {
    const isOurs = error instanceof PauseError && error.code !== "usage" && !isOver(error);
    if (!isOurs) throw error;
    return { verdict: "unknown", subjects: [], unread: [error.message] };
  }
}

async function rootOf(store: Store, ref: string): Promise<Content> {
  const found = await store.resolve(ref);
  // Whoever has none such says so best.
  return await store.getManifest(found?.digest ?? ref);
}

/** An image that is to be checked. */
interface Chosen {
  readonly platform?: Platform;
  readonly manifest: Content;
}

async function chosenOf(
  store: Store,
  root: Content,
  platforms: readonly Platform[] | undefined,
): Promise<readonly Chosen[]> {
  if (platforms === undefined) return [{ manifest: root }];
  const entries = isIndex(root.descriptor.mediaType) ? readIndex(root.bytes).manifests : [];
  const chosen = platforms.map((wanted) => {
    const found = entries.filter(({ platform }) => platform && isWanted(platform, wanted));
    if (found.length > 0) return found;
    throw new PauseError(
      "usage",
      `Cannot verify ${
        nameOf(wanted)
      } of ${store.name}: there is no image for it. Leave --platform out to verify what is named.`,
    );
  }).flat();
  const each = new Map(chosen.map((entry) => [entry.digest, entry] as const));
  return await Promise.all([...each.values()].map((entry) => chosenBy(store, entry)));
}

async function chosenBy(store: Store, { digest, platform }: Descriptor): Promise<Chosen> {
  return { ...(platform && { platform }), manifest: await store.getManifest(digest) };
}

async function verifyOne(
  store: Store,
  { platform, manifest }: Chosen,
  { policy, check, predicateType }: VerifyOptions,
  isOver: (error: PauseError) => boolean,
): Promise<Subject> {
  const { descriptor: { digest }, bytes } = manifest;
  const wanted: Wanted = { digest, bytes, ...(predicateType !== undefined && { predicateType }) };
  const collected = await lookAll(placesOf(store, wanted), isOver);
  const judgement = await judge(collected, policy, check, isOver);
  return { ...(platform && { platform }), digest, ...judgement };
}
