/** A fresh clone in which images are built, and built once more. */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import type { RunOptions } from "../../../build/host/process.ts";
import type { Reproduced } from "../../../build/make/reproduce/reproduce.ts";
import { cloneInto } from "../../support/clone.ts";
import { withFolder } from "../../support/folder.ts";
import { runProgram } from "../../support/program.ts";

/** What `reproduce --json` printed, and how it ended. */
export interface Told extends Reproduced {
  readonly exitCode: number;
}

export interface Clone {
  readonly root: string;
  /** Builds, and fails the test where that fails. */
  readonly make: (...words: readonly string[]) => Promise<void>;
  readonly reproduce: (words: readonly string[], options?: RunOptions) => Promise<Told>;
}

/** Gives `use` a fresh clone, in a folder that is gone afterwards. */
export async function withClone(use: (clone: Clone) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const root = join(folder, "clone");
    mkdirSync(root);
    cloneInto(root);
    await use({
      root,
      make: async (...words) => {
        const { exitCode, stderr } = await runProgram(root, words);
        assert.is(exitCode, 0, stderr);
      },
      reproduce: async (words, options = {}) => {
        const ended = await runProgram(root, ["reproduce", ...words, "--json"], options);
        assert.is.not(ended.stdout, "", ended.stderr);
        return { ...JSON.parse(ended.stdout) as Reproduced, exitCode: ended.exitCode };
      },
    });
  });
}
