import { join } from "node:path";
import process from "node:process";
import * as assert from "uvu/assert";
import { ARTIFACT } from "../../build/attest/media-types.ts";
import { type Attached, attachments } from "../../build/attest/attach.ts";
import type { Ended } from "../../build/host/process.ts";
import type { Metadata } from "../../build/make/metadata.ts";
import type { Digest } from "../../build/oci/digest.ts";
import { layoutStore } from "../../build/store/layout/layout.ts";
import type { Store } from "../../build/store/store.ts";
import { withFolder } from "../support/folder.ts";
import { onDeno, runProgram } from "../support/program.ts";
import { lacks, skip } from "../support/skip.ts";

const program = onDeno(process.cwd());
const FEW = ["TAG=v1", "ALL_ARCH=amd64 arm", "SOURCE_DATE_EPOCH=1", "REV=r"];

/** All types of what is attached when nobody says otherwise, sorted. */
export const TYPES: readonly string[] = [ARTIFACT.spdx, ARTIFACT.cyclonedx, ARTIFACT.statement]
  .sort();

/** A folder to make images in, for amd64 and two variants of arm. */
export interface Bench {
  readonly folder: string;
  /** The layout that is made there. */
  readonly out: Store;
  readonly run: (...words: string[]) => Promise<Ended>;
  /** Runs, succeeds, and reads what `--json` says. */
  readonly make: (...words: string[]) => Promise<Metadata>;
}

/** Gives `use` an empty folder to make images in. */
export async function withMake(use: (bench: Bench) => Promise<void>): Promise<void> {
  const missing = lacks("clang-19", "ld.lld-19");
  if (missing !== undefined) return skip(missing);
  await withFolder(async (folder) => {
    const run = (...words: string[]): Promise<Ended> =>
      runProgram(folder, [...FEW, "--json", ...words], { program });
    await use({
      folder,
      out: layoutStore(join(folder, "out")),
      run,
      make: async (...words) => {
        const { exitCode, stdout, stderr } = await run(...words);
        assert.is(exitCode, 0, stderr);
        return JSON.parse(stdout) as Metadata;
      },
    });
  });
}

/** All that hangs on an image. */
export async function hangingOn(
  store: Store,
  subject: Digest | undefined,
): Promise<readonly Attached[]> {
  const found: Attached[] = [];
  if (subject === undefined) return found;
  for await (const one of attachments(store, subject)) found.push(one);
  return found;
}

/** The types of all that hangs on an image, sorted. */
export async function typesOf(store: Store, subject: Digest | undefined): Promise<string[]> {
  return (await hangingOn(store, subject)).map(({ artifactType }) => artifactType).sort();
}

/** What a run made that something can hang on: the index and the images. */
export function subjectsOf({ index, images }: Metadata): Digest[] {
  return [...(index ? [index.digest] : []), ...images.map(({ digest }) => digest)];
}
