import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { withFolder } from "./folder.ts";

/** Runs `use` with the programs of a folder before all others. */
export async function withPath<T>(folder: string, use: () => Promise<T>): Promise<T> {
  return await withEnvironment({ PATH: `${folder}:${process.env.PATH ?? ""}` }, use);
}

/** Runs `use` with these variables in our own environment. */
export async function withEnvironment<T>(
  env: Readonly<Record<string, string>>,
  use: () => Promise<T>,
): Promise<T> {
  const before = Object.keys(env).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, env);
  try {
    return await use();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

/** Writes programs into a folder, which is made. @param scripts what each of them does, in the language of sh */
export async function writeClients(
  bin: string,
  scripts: Readonly<Record<string, string>>,
): Promise<void> {
  await mkdir(bin);
  for (const [name, script] of Object.entries(scripts)) {
    await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(bin, name), 0o755);
  }
}

/** Stand-ins for the clients of engines. */
export interface Clients {
  /** A folder that they know as `$here`. */
  readonly folder: string;
  /** The command lines that they were called with, in order. */
  told(): Promise<string[]>;
}

/**
 * Runs `use` with stand-ins for programs.
 * @param scripts what each of them does, in the language of sh; its words are noted before
 */
export async function withClients<T>(
  scripts: Readonly<Record<string, string>>,
  use: (clients: Clients) => Promise<T>,
): Promise<T> {
  return await withFolder(async (folder) => {
    const bin = join(folder, "bin");
    const noting = Object.entries(scripts).map(([name, script]) =>
      [name, `here='${folder}'\necho "${name} $*" >>"$here/log"\n${script}`] as const
    );
    await writeClients(bin, Object.fromEntries(noting));
    const told = async (): Promise<string[]> =>
      (await readFile(join(folder, "log"), "utf8").catch(() => "")).split("\n").filter(Boolean);
    return await withPath(bin, () => use({ folder, told }));
  });
}
