import pLimit from "p-limit";
import { PauseError } from "../error.ts";
import { everySettled } from "../host/settle.ts";
import { cosignTag } from "../oci/attachment-tag.ts";
import type { Digest } from "../oci/digest.ts";
import type { Store } from "../store/store.ts";
import type { MirrorMemory } from "./memory.ts";

/** Something that hangs on an image. */
export interface Hanging {
  readonly digest: Digest;
  /** What it hangs on. */
  readonly subject: Digest;
  /** The tag by which it hangs there: cosign's. Undefined: it names its subject itself. */
  readonly tag?: string;
}

/**
 * What cosign keeps beside an image, by tags that are made from its digest: signatures,
 * attestations and SBOMs.
 * @see https://github.com/sigstore/cosign/blob/v2.4.1/specs/SIGNATURE_SPEC.md#storage
 */
const COSIGN = ["sig", "att", "sbom"] as const;

/** A signature of an attestation of an SBOM is three levels. More than this nobody makes. */
const DEEPEST = 8;
/** Lists longer than this are no lists of signatures. */
const MOST = 10_000;
/** How many subjects are asked about at once. */
const AT_ONCE = 32;

/**
 * Finds what hangs on `subjects`, and on that, and so on: referrers, by the API or the fallback
 * tag, and cosign's tags.
 *
 * @returns each once, in no order
 * @throws PauseError what the store throws: a list that cannot be read is never an empty one;
 * `verification` when there is no end to it
 */
export async function findHanging(
  store: Store,
  subjects: readonly Digest[],
  memory: MirrorMemory,
): Promise<readonly Hanging[]> {
  const found = new Map<string, Hanging>();
  const asked = new Set<Digest>();
  const limit = pLimit(AT_ONCE);
  // Of all lists together: each of ten thousand may name ten thousand.
  let listed = 0;
  const count = (more: number): void => {
    listed += more;
    if (listed > MOST) throw endless(store, false);
  };
  let level = [...new Set(subjects)];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST) throw endless(store, true);
    for (const digest of level) asked.add(digest);
    const hanging = await everySettled([
      ...level.map((digest) => limit(() => referrersOf(store, digest, count))),
      cosignOf(store, level, memory, limit),
    ]);
    for (const one of hanging.flat()) found.set(`${one.tag ?? ""} ${one.digest}`, one);
    level = [...new Set(hanging.flat().map(({ digest }) => digest))]
      .filter((digest) => !asked.has(digest));
  }
  return [...found.values()];
}

async function referrersOf(
  store: Store,
  subject: Digest,
  count: (more: number) => void,
): Promise<Hanging[]> {
  const found: Hanging[] = [];
  count(0);
  for await (const { digest } of store.referrers(subject)) {
    count(1);
    found.push({ digest, subject });
  }
  return found;
}

type Limit = <Value>(work: () => Promise<Value>) => Promise<Value>;

async function cosignOf(
  store: Store,
  subjects: readonly Digest[],
  memory: MirrorMemory,
  limit: Limit,
): Promise<Hanging[]> {
  const made = subjects.flatMap((subject) =>
    COSIGN.map((kind) => [cosignTag(subject, kind), subject] as const)
  );
  const subjectOf = new Map(made);
  const tags = await likely(store, [...subjectOf.keys()], memory);
  const found = await everySettled(tags.map((tag) => limit(() => store.resolve(tag))));
  return tags.flatMap((tag, at) => {
    const [digest, subject] = [found[at]?.digest, subjectOf.get(tag)];
    return digest === undefined || subject === undefined ? [] : [{ digest, subject, tag }];
  });
}

/** As many tags are asked for one by one; for more, the list of all tags is one request. */
const FEW = 9;

/**
 * Those of `tags` that there may be. A registry need not list its tags to everyone; then each one
 * is asked for, which gives as good an answer.
 */
async function likely(
  store: Store,
  tags: readonly string[],
  memory: MirrorMemory,
): Promise<readonly string[]> {
  if (tags.length <= FEW && !memory.knowsTags(store)) return tags;
  const known = await memory.tagsOf(store).catch((error) => {
    if (error instanceof PauseError && error.code === "interrupted") throw error;
    return undefined;
  });
  return known === undefined ? tags : tags.filter((tag) => known.has(tag));
}

function endless({ name }: Store, isDeep: boolean): PauseError {
  const found = isDeep ? `goes deeper than ${DEEPEST} levels` : `is more than ${MOST} referrers`;
  return new PauseError(
    "verification",
    `Cannot mirror from ${name}: what hangs on the image ${found}. Mirror it without (--no-referrers).`,
  );
}
