/**
 * Compiles the program for machines that have neither Node nor Deno: `deno task compile [TARGET…]`
 * makes `dist/bin/pause-image-TARGET`, for all targets when none is named.
 */
import { dirname, join } from "node:path";
import process from "node:process";
import { didYouMean } from "../../build/did-you-mean.ts";
import { EXIT_CODES, PauseError } from "../../build/error.ts";
import { removeFile } from "../../build/host/files.ts";
import { run } from "../../build/host/process.ts";
import { EMBEDDED } from "../../build/make/source.ts";
import { VERSION } from "../../build/version.ts";
import {
  COMPILE_TARGETS,
  compiledName,
  compiledProgram,
  type CompileTarget,
  ENTRY,
} from "./compiled-program.ts";
import { writeFiles } from "./files.ts";
import { permissionFlags } from "./permissions.ts";

async function compileAll(words: readonly string[]): Promise<void> {
  const targets = words.length === 0 ? COMPILE_TARGETS : words.map(readTarget);
  const [root, folder] = [process.cwd(), join(process.cwd(), "dist", "embedded")];
  writeFiles(folder, await compiledProgram(root));
  for (const target of targets) {
    await compile(folder, target, join(root, "dist", "bin", compiledName(target)));
  }
}

function readTarget(word: string): CompileTarget {
  const target = COMPILE_TARGETS.find(({ name }) => name === word);
  if (target !== undefined) return target;
  const hint = didYouMean(word, COMPILE_TARGETS.map(({ name }) => name));
  throw new PauseError("usage", `Cannot compile for "${word}": there is no such target.${hint}`);
}

async function compile(folder: string, target: CompileTarget, output: string): Promise<void> {
  const { exitCode, stderr } = await run([
    process.execPath,
    "compile",
    "--quiet",
    "--no-config",
    "--no-lock",
    "--no-remote",
    ...permissionFlags(),
    `--target=${target.name}`,
    `--include=${EMBEDDED}`,
    `--output=${output}`,
    ENTRY,
  ], { cwd: folder, env: { NO_COLOR: "1" } });
  if (exitCode !== 0) throw failed(target.name, stderr);
  if (target.runsOn === `${process.platform} ${process.arch}`) await checkProgram(output);
  console.log(output);
}

/**
 * A program for this machine runs here. Deno itself in the place of denort makes one that is Deno;
 * and every goal looks for the sources, which are inside.
 */
async function checkProgram(path: string): Promise<void> {
  const version = await run([path, "--version"]);
  if (version.stdout.trim() !== `pause-image ${VERSION}`) {
    await removeFile(path);
    const [said] = `${version.stdout}${version.stderr}`.trim().split("\n");
    const next = "Set DENORT_BIN to a denort, not to deno.";
    throw new PauseError("compile", `Cannot use ${path}: --version says "${said}". ${next}`);
  }
  const { exitCode, stderr } = await run([path, "clean", "-n", "-C", dirname(path)]);
  if (exitCode === 0) return;
  await removeFile(path);
  throw new PauseError("compile", `Cannot use ${path}: it finds no sources. ${stderr.trim()}`);
}

/** Where Deno fetches its runtime; it says in several lines that it cannot. */
const SOURCE = /https?:\S+denort\S+\.zip/;

function failed(target: string, stderr: string): PauseError {
  const [url] = SOURCE.exec(stderr) ?? [];
  if (url === undefined) {
    return new PauseError("compile", `Cannot compile for ${target}: deno compile said:\n${stderr}`);
  }
  return new PauseError(
    "toolchain",
    `Cannot compile for ${target}: ${url}, Deno's runtime, cannot be fetched. Set DENORT_BIN to the denort of Deno ${process.versions.deno} for that target, and name the target.`,
  );
}

try {
  await compileAll(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof PauseError)) throw error;
  console.error(`error: ${error.message}`);
  process.exitCode = EXIT_CODES[error.code];
}
