import pLimit from "p-limit";

/** Does a piece of work in its turn. */
export type Limit = <Value>(work: () => Promise<Value>) => Promise<Value>;

/** Runs so many at once; after the first failure nothing new starts, and everything fails as the first did. */
export function limiter(
  { concurrency = 32, signal }: { readonly concurrency?: number; readonly signal?: AbortSignal },
  failed: AbortController,
): Limit {
  const limit = pLimit(concurrency);
  return (work) =>
    limit(async () => {
      try {
        signal?.throwIfAborted();
        failed.signal.throwIfAborted();
        return await work();
      } catch (error) {
        failed.abort(error);
        throw error;
      }
    });
}
