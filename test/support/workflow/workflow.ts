import { readdirSync, readFileSync } from "node:fs";
import { parse } from "yaml";

type Values = Readonly<Record<string, string | number | boolean>>;

/** A step, as it stands in the file. */
export interface Step {
  readonly id?: string;
  readonly name?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly "working-directory"?: string;
  readonly with?: Values;
  readonly env?: Values;
}

/** `read`, `write` or `none` by scope; a word such as `write-all` for all of them. */
export type Permissions = string | Readonly<Record<string, string>>;

/** A job: one with steps, or one that calls another workflow. */
export interface Job {
  readonly name?: string;
  readonly needs?: string | readonly string[];
  readonly if?: string;
  readonly permissions?: Permissions;
  readonly environment?: string;
  readonly outputs?: Values;
  readonly "timeout-minutes"?: number;
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly unknown[]>> };
  readonly container?: { readonly image: string };
  readonly steps?: readonly Step[];
  readonly uses?: string;
  readonly with?: Values;
  readonly secrets?: unknown;
}

/** What callers of a workflow may give and get. */
export interface Call {
  readonly inputs?: Readonly<Record<string, { readonly default?: unknown }>>;
  readonly secrets?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, { readonly value: string }>>;
}

/** The events that start a workflow, in the longest of the forms that there are. */
export interface Events {
  readonly [event: string]: unknown;
  readonly workflow_call?: Call | null;
  readonly workflow_dispatch?: Call | null;
}

/** A workflow and where it stands. */
export interface Workflow {
  /** From the root: `.github/workflows/ci.yml`. */
  readonly path: string;
  readonly text: string;
  readonly on: Events;
  readonly permissions?: Permissions;
  readonly concurrency?: { readonly group: string };
  readonly env?: Values;
  readonly jobs: Readonly<Record<string, Job>>;
}

/** Reads the text of a workflow. Whether it is one, GitHub's own parser says: schema.e2e.ts. */
export function readWorkflow(path: string, text: string): Workflow {
  return { ...parse(text) as Omit<Workflow, "path" | "text">, path, text };
}

/** The workflows of a folder, in the order of their names. */
export function workflowsIn(folder: string): Workflow[] {
  return readdirSync(folder).filter((name) => name.endsWith(".yml")).sort()
    .map((name) => `${folder}/${name}`)
    .map((path) => readWorkflow(path, readFileSync(path, "utf8")));
}

/** Ours, and those that are there for others to copy. */
export const OURS = ".github/workflows";
export const EXAMPLES = "examples/workflows";

/** The jobs that a job waits for, without those that they wait for. */
export function needsOf({ needs = [] }: Job): readonly string[] {
  return typeof needs === "string" ? [needs] : needs;
}

/** Whether a step or a job uses the action of this repository, under any of its names. */
export function isOurAction(uses: string | undefined): boolean {
  return /^(\.\/|\.\/\.pause-image|pause-image\/pause-image@\S+)$/.test(uses ?? "");
}

/** The inputs and outputs of an action, and what of them it says. */
export interface Action {
  readonly inputs: Readonly<Record<string, { required?: boolean; default?: string }>>;
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** The action of this repository. */
export function readAction(): Action {
  return parse(readFileSync("action.yml", "utf8")) as Action;
}
