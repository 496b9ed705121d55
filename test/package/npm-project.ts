import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { writeFiles } from "../../.github/release/files.ts";
import { CLI, npmPackage } from "../../.github/release/npm-package.ts";
import { type Command, type Ended, run } from "../../build/host/process.ts";
import { withFolder } from "../support/folder.ts";

/** What npm says of a package that it packed. */
export interface Packed {
  /** The path of the tarball. */
  readonly file: string;
  /** Of the files in it. */
  readonly paths: readonly string[];
  /** Bytes of the tarball, and of the files. */
  readonly size: number;
  readonly unpackedSize: number;
}

/** An empty project of a user who has nothing else. */
export interface Project {
  readonly folder: string;
  /** Runs a command in it that has to end well. */
  run(...command: Command): Promise<Ended>;
}

/** What npm shall not find: a cache, a configuration, a network. */
function bare(home: string): Readonly<Record<string, string>> {
  return {
    HOME: home,
    npm_config_cache: join(home, "cache"),
    npm_config_userconfig: join(home, "npmrc"),
    npm_config_globalconfig: join(home, "globalrc"),
    npm_config_offline: "true",
    npm_config_update_notifier: "false",
  };
}

/** Makes the package of the clone at `root` into `folder`/npm. */
export async function makePackage(root: string, folder: string): Promise<string> {
  const made = join(folder, "npm");
  writeFiles(made, await npmPackage(root), [CLI]);
  return made;
}

/** Packs a folder, as `npm publish` does, into another one. */
export async function pack(folder: string, into: string): Promise<Packed> {
  mkdirSync(into, { recursive: true });
  const words = ["npm", "pack", folder, "--json", "--pack-destination", into] as const;
  const { exitCode, stdout, stderr } = await run(words, { cwd: into, env: bare(into) });
  assert.is(exitCode, 0, stderr);
  const [told] = JSON.parse(stdout) as {
    filename: string;
    files: readonly { path: string }[];
    size: number;
    unpackedSize: number;
  }[];
  if (told === undefined) throw new Error("npm pack told of no package.");
  const paths = told.files.map(({ path }) => path).sort();
  return { ...told, file: join(into, told.filename), paths };
}

/** Gives `use` a project into which a tarball is installed, without a network and without scripts. */
export async function withProject(
  tarball: string,
  use: (project: Project) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const [place, home] = [join(folder, "project"), join(folder, "home")];
    mkdirSync(place);
    mkdirSync(home);
    writeFileSync(join(place, "package.json"), '{ "private": true, "type": "module" }\n');
    const project: Project = {
      folder: place,
      run: async (...command) => {
        const ended = await run(command, { cwd: place, env: bare(home) });
        assert.is(ended.exitCode, 0, `${command.join(" ")}:\n${ended.stdout}${ended.stderr}`);
        return ended;
      },
    };
    await project.run("npm", "install", tarball);
    await use(project);
  });
}
