import type { PauseError } from "../error.ts";
import type { CredentialSource } from "../store/registry/login/credentials.ts";
import type { Inputs } from "./inputs.ts";
import type { Log } from "./log.ts";
import type { Outputs } from "./outputs.ts";

/** What a command of the action works with. The working directory is the user's already. */
export interface Desk {
  readonly inputs: Inputs;
  readonly log: Log;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** Undefined: docker's and podman's files. */
  readonly credentials?: CredentialSource;
}

/** What came of a command that could be carried out. */
export interface Outcome {
  /** Set only when nothing failed. */
  readonly outputs: Outputs;
  /** Markdown. */
  readonly summary: string;
  /** What the user should know although nothing failed. @default nothing */
  readonly warnings?: readonly string[];
  /** Why the step fails all the same. */
  readonly failure?: PauseError;
}

/** A command of the action. @throws PauseError what the library's call throws */
export type RunCommand = (desk: Desk) => Promise<Outcome>;
