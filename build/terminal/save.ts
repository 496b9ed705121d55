import process from "node:process";
import { type Desk, processDesk, telling } from "./carrying.ts";
import { commandHelp } from "./command-help.ts";
import { SAVE } from "./manual/save.ts";
import { readSaveWords } from "./mirror-words.ts";
import { formatBytes } from "./sizes.ts";

/**
 * `pause-image save IMAGE… FILE`
 * @throws PauseError `usage` for wrong words; what `saveByName` throws
 */
export async function runSave(
  words: readonly string[],
  signal: AbortSignal,
  desk: Desk = processDesk(),
): Promise<number> {
  const read = readSaveWords(words, process.env);
  if (read === "help") {
    desk.out.write(commandHelp(SAVE));
    return 0;
  }
  const { saveByName } = await import("../mirror/by-name.ts");
  return await telling(read, desk, async ({ onEvent, close }) => {
    const saved = await saveByName(read.images, read.file, { ...read, signal, onEvent });
    const { images: mirrored, file, size, sha256, checksumFile } = saved;
    const code = close({ mirrored, failures: [] }, { file, size, sha256 });
    if (!read.json && !read.quiet) {
      desk.out.write(`${file}  ${sha256}  ${formatBytes(size)}, checksum in ${checksumFile}`);
    }
    return code;
  });
}
