import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Command, run } from "../../build/host/process.ts";
import { withFolder } from "../support/folder.ts";

/** How to compile one of the programs of pauses.c. */
export interface Making {
  /** The macro that says what is wrong with it. @default nothing is */
  readonly macro?: string;
  /** @default clang-19, static */
  readonly compiler?: Command;
  /** Another source than pauses.c. */
  readonly source?: string;
}

const STATIC: Command = ["clang-19", "-static"];

/** A program made from C, for as long as `use` takes. */
export async function withPause<Value>(
  { macro = "GOOD", compiler = STATIC, source = "pauses.c" }: Making,
  use: (path: string, bytes: Uint8Array) => Promise<Value>,
): Promise<Value> {
  return await withFolder(async (folder) => {
    const path = join(folder, "pause");
    const words = [`-D${macro}`, "-Os", "-Wall", "-o", path, `test/check/${source}`] as const;
    const { exitCode, stderr } = await run([...compiler, ...words]);
    if (exitCode !== 0) throw new Error(stderr);
    return await use(path, new Uint8Array(readFileSync(path)));
  });
}
