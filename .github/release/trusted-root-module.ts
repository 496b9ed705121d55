import { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The module that {@link trustedRootModule} is the text of. */
export const TRUSTED_ROOT_MODULE = "build/attest/trust/sigstore.ts";

/** What @sigstore/tuf brings along of each TUF repository. */
type Seeds = Readonly<Record<string, { readonly targets: Readonly<Record<string, string>> }>>;

/**
 * The text of the module that holds Sigstore's trusted root: as @sigstore/tuf brings it, whose
 * version and hash the lockfiles pin.
 *
 * @param root the clone
 */
export function trustedRootModule(root: string): string {
  const path = join(root, "node_modules/@sigstore/tuf/seeds.json");
  const seeds = JSON.parse(readFileSync(path, "utf8")) as Seeds;
  const seed = seeds["https://tuf-repo-cdn.sigstore.dev"]?.targets["trusted_root.json"];
  if (seed === undefined) throw new Error(`Cannot find trusted_root.json in ${path}.`);
  const json = Buffer.from(seed, "base64").toString("utf8").trim();
  if (/[\\`]|\$\{/.test(json)) throw new Error("Cannot write trusted_root.json as it is.");
  return `/**
 * The trusted root of the public Sigstore: its authorities, logs and their keys. Made of what
 * @sigstore/tuf brings along by .github/release/trusted-root.ts; a test holds it to that.
 */
export const SIGSTORE_ROOT: string = \`${json}\`;
`;
}
