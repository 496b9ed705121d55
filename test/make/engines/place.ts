import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import * as assert from "uvu/assert";
import type { Metadata } from "../../../build/make/metadata.ts";
import { readImageConfig, readIndex, readManifest } from "../../../build/oci/document.ts";
import { layoutReader } from "../../../build/store/layout/reader.ts";
import { folderFiles } from "../../../build/store/layout/files.ts";
import { readAll } from "../../../build/store/verified.ts";
import { see, type Seen } from "../../image/saved-image.ts";
import { withFolder } from "../../support/folder.ts";
import { onDeno, runProgram } from "../../support/program.ts";

const program = onDeno(process.cwd());

/** A folder where the program runs, with what leads it to an engine. */
export interface MakePlace {
  readonly folder: string;
  /** What ended with these words, which may well be a failure. */
  attempt(...words: string[]): ReturnType<typeof runProgram>;
  /** What a run with these words and `--json` made. */
  make(...words: string[]): Promise<Metadata>;
}

/** The time of all images here: seconds since 1970. */
export const EPOCH = 1_000_000_000;

/** Runs `use` in an empty folder. */
export async function withMake(
  env: Readonly<Record<string, string>>,
  use: (place: MakePlace) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const attempt: MakePlace["attempt"] = (...words) =>
      runProgram(folder, words, { program, env: { SOURCE_DATE_EPOCH: String(EPOCH), ...env } });
    await use({
      folder,
      attempt,
      make: async (...words) => {
        const { exitCode, stdout, stderr } = await attempt(...words, "--json");
        assert.is(exitCode, 0, stderr);
        return JSON.parse(stdout) as Metadata;
      },
    });
  });
}

/** Writes files of these texts, by their paths below the folder. */
export async function write(
  { folder }: Pick<MakePlace, "folder">,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(folder, path, ".."), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

/** All images that a layout's index names, as who runs them sees them, and their times. */
export async function seenIn(
  { folder }: Pick<MakePlace, "folder">,
  layout: string,
  tag = "3.10.2",
): Promise<readonly (Seen & { readonly created: string | undefined })[]> {
  const store = layoutReader(layout, folderFiles(join(folder, layout)));
  const index = readIndex((await store.getManifest(tag)).bytes);
  return await Promise.all(index.manifests.map(async ({ digest, platform }) => {
    const manifest = readManifest((await store.getManifest(digest)).bytes);
    const config = readImageConfig(await readAll(await store.getBlob(manifest.config)));
    assert.equal(
      [config.os, config.architecture, config.variant],
      [platform?.os, platform?.architecture, platform?.variant],
    );
    const layers = await Promise.all(
      manifest.layers.map(async (layer) => await readAll(await store.getBlob(layer))),
    );
    return { ...await see(config, layers), created: config.created };
  }));
}
