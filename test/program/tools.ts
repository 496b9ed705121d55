import { join } from "node:path";
import { run } from "../../build/host/process.ts";
import { withFolder } from "../support/folder.ts";

/** Gives `use` one of the C programs of this folder, compiled for this machine. */
export async function withTool<Value>(
  name: "launcher" | "race",
  use: (file: string) => Promise<Value>,
): Promise<Value> {
  return await withFolder(async (folder) => {
    const file = join(folder, name);
    const flags = ["-O1", "-Wall", "-Wextra", "-Werror"];
    const { exitCode, stderr } = await run([
      "gcc",
      ...flags,
      "-o",
      file,
      `test/program/${name}.c`,
    ]);
    if (exitCode !== 0) throw new Error(`gcc cannot compile ${name}.c: ${stderr}`);
    return await use(file);
  });
}
