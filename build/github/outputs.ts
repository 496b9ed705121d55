import { PauseError, reason } from "../error.ts";
import type { Runner } from "./runner.ts";

/** What later steps can use. action.yml says what each is; a test compares the names. */
export interface Outputs {
  /** Of the index, or of the one image; "" when there are several. */
  readonly digest: string;
  /** The image by its digest, as runtimes pull it. */
  readonly image: string;
  /** Every name that points at what was made. */
  readonly references: readonly string[];
  /** By platform, or by name where platforms are not looked at. */
  readonly digests: Readonly<Record<string, string>>;
  /** As `--json` prints it. */
  readonly metadata: unknown;
  /** Whether anything was written or sent. */
  readonly changed: boolean;
}

type Words = Readonly<Record<keyof Outputs, (outputs: Outputs) => string>>;

/** Each output as text, in the order of action.yml. */
const WORDS: Words = {
  digest: ({ digest }) => digest,
  image: ({ image }) => image,
  references: ({ references }) => references.join("\n"),
  digests: ({ digests }) => JSON.stringify(digests),
  metadata: ({ metadata }) => JSON.stringify(metadata),
  changed: ({ changed }) => String(changed),
};

export const OUTPUT_NAMES: readonly string[] = Object.keys(WORDS);

/**
 * Sets all outputs, at the end of a run in which nothing failed.
 * @throws PauseError `storage` when the runner's file cannot be written
 */
export function setOutputs(runner: Runner, outputs: Outputs): void {
  const texts = Object.entries(WORDS).map(([name, word]) => [name, word(outputs)] as const);
  try {
    for (const [name, text] of texts) runner.setOutput(name, text);
  } catch (error) {
    throw new PauseError(
      "storage",
      `Cannot set the outputs: ${
        reason(error)
      }. All else is done. Look at the runner's disk, and run the step again.`,
      { cause: error },
    );
  }
}
