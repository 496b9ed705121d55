import type { ClientRequest, IncomingMessage } from "node:http";
import { passOn } from "./memory.ts";
import type { Watch } from "./watch.ts";

/** Bytes that are read ahead, so that the socket is not stopped and started for every piece. */
const AHEAD = 512 * 1024;

/**
 * The body of an answer, read as it is asked for, and little faster. After what had come it fails
 * with what the watch gave the request up for, or with the socket's error, and cancelling it ends
 * the connection.
 *
 * @param end called once, when nothing more is to come
 */
export function bodyOf(
  request: ClientRequest,
  response: IncomingMessage,
  watch: Watch,
  end: () => void,
): ReadableStream<Uint8Array> {
  let wanted = true;
  // What is decrypted was there twice.
  const copies = request.socket !== null && "encrypted" in request.socket ? 2 : 1;
  let failure: unknown;
  return new ReadableStream<Uint8Array>({
    start(controller): void {
      response.on("data", ({ buffer, byteOffset, length }: Uint8Array<ArrayBuffer>) => {
        passOn(length * copies);
        if (wanted) controller.enqueue(new Uint8Array(buffer, byteOffset, length));
        if ((controller.desiredSize ?? 0) > 0) return watch.restart();
        response.pause();
        watch.pause();
      }).pause();
      arrived(request, response, watch).finally(end).then(
        () => wanted && controller.close(),
        (error) => {
          failure = error;
          if (wanted && controller.desiredSize === AHEAD) controller.error(error);
        },
      );
    },
    pull(controller): void {
      if (failure === undefined) {
        watch.restart();
        response.resume();
      } else if (controller.desiredSize === AHEAD) controller.error(failure);
    },
    cancel(): void {
      wanted = false;
      request.destroy();
    },
  }, { highWaterMark: AHEAD, size: (chunk) => chunk.length });
}

/**
 * Waits until all of an answer has come, and its connection is free for the next request.
 * @throws what the watch gave the request up for; the socket's error
 */
export async function arrived(
  request: ClientRequest,
  response: IncomingMessage,
  watch: Watch,
): Promise<void> {
  const { socket } = request;
  let whole = false;
  let cut: Error | undefined;
  response.once("end", () => {
    whole = true;
    if (!request.shouldKeepAlive) socket?.destroy();
  });
  response.on("error", (error) => cut = error);
  await new Promise<void>((resolve) => request.closed ? resolve() : request.once("close", resolve));
  if (!whole) {
    throw watch.reason() ?? watch.failure ?? cut ?? new Error("connection closed before the end");
  }
}
