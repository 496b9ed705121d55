import { createHash } from "node:crypto";
import { PauseError } from "../error.ts";

/**
 * A content digest, `algorithm:hex`.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.0/descriptor.md#digests
 */
export type Digest = `sha256:${string}` | `sha512:${string}`;

const HEX_LENGTH = { sha256: 64, sha512: 128 } as const;
const DIGEST = /^(sha256|sha512):([0-9a-f]+)$/;

/** Whether `text` is a digest in the canonical form: registered algorithm, lower-case hex, full length. */
export function isDigest(text: string): text is Digest {
  const match = DIGEST.exec(text);
  return match !== null && match[2]?.length === HEX_LENGTH[match[1] as keyof typeof HEX_LENGTH];
}

/** Reads a digest, or throws `verification` when `text` is none. */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new PauseError(
    "verification",
    `Cannot read the digest "${text}": it is not sha256: or sha512: with its full lower-case hex.`,
  );
}

/** The SHA-256 digest of `bytes`. */
export function sha256(bytes: Uint8Array): Digest {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** `digest` split into the name of its algorithm and its hex. */
export function digestParts(digest: Digest): { algorithm: "sha256" | "sha512"; hex: string } {
  const [algorithm, hex] = digest.split(":") as ["sha256" | "sha512", string];
  return { algorithm, hex };
}
