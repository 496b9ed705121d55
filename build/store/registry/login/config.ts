import { reason } from "../../../error.ts";
import { readIfThere } from "../../../host/files.ts";
import type { Place } from "./places.ts";

/** What config.json and auth.json say about logins. The values are as they were found. */
export interface Config {
  readonly auths: ReadonlyMap<string, unknown>;
  readonly credHelpers: ReadonlyMap<string, unknown>;
  readonly credsStore: unknown;
}

/**
 * Reads a place.
 * @returns undefined when it is not there; a sentence when it is there and of no use, or was named
 * and is not there
 */
export async function readConfig(place: Place): Promise<Config | string | undefined> {
  const { name, namedBy, legacy } = place;
  try {
    const text = place.text ?? await textOf(name);
    if (text === undefined) {
      return namedBy && `${name}, which ${namedBy} names, is not there.`;
    }
    const value = objectIn(text);
    if (value === undefined) return `${name} is no JSON object.`;
    const { auths, credHelpers, credsStore } = legacy ? { auths: value } : value;
    return { auths: mapOf(auths), credHelpers: mapOf(credHelpers), credsStore };
  } catch (error) {
    return reason(error);
  }
}

async function textOf(path: string): Promise<string | undefined> {
  const bytes = await readIfThere(path);
  return bytes && new TextDecoder().decode(bytes);
}

type Parsed = Readonly<Record<string, unknown>>;

function objectIn(text: string): Parsed | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    // The parser's message quotes the text, which holds passwords.
    return undefined;
  }
}

function isObject(value: unknown): value is Parsed {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The entries by the names that {@link entryName} gives them; one that has its name already wins. */
function mapOf(value: unknown): ReadonlyMap<string, unknown> {
  const entries = new Map<string, unknown>();
  for (const [key, entry] of isObject(value) ? Object.entries(value) : []) {
    const name = entryName(key);
    if (key === name || !entries.has(name)) entries.set(name, entry);
  }
  return entries;
}

const HUB = "docker.io";
const HUB_NAMES = ["index.docker.io", "registry-1.docker.io"];

/**
 * The host, and the path below it, that an entry is for. Docker Hub's is called
 * `https://index.docker.io/v1/`; others have schemes, versions and slashes, too.
 */
export function entryName(key: string): string {
  const name = key.trim().replace(/^https?:\/\//i, "").replace(/\/+$/, "").replace(/\/v[12]$/, "");
  const [host = "", ...path] = name.split("/");
  const lower = host.toLowerCase();
  return [HUB_NAMES.includes(lower) ? HUB : lower, ...path].join("/");
}

/** What a helper calls a host: the name under which `docker login` files it. */
export function serverName(host: string): string {
  return host === HUB ? "https://index.docker.io/v1/" : host;
}
