import process from "node:process";
import { type Desk, processDesk, telling } from "./carrying.ts";
import { commandHelp } from "./command-help.ts";
import { LOAD } from "./manual/load.ts";
import { readLoadWords } from "./mirror-words.ts";

/**
 * `pause-image load FILE REGISTRY [NAME…]`
 * @throws PauseError `usage` for wrong words; what `loadByName` throws. What happens to the images is
 * told, and is the exit code
 */
export async function runLoad(
  words: readonly string[],
  signal: AbortSignal,
  desk: Desk = processDesk(),
): Promise<number> {
  const read = readLoadWords(words, process.env);
  if (read === "help") {
    desk.out.write(commandHelp(LOAD));
    return 0;
  }
  const { loadByName } = await import("../mirror/by-name.ts");
  return await telling(read, desk, async ({ onEvent, close }) => {
    const options = { ...read, signal, onEvent };
    const { images: mirrored, checked } = await loadByName(read.file, read.registry, options);
    return close({ mirrored, failures: [] }, { checked });
  });
}
