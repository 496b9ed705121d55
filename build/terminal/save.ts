import process from "node:process";
import type { PauseError } from "../error.ts";
import { openPlaces, readMirrorPlace } from "../mirror/place.ts";
import { saveImages, type Saving } from "../mirror/save.ts";
import { formatReference, parseReference } from "../oci/reference.ts";
import { type Desk, mirrorOptions, processDesk, sharedOptions, tellerFor } from "./carrying.ts";
import { saveHelp } from "./mirror-help.ts";
import { readSaveWords } from "./mirror-words.ts";
import { wrongWords } from "./options.ts";
import { formatBytes } from "./sizes.ts";

/**
 * `pause-image save REF… FILE`
 * @throws PauseError `usage` for wrong words; what `saveImages` throws
 */
export async function runSave(
  words: readonly string[],
  signal: AbortSignal,
  desk: Desk = processDesk(),
): Promise<number> {
  const read = readSaveWords(words, process.env);
  if (read === "help") {
    desk.out.write(saveHelp());
    return 0;
  }
  const shared = await sharedOptions(read, signal);
  const places = openPlaces(shared);
  const images = await Promise.all(read.images.map((text) => savingOf(text, places)));
  const teller = tellerFor(read, desk);
  const options = await mirrorOptions(read, shared);
  try {
    const { images: mirrored, file, size, sha256, checksumFile } = await saveImages(
      images,
      read.file,
      { ...options, form: read.form, onEvent: teller.onEvent },
    );
    const code = teller.close({ mirrored, failures: [] }, { file, size, sha256 });
    if (!read.json && !read.quiet) {
      desk.out.write(`${file}  ${sha256}  ${formatBytes(size)}, checksum in ${checksumFile}`);
    }
    return code;
  } finally {
    teller.end();
  }
}

async function savingOf(text: string, places: ReturnType<typeof openPlaces>): Promise<Saving> {
  const place = readMirrorPlace(text);
  const { store, ref, tag } = await places.source(place);
  if (tag === undefined) throw nameless(text);
  if (place.kind === "files") throw wrongWords("save", `"${text}" is no image on a registry`);
  const { host, repository } = parseReference(store.name);
  return { store, ref, tag, repository: formatReference({ host, repository }) };
}

function nameless(text: string): PauseError {
  return wrongWords(
    "save",
    `"${text}" has no tag that it could be loaded under`,
    " Write NAME:TAG@DIGEST.",
  );
}
