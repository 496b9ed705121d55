import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** The files by which a step tells its runner something, by the variables that name them. */
export const FILES = [
  "GITHUB_OUTPUT",
  "GITHUB_STEP_SUMMARY",
  "GITHUB_ENV",
  "GITHUB_PATH",
  "GITHUB_STATE",
] as const;

/** Makes the files of one step, empty. @returns the variables that name them */
export async function makeFiles(folder: string): Promise<Record<string, string>> {
  const named = FILES.map((name) => [name, join(folder, name)] as const);
  await Promise.all(named.map(([, path]) => writeFile(path, "")));
  return Object.fromEntries(named);
}

/** What a step wrote into one of its files. */
export async function readText(folder: string, name: typeof FILES[number]): Promise<string> {
  return await readFile(join(folder, name), "utf8");
}

/**
 * What a step wrote into GITHUB_OUTPUT: `NAME=VALUE`, or several lines between `NAME<<WORD` and `WORD`.
 * @throws Error for a line that GitHub refuses
 */
export function readValues(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  const lines = text.replace(/\n$/, "").split("\n");
  for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
    const [, name = "", word] = /^([^=]+?)<<(.+)$/.exec(line) ?? [];
    if (word !== undefined) {
      const end = lines.indexOf(word);
      if (end < 0) throw new Error(`Nothing ends ${line}`);
      values[name] = lines.splice(0, end + 1).slice(0, -1).join("\n");
    } else if (/^[^=]+=/.test(line)) {
      values[line.slice(0, line.indexOf("="))] = line.slice(line.indexOf("=") + 1);
    } else if (line !== "") {
      throw new Error(`Cannot read the output ${line}`);
    }
  }
  return values;
}

/**
 * The variables by which a runner hands inputs over: in capitals, dashes and all.
 * @see https://docs.github.com/actions/reference/workflows-and-actions/metadata-syntax#inputs
 */
export function inputVariables(inputs: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(inputs)
      .map(([name, value]) => [`INPUT_${name.replaceAll(" ", "_").toUpperCase()}`, value]),
  );
}
