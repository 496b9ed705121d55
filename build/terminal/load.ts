import process from "node:process";
import { loadImages } from "../mirror/load.ts";
import { openPlaces } from "../mirror/place.ts";
import { type Desk, mirrorOptions, processDesk, sharedOptions, tellerFor } from "./carrying.ts";
import { loadHelp } from "./mirror-help.ts";
import { readLoadWords } from "./mirror-words.ts";

/**
 * `pause-image load FILE REGISTRY [NAME…]`
 * @throws PauseError `usage` for wrong words; what `loadImages` throws. What happens to the images is
 * told, and is the exit code
 */
export async function runLoad(
  words: readonly string[],
  signal: AbortSignal,
  desk: Desk = processDesk(),
): Promise<number> {
  const read = readLoadWords(words, process.env);
  if (read === "help") {
    desk.out.write(loadHelp());
    return 0;
  }
  const shared = await sharedOptions(read, signal);
  const places = openPlaces(shared);
  const options = await mirrorOptions(read, shared);
  const teller = tellerFor(read, desk);
  try {
    const { checked, images } = await loadImages(
      read.file,
      read.registry,
      (reference) => places.destination({ kind: "registry", reference }, ""),
      { ...options, names: read.names, keepGoing: read.keepGoing, onEvent: teller.onEvent },
    );
    return teller.close({ mirrored: images, failures: [] }, { checked });
  } finally {
    teller.end();
  }
}
