import { stat } from "node:fs/promises";
import { platform } from "node:process";
import { PauseError } from "../../error.ts";
import { readIfThere } from "../../host/files.ts";
import { type AskPassphrase, readPrivateKey } from "./private-key.ts";
import { type Signer, signerOf } from "./signer.ts";

/** Variables by name, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface KeyOptions {
  /** A file that holds the passphrase of the key; a line's end at its end is none of it. */
  readonly passphraseFile?: string;
  /** Where `env://NAME` and passphrases are looked for. */
  readonly environment: Environment;
  /** Told of a key that others can read. */
  readonly onWarning?: (text: string) => void;
}

/** The variables that may hold a passphrase, the first that is set counts. */
const PASSPHRASES = ["PAUSE_KEY_PASSPHRASE", "COSIGN_PASSWORD"] as const;

const VARIABLE = /^env:\/\/([A-Za-z_][A-Za-z0-9_]*)$/;

/** The rights of the group, and of all others, to read. */
const READ_BY_OTHERS = 0o044;

/**
 * Gets the key to sign with.
 *
 * @param name a file, or `env://NAME`: the variable NAME holds the PEM text
 * @throws PauseError `usage` when there is none, or it cannot be signed with; `authentication` for a
 * wrong passphrase; `storage` when a file cannot be read
 */
export async function openSigner(name: string, options: KeyOptions): Promise<Signer> {
  const text = await textOf(name, options.environment);
  const key = await readPrivateKey(text, name, () => passphraseFrom(options));
  if (await isOpenToOthers(name)) {
    options.onWarning?.(
      `The key ${name} can be read by others: "chmod 600 ${name}" takes that from them.`,
    );
  }
  return signerOf(key);
}

async function textOf(name: string, environment: Environment): Promise<string> {
  const variable = VARIABLE.exec(name)?.[1];
  if (variable !== undefined) {
    const text = environment[variable];
    if (text !== undefined && text.trim() !== "") return text;
    throw missing(name, "that variable is not set. Put the key's PEM text into it");
  }
  if (/^[a-z0-9+.-]+:\/\//i.test(name)) {
    throw missing(name, "keys are files or env://NAME here. Name one of them");
  }
  const bytes = await readIfThere(name);
  if (bytes === undefined) {
    throw missing(name, "there is no such file. Name the private key's file");
  }
  return new TextDecoder().decode(bytes);
}

async function isOpenToOthers(name: string): Promise<boolean> {
  if (VARIABLE.test(name) || platform === "win32") return false;
  return ((await stat(name)).mode & READ_BY_OTHERS) !== 0;
}

const passphraseFrom = async (
  { passphraseFile, environment }: KeyOptions,
): ReturnType<AskPassphrase> => {
  if (passphraseFile !== undefined) {
    const bytes = await readIfThere(passphraseFile);
    if (bytes !== undefined) return new TextDecoder().decode(bytes).replace(/\r?\n$/, "");
    throw missing(passphraseFile, "there is no such file. Name the one with the passphrase");
  }
  return PASSPHRASES.map((variable) => environment[variable]).find((value) => value !== undefined);
};

function missing(name: string, found: string): PauseError {
  return new PauseError("usage", `Cannot sign with ${name}: ${found}.`);
}
