import { PauseError } from "../error.ts";
import type { Screen } from "./screen.ts";

/** What comes on the standard input. */
export interface InputStream extends AsyncIterable<Uint8Array> {
  readonly isTTY?: boolean;
}

/** Bytes that a list on the standard input may have: more than anybody mirrors in one run. */
const LIMIT = 16 * 1024 * 1024;

/**
 * Reads a list of images to its end.
 *
 * @param err is told what is waited for where somebody would have to type it
 * @throws PauseError `usage` for more than 16 MiB
 */
export async function readInput(input: InputStream, err: Screen): Promise<Uint8Array> {
  if (input.isTTY) {
    err.write(
      "Waiting for a list of images on the standard input, a name on each line; Ctrl-D ends it.",
    );
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of input) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > LIMIT) {
      throw new PauseError(
        "usage",
        `Cannot read the list of images on the standard input: it has more than ${LIMIT} bytes.`,
      );
    }
  }
  const { joined } = await import("../oci/bytes.ts");
  return joined(chunks, size);
}
