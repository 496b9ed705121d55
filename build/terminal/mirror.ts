import process from "node:process";
import { type Desk, processDesk, telling } from "./carrying.ts";
import { commandHelp } from "./command-help.ts";
import { MIRROR } from "./manual/mirror.ts";
import { readMirrorWords } from "./mirror-words.ts";

/**
 * `pause-image mirror SRC DST…`
 * @throws PauseError `usage` for wrong words; what happens to the images is told, and is the exit code
 */
export async function runMirror(
  words: readonly string[],
  signal: AbortSignal,
  desk: Desk = processDesk(),
): Promise<number> {
  const read = readMirrorWords(words, process.env);
  if (read === "help") {
    desk.out.write(commandHelp(MIRROR));
    return 0;
  }
  const { mirrorByName } = await import("../mirror/by-name.ts");
  return await telling(read, desk, async ({ onEvent, failed: onFailed, close }) => {
    const { source, destinations } = read;
    return close(await mirrorByName(source, destinations, { ...read, signal, onEvent, onFailed }));
  });
}
