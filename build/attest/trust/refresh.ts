import { PauseError } from "../../error.ts";
import { named } from "../../host/commonjs.ts";
import { withTemporaryFolder } from "../../host/temporary-folder.ts";
import { unless } from "../../store/registry/http/unless.ts";
import { giveDefaultDigest } from "./default-digest.ts";
import { statusIn, unreachable, wordsOf } from "../keyless/failure.ts";

/** A TUF repository, and by whose keys it begins. */
export interface Mirror {
  readonly url: string;
  /** The file of a root.json that is trusted. */
  readonly root: string;
}

export interface RefreshOptions {
  /** @default Sigstore's, by the root.json that @sigstore/tuf brings along */
  readonly mirror?: Mirror;
  readonly signal?: AbortSignal;
}

/** Where Sigstore keeps its trusted root. */
const SIGSTORE = "https://tuf-repo-cdn.sigstore.dev";

/** The file of a TUF repository that holds the trusted root. */
const TARGET = "trusted_root.json";

/** Milliseconds for one file of the repository. */
const TIMEOUT = 30_000;

/**
 * Gets the trusted root from a TUF repository, by a chain of signatures from the root.json that is
 * known. Nothing is kept: what a cache held would be one more file to trust.
 *
 * @throws PauseError as {@link trustedRoot} says
 * @see https://theupdateframework.github.io/specification/latest/
 */
export async function refreshedRoot(
  { mirror, signal }: RefreshOptions = {},
): Promise<Uint8Array> {
  const url = mirror?.url ?? SIGSTORE;
  const task = `refresh the trusted root from ${url}`;
  giveDefaultDigest();
  const { initTUF } = named(await import("@sigstore/tuf"));
  return await withTemporaryFolder("pause-image-tuf", async (cachePath) => {
    try {
      const options = { mirrorURL: url, cachePath, timeout: TIMEOUT, retry: { retries: 2 } };
      const refreshing = initTUF({ ...options, ...(mirror && { rootPath: mirror.root }) });
      const client = await unless(signal, refreshing);
      return new TextEncoder().encode(await unless(signal, client.getTarget(TARGET)));
    } catch (error) {
      throw refusalOf(error, task, signal);
    }
  });
}

/**
 * What is not the way to the repository is what it sent: then it is not what its keys signed.
 */
function refusalOf(error: unknown, task: string, signal: AbortSignal | undefined): PauseError {
  const lost = unreachable(error, { task, ...(signal && { signal }) });
  if (lost !== undefined) return lost;
  const elsewhere = "--offline takes the one that this version brings, --trusted-root one of yours";
  const status = statusIn(error) ?? /Failed to download/.exec(wordsOf(error))?.[0];
  if (status !== undefined) {
    return new PauseError(
      "registry",
      `Cannot ${task}: it answered ${status}. Run the command again later; ${elsewhere}.`,
      { cause: error },
    );
  }
  const words = wordsOf(error);
  const next = /expired/i.test(words)
    ? "Check this machine's clock, and tell those who run the repository"
    : "Do not trust what it sends before those who run it have explained it";
  return new PauseError(
    "verification",
    `Cannot ${task}: ${words}. ${next}; ${elsewhere}.`,
    { cause: error },
  );
}
