import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/**
 * Runs `test` with a PATH on which there are only the programs given, each a shell script.
 *
 * @param scripts the bodies of the scripts, by program name
 * @param test gets the folder that the programs are in
 */
export async function withPrograms<Result>(
  scripts: Readonly<Record<string, string>>,
  test: (folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "fakes-"));
  const before = process.env.PATH;
  try {
    for (const [name, script] of Object.entries(scripts)) {
      await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
      await chmod(join(folder, name), 0o755);
    }
    process.env.PATH = folder;
    return await test(folder);
  } finally {
    process.env.PATH = before;
    await rm(folder, { recursive: true, force: true });
  }
}

/** What a failed promise was rejected with. */
export async function failure(work: Promise<unknown>): Promise<{ code: string; message: string }> {
  try {
    await work;
  } catch (error) {
    return error as { code: string; message: string };
  }
  throw new Error("It did not fail.");
}
