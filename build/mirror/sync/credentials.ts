import { resolve } from "node:path";
import { PauseError } from "../../error.ts";
import { readIfThere } from "../../host/files.ts";
import type { Environment } from "../../store/registry/http/trust.ts";
import type { CredentialSource } from "../../store/registry/login/credentials.ts";
import { dockerConfig } from "../../store/registry/login/docker-config.ts";
import type { CredentialEntry } from "./document.ts";
import type { SyncFile } from "./file.ts";

export interface CredentialOptions {
  readonly environment: Environment;
  /** Where relative paths begin: the folder of the sync file. */
  readonly folder: string;
}

/**
 * Fetches the logins that a sync file refers to, by host.
 * @throws PauseError `usage` when a variable or a file is not there, before anything is asked;
 * `storage` when a file cannot be read
 */
export async function credentialsOf(
  { registries }: Pick<SyncFile, "registries">,
  options: CredentialOptions,
): Promise<ReadonlyMap<string, CredentialSource>> {
  const sources = new Map<string, CredentialSource>();
  for (const [host, { credentials }] of registries) {
    if (credentials) sources.set(host, await sourceOf(credentials, host, options));
  }
  return sources;
}

async function sourceOf(
  entry: CredentialEntry,
  host: string,
  { environment, folder }: CredentialOptions,
): Promise<CredentialSource> {
  if ("authFile" in entry) {
    const path = resolve(folder, entry.authFile);
    if (await readIfThere(path) === undefined) throw notThere(host, `the file ${path}`);
    const { PATH, HOME } = environment;
    return dockerConfig({ PATH, HOME, REGISTRY_AUTH_FILE: path });
  }
  const credential = "environment" in entry
    ? {
      username: variable(entry.environment.username, host, environment),
      password: variable(entry.environment.password, host, environment),
    }
    : {
      username: await text(resolve(folder, entry.files.username), host),
      password: await text(resolve(folder, entry.files.password), host),
    };
  return () => Promise.resolve({ credential, from: "the sync file's credentials" });
}

function variable(name: string, host: string, environment: Environment): string {
  const value = environment[name];
  if (value) return value;
  throw notThere(host, `the environment variable ${name}`);
}

/** What is in a file, without the line break that editors add. */
async function text(path: string, host: string): Promise<string> {
  const bytes = await readIfThere(path);
  const read = new TextDecoder().decode(bytes).replace(/\r?\n$/, "");
  if (bytes === undefined || read === "") throw notThere(host, `the file ${path}`);
  return read;
}

function notThere(host: string, what: string): PauseError {
  return new PauseError(
    "usage",
    `Cannot log in to ${host}: ${what}, which the sync file names, is not there or empty.`,
  );
}
