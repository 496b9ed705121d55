import { Buffer } from "node:buffer";
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { reason } from "../../../error.ts";
import { readIfThere } from "../../../host/files.ts";
import type { Repository } from "../../../oci/reference.ts";

/** A user and a password, or a token in place of one. */
export interface Credential {
  readonly username: string;
  readonly password: string;
}

/** What is known about how to log in to a repository. */
export interface Found {
  /** Missing: go on without. */
  readonly credential?: Credential;
  /** Why there is none although one might be expected, for the message when the registry insists. */
  readonly note?: string;
}

/** Finds the login for a repository. Asked only when its registry wants one. */
export type CredentialSource = (repository: Repository) => Promise<Found>;

/**
 * Takes logins from the file that `docker login` and `podman login` write: `REGISTRY_AUTH_FILE`,
 * else `config.json` in `DOCKER_CONFIG`, else in `~/.docker`. A file that cannot be used stops
 * nobody from reading what is public: it is a note, not an error.
 *
 * @param env the environment to look in
 * @see https://docs.docker.com/reference/cli/docker/login/
 * @see https://man.archlinux.org/man/containers-auth.json.5
 */
export function dockerConfig(
  env: Readonly<Record<string, string | undefined>> = process.env,
): CredentialSource {
  return async (repository) => {
    const path = configPath(env);
    try {
      const bytes = await readIfThere(path);
      if (bytes !== undefined) return lookUp(readConfig(bytes), repository, path);
      return env.REGISTRY_AUTH_FILE
        ? { note: `${path}, which REGISTRY_AUTH_FILE names, is not there.` }
        : {};
    } catch (error) {
      return { note: reason(error) };
    }
  };
}

function configPath(env: Readonly<Record<string, string | undefined>>): string {
  if (env.REGISTRY_AUTH_FILE) return env.REGISTRY_AUTH_FILE;
  return join(env.DOCKER_CONFIG || join(env.HOME || homedir(), ".docker"), "config.json");
}

/** The part of config.json that is of interest, none of it checked yet. */
interface Config {
  readonly auths?: Readonly<Record<string, Entry | null>> | null;
  readonly credHelpers?: Readonly<Record<string, string>> | null;
  readonly credsStore?: string;
}

interface Entry {
  readonly auth?: unknown;
  readonly username?: unknown;
  readonly password?: unknown;
}

function readConfig(bytes: Uint8Array): Config | undefined {
  try {
    const config: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof config === "object" && config !== null ? config : undefined;
  } catch {
    // The parser's message quotes the file, which holds passwords.
    return undefined;
  }
}

function lookUp(config: Config | undefined, repository: Repository, path: string): Found {
  if (config === undefined) return { note: `${path} is no JSON object.` };
  const { auths, credHelpers, credsStore } = config;
  const entry = nearest(auths ?? {}, repository);
  const credential = entry === undefined ? undefined : credentialIn(entry);
  if (credential !== undefined) return { credential };
  const helper = nearest(credHelpers ?? {}, repository) ?? credsStore;
  if (helper !== undefined) {
    return {
      note: `${path} leaves the login to docker-credential-${helper}, which is not asked.`,
    };
  }
  return entry === undefined ? {} : { note: `${path} names ${repository.host} without a login.` };
}

/** The entry of the repository, of the nearest namespace above it, or of its host. */
function nearest<Value>(
  entries: Readonly<Record<string, Value | null>>,
  { host, repository }: Repository,
): Value | undefined {
  const byName = new Map(Object.entries(entries).map(([key, value]) => [entryName(key), value]));
  const parts = [host, ...repository.split("/")];
  for (let length = parts.length; length > 0; length--) {
    const value = byName.get(parts.slice(0, length).join("/"));
    if (value !== undefined && value !== null) return value;
  }
  return undefined;
}

/** Docker Hub's entry is called `https://index.docker.io/v1/`, and others have schemes and versions too. */
function entryName(key: string): string {
  const name = key.replace(/^https?:\/\//, "").replace(/\/+$/, "").replace(/\/v[12]$/, "");
  return ["index.docker.io", "registry-1.docker.io"].includes(name) ? "docker.io" : name;
}

function credentialIn({ auth, username, password }: Entry): Credential | undefined {
  if (typeof auth === "string" && auth !== "") return decoded(auth);
  if (typeof username !== "string" || typeof password !== "string") return undefined;
  return username === "" ? undefined : { username, password };
}

/** `auth` is the base64 of `user:password`; only the password may have colons. */
function decoded(auth: string): Credential | undefined {
  const text = Buffer.from(auth, "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (colon <= 0) return undefined;
  // Docker pads some entries with NUL.
  return { username: text.slice(0, colon), password: text.slice(colon + 1).replace(/\0+$/, "") };
}
