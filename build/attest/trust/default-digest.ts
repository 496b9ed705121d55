import crypto from "node:crypto";
import process from "node:process";

let isThere = false;

/**
 * Has `crypto.verify` take SHA-256 for signatures of elliptic curves where none is named, as Node's
 * does. Sigstore's packages name none; Deno knows no default and throws, which they take for a wrong
 * signature: they would believe nobody. On Node this does nothing.
 *
 * @see https://github.com/oven-sh/bun/issues/40559 where Bun had the same
 */
export function giveDefaultDigest(): void {
  if (isThere || !("deno" in process.versions)) return;
  isThere = true;
  const { verify } = crypto;
  Object.assign(crypto, {
    verify: (algorithm: string | null | undefined, ...[data, key, ...rest]: Rest): unknown =>
      verify(algorithm ?? digestFor(key), data, key, ...rest as [Uint8Array]),
  });
}

type Verify = typeof crypto.verify;
type Rest = readonly [Parameters<Verify>[1], Parameters<Verify>[2], ...unknown[]];

function digestFor(key: Rest[1]): "sha256" | undefined {
  // It may stand in a record, with how RSA is to be padded.
  const bare = (key as { readonly key?: unknown }).key ?? key;
  const { asymmetricKeyType } = bare instanceof crypto.KeyObject
    ? bare
    : crypto.createPublicKey(key as Parameters<typeof crypto.createPublicKey>[0]);
  return asymmetricKeyType === "ec" ? "sha256" : undefined;
}
