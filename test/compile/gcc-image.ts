import { join, normalize } from "node:path";
import { type Command, commandLine, run } from "../../build/host/process.ts";
import type { Engine } from "../support/engine.ts";

/**
 * Makes a container image in which there are a shell and some of this machine's compilers, as in
 * the image that upstream compiles in.
 *
 * @param compilers the paths of GNU compilers
 * @param folder takes the image's archive
 * @returns the image's name
 */
export async function importGccImage(
  docker: Engine,
  compilers: readonly string[],
  folder: string,
): Promise<string> {
  const programs = ["/bin/sh", ...(await Promise.all(compilers.map(programsOf))).flat()];
  const libraries = (await Promise.all(programs.map(librariesOf))).flat();
  const archive = join(folder, "image.tar");
  const files = [...new Set([...programs, ...libraries])].map((path) => path.replace(/^\//, ""));
  await must(["tar", "--dereference", "-cf", archive, "-C", "/", ...files]);
  await docker.client("import", archive, "localhost/cross:1");
  return "localhost/cross:1";
}

/** What a compiler starts, at the places where it looks. */
async function programsOf(compiler: string): Promise<string[]> {
  const parts = ["cc1", "collect2", "as", "ld"].map(async (part) => {
    const path = (await must([compiler, `-print-prog-name=${part}`])).trim();
    return path.startsWith("/") ? path : `/usr/bin/${path}`;
  });
  const plugin = (await must([compiler, "-print-file-name=liblto_plugin.so"])).trim();
  // tar leaves out what stands before a "..".
  return [compiler, plugin, ...await Promise.all(parts)].map(normalize);
}

/** The shared libraries of a program, and the loader that finds them. */
async function librariesOf(program: string): Promise<string[]> {
  const lines = (await must(["ldd", program])).split("\n");
  return lines.flatMap((line) => /(?:=> |^\s+)(\/\S+)/.exec(line)?.[1] ?? []);
}

async function must(command: Command): Promise<string> {
  const { exitCode, stdout, stderr } = await run(command);
  if (exitCode === 0) return stdout;
  throw new Error(`${commandLine(command)} exited with ${exitCode}: ${stderr}`);
}
