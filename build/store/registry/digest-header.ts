import { createHash } from "node:crypto";
import { type Digest, digestParts, isDigest } from "../../oci/digest.ts";
import { lie, type Session } from "./session.ts";
import { type Answer, encodingOf } from "./http/transport.ts";

/**
 * The digest that the registry says an answer is about, or undefined when it says none.
 * @throws PauseError `verification` when what it says is no digest
 */
export function answeredDigest(session: Session, { headers }: Answer): Digest | undefined {
  const digest = headers.get("docker-content-digest");
  if (digest === null) return undefined;
  if (isDigest(digest)) return digest;
  throw lie(session, "the registry answered with a digest that is none");
}

/**
 * Checks that an answer is about `expected`, where it says anything. Digests of different
 * algorithms cannot be compared and pass.
 * @throws PauseError `verification`
 */
export function checkAnswered(session: Session, answer: Answer, expected: Digest): void {
  const found = answeredDigest(session, answer);
  if (found !== undefined) checkSame(session, expected, found);
}

/**
 * Checks the bytes of an answer, sent or received, against a digest and against what it says.
 * @throws PauseError `verification`
 */
export function checkBytes(
  session: Session,
  answer: Answer,
  bytes: Uint8Array,
  expected?: Digest,
): void {
  const how = encodingOf(answer);
  if (expected !== undefined) checkSame(session, expected, digestLike(expected, bytes), how);
  const answered = answeredDigest(session, answer);
  if (answered !== undefined) checkSame(session, digestLike(answered, bytes), answered, how);
}

function digestLike(digest: Digest, bytes: Uint8Array): Digest {
  const { algorithm } = digestParts(digest);
  return `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}`;
}

function checkSame(session: Session, expected: Digest, found: Digest, how = ""): void {
  if (expected === found || digestParts(expected).algorithm !== digestParts(found).algorithm) {
    return;
  }
  throw lie(session, `${expected} was expected, and the registry answered with ${found}${how}`);
}
