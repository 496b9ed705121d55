import type { Digest } from "../../oci/digest.ts";
import type { Session } from "./session.ts";

/** What each session has stored: a registry may take a while to find it. */
const STORED: WeakMap<Session, Set<Digest>> = new WeakMap();

/** Remembers that the registry has taken a blob or a manifest from us. */
export function noteStored(session: Session, digest: Digest): void {
  const stored = STORED.get(session) ?? new Set();
  STORED.set(session, stored.add(digest));
}

/** Whether the registry has taken it from us. */
export function wasStored(session: Session, digest: Digest): boolean {
  return STORED.get(session)?.has(digest) ?? false;
}
