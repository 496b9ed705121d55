import { setTimeout as sleep } from "node:timers/promises";
import { PauseError } from "../../error.ts";
import { type Descriptor, jsonContent } from "../../oci/descriptor.ts";
import { type Digest, digestParts } from "../../oci/digest.ts";
import { isIndex, OCI } from "../../oci/media-types.ts";
import { type Entries, readEntries } from "../layout/entries.ts";
import { brokenConnection } from "./http/trouble.ts";
import { findManifest } from "./manifests.ts";
import { oddAnswer, type Session } from "./session.ts";
import { storeManifest } from "./store-manifest.ts";

/** The tag under which registries without the referrers API keep a subject's list. */
export function fallbackTag(subject: Digest): string {
  const { algorithm, hex } = digestParts(subject);
  return `${algorithm}-${hex.slice(0, 64)}`;
}

/**
 * What the fallback tag lists, each entry as it was written.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#referrers-tag-schema
 */
export async function readFallback(session: Session, subject: Digest): Promise<Entries> {
  const tag = fallbackTag(subject);
  const found = await findManifest(session, tag);
  if (found !== undefined && !isIndex(found.descriptor.mediaType)) {
    throw oddAnswer(session, `the tag "${tag}", which is for referrers, names something else`);
  }
  const { host, repository } = session.repository;
  return readEntries(found?.bytes, `${host}/${repository}:${tag}`, `Remove the tag "${tag}".`);
}

/** Entries that a list is to have, and digests that it is not to have. */
export interface Change {
  readonly add?: Descriptor;
  readonly remove?: Digest;
}

/** Has a change made to the list of what refers to `subject`. */
export type ChangeList = (subject: Digest, change: Change) => Promise<void>;

/**
 * Changes the lists of one store. What comes while a list is being read goes into it together; what
 * comes while it is being written, together next.
 */
export function fallbackLists(session: Session): ChangeList {
  const waiting = new Map<Digest, { readonly changes: Change[]; readonly done: Promise<void> }>();
  const last = new Map<Digest, Promise<void>>();
  return (subject, change) => {
    const batch = waiting.get(subject);
    if (batch !== undefined) {
      batch.changes.push(change);
      return batch.done;
    }
    const changes = [change];
    const before = last.get(subject)?.catch(() => {}) ?? Promise.resolve();
    const close = (): void => {
      if (waiting.get(subject)?.changes === changes) waiting.delete(subject);
    };
    const done = before.then(() => settle(session, subject, changes, close)).finally(close);
    waiting.set(subject, { changes, done });
    last.set(subject, done);
    return done;
  };
}

/** How often a list is written at most. With twenty writers at once, it is a handful. */
const MOST_WRITES = 12;

/**
 * Reads a list, changes it and writes it, until the change is still there after others who read the
 * list before must have written theirs: the registry knows no way to write only what nobody else
 * has changed.
 *
 * @param changes more may come until `close` is called
 */
async function settle(
  session: Session,
  subject: Digest,
  changes: readonly Change[],
  close: () => void,
): Promise<void> {
  for (let made = 0; made < MOST_WRITES; made++) {
    const began = Date.now();
    const before = await readFallback(session, subject);
    close();
    const after = changes.reduce(changed, before);
    if (after === before) return;
    const index = { ...after.fields, manifests: after.list.map(({ written }) => written) };
    await storeManifest(session, jsonContent(OCI.index, index), [fallbackTag(subject)]);
    // Who took as long as we did, and a bit more, is through by then.
    const span = session.transport.retry.firstDelay + 3 * (Date.now() - began);
    // Those who lost against each other spread out.
    await rest(session, span * (1 + Math.random() * 2 ** Math.min(made, 3)));
  }
  throw new PauseError(
    "registry",
    `Cannot ${session.transport.task}: the list of what refers to ${subject} was overwritten by ` +
      `others ${MOST_WRITES} times. Run the command again when they are done.`,
  );
}

function changed(entries: Entries, { add, remove }: Change): Entries {
  const { list } = entries;
  const has = (digest: Digest | undefined): boolean =>
    list.some(({ descriptor }) => descriptor.digest === digest);
  if (add !== undefined && !has(add.digest)) {
    return { ...entries, list: [...list, { descriptor: add, written: { ...add } }] };
  }
  if (!has(remove)) return entries;
  return { ...entries, list: list.filter(({ descriptor }) => descriptor.digest !== remove) };
}

async function rest({ transport }: Session, milliseconds: number): Promise<void> {
  const { signal } = transport;
  try {
    await sleep(milliseconds, undefined, signal && { signal });
  } catch (error) {
    throw brokenConnection(transport, error);
  }
}
