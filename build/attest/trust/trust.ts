import { PauseError } from "../../error.ts";
import { readIfThere } from "../../host/files.ts";
import { type Mirror, refreshedRoot } from "./refresh.ts";
import { SIGSTORE_ROOT } from "./sigstore.ts";
import { readTrustedRoot, type TrustedRoot } from "./trusted-root.ts";

/** Where the trusted root comes from. */
export interface TrustOptions {
  /** A trusted_root.json of the user's. @default the public Sigstore's */
  readonly file?: string;
  /** Takes the public Sigstore's as this version brings it, and asks nobody. @default false */
  readonly offline?: boolean;
  /** Where the public Sigstore's is kept. @default Sigstore's own TUF repository */
  readonly mirror?: Mirror;
  readonly signal?: AbortSignal;
}

/**
 * The trusted root by which keyless signatures are checked: the user's file, or the public
 * Sigstore's, as new as its TUF repository has it. One that cannot be refreshed is not replaced by
 * an older one: a key may have been withdrawn since.
 *
 * @throws PauseError `usage` when there is no such file; `verification` when it is no trusted root,
 * or what the repository has is not signed as it should be, or has expired; `registry` when the
 * repository cannot be reached; `storage`; `interrupted`
 */
export async function trustedRoot(options: TrustOptions = {}): Promise<TrustedRoot> {
  const { file, offline = false, mirror, signal } = options;
  if (file !== undefined) return readTrustedRoot(await bytesOf(file), file);
  if (offline) return readTrustedRoot(new TextEncoder().encode(SIGSTORE_ROOT), "of this version");
  const bytes = await refreshedRoot({ ...(mirror && { mirror }), ...(signal && { signal }) });
  return readTrustedRoot(bytes, "of Sigstore's TUF repository");
}

async function bytesOf(file: string): Promise<Uint8Array> {
  const bytes = await readIfThere(file);
  if (bytes !== undefined) return bytes;
  throw new PauseError(
    "usage",
    `Cannot read the trusted root ${file}: there is no such file. Correct --trusted-root.`,
  );
}
