import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { ACTION_FOLDER, actionBundle } from "../../.github/release/action-bundle.ts";
import { writeFiles } from "../../.github/release/files.ts";
import type { InputName } from "../../build/github/inputs.ts";
import { withFolder } from "../support/folder.ts";
import { FILES, inputVariables, makeFiles, readValues } from "../support/workflow/files.ts";
import { type Annotation, type Said, whatWasSaid } from "./said.ts";

/** How a step ended, and all that it left for the runner. */
export interface Ended extends Said {
  /** Undefined when a signal ended it. */
  readonly exitCode: number | undefined;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly stderr: string;
  /** All that was written anywhere, as the runner keeps it: the log without the masks' own lines. */
  readonly everything: string;
}

/** The inputs of a step, as a workflow's `with`. */
export type With = Readonly<Partial<Record<InputName, string>>>;

export interface StepOptions {
  /** What the environment has beyond PATH and a home. */
  readonly env?: Readonly<Record<string, string>>;
  /** Inputs that action.yml does not have. */
  readonly others?: Readonly<Record<string, string>>;
  /** Is given the process when it runs. Deno takes what `child.kill` meant for killed by it. */
  readonly meanwhile?: (pid: number) => void;
}

/** A runner's machine: the action as GitHub fetches it, and a workspace to run steps in. */
export interface Machine {
  /** The user's checkout. */
  readonly workspace: string;
  /** The action's. */
  readonly checkout: string;
  step(inputs: With, options?: StepOptions): Promise<Ended>;
}

/** Gives `use` a machine on which the action is bundled from the sources as they are. */
export async function withMachine(use: (machine: Machine) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const [checkout, workspace] = [join(folder, "action"), join(folder, "workspace")];
    for (const made of [workspace, join(folder, "home")]) mkdirSync(made);
    await fetchAction(checkout);
    await use({
      checkout,
      workspace,
      step: (inputs, options) => runStep({ folder, checkout, workspace }, inputs, options),
    });
  });
}

/** What a tag's archive holds, as far as it matters: no node_modules, and nothing of git. */
async function fetchAction(folder: string): Promise<void> {
  for (const part of ["src", "arch"]) cpSync(part, join(folder, part), { recursive: true });
  for (const file of ["action.yml", "Dockerfile.tmpl"]) copyFileSync(file, join(folder, file));
  writeFiles(join(folder, ACTION_FOLDER), await actionBundle(process.cwd()));
}

interface Place {
  readonly folder: string;
  readonly checkout: string;
  readonly workspace: string;
}

async function runStep(
  place: Place,
  inputs: With,
  { env = {}, others = {}, meanwhile }: StepOptions = {},
): Promise<Ended> {
  const files = join(place.folder, "files");
  rmSync(files, { recursive: true, force: true });
  mkdirSync(files);
  const named = await makeFiles(files);
  const child = spawn("node", [join(place.checkout, main(place.checkout))], {
    cwd: place.workspace,
    env: { ...environment(place, named), ...inputVariables({ ...inputs, ...others }), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const texts = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => texts.stdout += chunk);
  child.stderr.on("data", (chunk) => texts.stderr += chunk);
  const { pid } = child;
  if (pid !== undefined) meanwhile?.(pid);
  const [code] = await once(child, "close") as [number | null];
  const read = (name: typeof FILES[number]): string => readFileSync(join(files, name), "utf8");
  const said = whatWasSaid(texts.stdout);
  return {
    ...said,
    exitCode: code ?? undefined,
    outputs: readValues(read("GITHUB_OUTPUT")),
    summary: read("GITHUB_STEP_SUMMARY"),
    stderr: texts.stderr,
    everything: [said.log, texts.stderr, ...FILES.map(read)].join("\n"),
  };
}

/** What action.yml says to run. */
function main(checkout: string): string {
  const text = readFileSync(join(checkout, "action.yml"), "utf8");
  return /^ {2}main: (.+)$/m.exec(text)?.[1] ?? "nothing";
}

function environment(
  { folder, workspace }: Place,
  files: Readonly<Record<string, string>>,
): Record<string, string> {
  const { PATH = "", TMPDIR = "" } = process.env;
  return {
    PATH,
    TMPDIR,
    HOME: join(folder, "home"),
    CI: "true",
    GITHUB_ACTIONS: "true",
    GITHUB_WORKSPACE: workspace,
    ...files,
  };
}

/** The one annotation at a line of a file. */
export function annotationIn({ annotations }: Said): Annotation | undefined {
  return annotations.find(({ file }) => file !== undefined);
}
