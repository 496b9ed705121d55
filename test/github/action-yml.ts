import { readFileSync } from "node:fs";
import { parse } from "yaml";

/** action.yml, as far as tests look at it. */
export interface ActionFile {
  readonly name: string;
  readonly description: string;
  readonly inputs: Readonly<Record<string, Described & { readonly default: string }>>;
  readonly outputs: Readonly<Record<string, Described>>;
  readonly runs: { readonly using: string; readonly main: string };
}

interface Described {
  readonly description: string;
}

export const ACTION_TEXT: string = readFileSync("action.yml", "utf8");
export const ACTION: ActionFile = parse(ACTION_TEXT) as ActionFile;
