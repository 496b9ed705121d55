/**
 * Waits for work that cannot be ended itself, but not beyond the signal.
 * @throws the signal's reason
 */
export async function unless<Value>(
  signal: AbortSignal | undefined,
  work: Promise<Value>,
): Promise<Value> {
  let stop = (): void => {};
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(signal?.reason);
    if (signal?.aborted) stop();
    signal?.addEventListener("abort", stop);
  });
  try {
    return await Promise.race([stopped, work]);
  } finally {
    signal?.removeEventListener("abort", stop);
    work.catch(() => {});
  }
}
