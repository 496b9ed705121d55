/**
 * A stream without its first bytes.
 * @param count how many are left out
 */
export function skipped(
  bytes: ReadableStream<Uint8Array>,
  count: number,
): ReadableStream<Uint8Array> {
  const reader = bytes.getReader();
  let left = count;
  return new ReadableStream({
    async pull(controller): Promise<void> {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return controller.close();
        const kept = value.subarray(left);
        left -= value.length - kept.length;
        if (kept.length > 0) return controller.enqueue(kept);
      }
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}
