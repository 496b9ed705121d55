import { joined } from "../../oci/bytes.ts";
import { skipped } from "../skipped.ts";
import type { OpenBlob } from "../store.ts";

/** Gives a source's bytes piece by piece, and again those that have to be sent again. */
export interface Cursor {
  /**
   * Bytes from `offset` on, `length` of them or as many as are left. Those that were given last are
   * still held; the source is opened anew for those before. With the last byte, the source has
   * come to its end.
   */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Gives the source up. */
  close(): Promise<void>;
}

/** @param size bytes of the whole source */
export function cursorOver(open: OpenBlob, size: number): Cursor {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  /** What was read and not left behind, which begins at `at`. */
  let held: Uint8Array = new Uint8Array();
  let at = 0;

  const close = async (): Promise<void> => {
    await reader?.cancel().catch(() => {});
    reader = undefined;
  };
  const reopen = async (offset: number): Promise<void> => {
    await close();
    [held, at] = [new Uint8Array(), offset];
    const bytes = await open();
    reader = (offset === 0 ? bytes : skipped(bytes, offset)).getReader();
  };
  const fill = async (wanted: number): Promise<void> => {
    const chunks = [held];
    let count = held.length;
    for (let done = false; !done && (count < wanted || at + count === size);) {
      const next = await reader?.read();
      done = next?.value === undefined;
      if (next?.value) chunks.push(next.value);
      count += next?.value?.length ?? 0;
    }
    held = chunks.length === 1 ? held : joined(chunks, count);
  };

  return {
    close,
    async read(offset, length) {
      if (reader === undefined || offset < at || offset > at + held.length) await reopen(offset);
      held = held.subarray(offset - at);
      at = offset;
      await fill(Math.min(length, size - offset));
      return held.subarray(0, length);
    },
  };
}
