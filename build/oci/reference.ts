import { PauseError } from "../error.ts";
import { type Digest, isDigest } from "./digest.ts";

/** A place on a registry where the images of one name live. */
export interface Repository {
  /** Name or address, with the port when one was given: `docker.io`, `10.0.0.5:5000`, `[::1]:5000`. */
  readonly host: string;
  /** The path below the host: `library/busybox`, `k8s/pause`. */
  readonly repository: string;
}

/** What names an image: a repository with a tag, a digest, both, or neither. */
export interface Reference extends Repository {
  readonly tag?: string;
  readonly digest?: Digest;
}

const TAG = /^\w[\w.-]{0,127}$/;
const HOST_LABEL = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
const HOST = new RegExp(`^(?:${HOST_LABEL}(?:\\.${HOST_LABEL})*|\\[[a-fA-F0-9:]+\\])(?::(\\d+))?$`);
const PATH_COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
/** Characters of the path; the host and the tag do not count. */
const LONGEST_PATH = 255;
/** 64 hex digits alone are how container tools write an image ID. */
const IMAGE_ID = /^[a-f0-9]{64}$/;

/** Scheme, and user and password, which no message may repeat. */
const URL_START = /^([a-zA-Z][a-zA-Z0-9+.-]*:\/\/)?([^/]*@(?=.*\/))?(.*)$/s;

const HUB = "docker.io";
/** The host under which `docker login` files Docker Hub. */
const HUB_ALIAS = "index.docker.io";
/** Where Docker Hub keeps what is named without a user. */
const HUB_NAMESPACE = "library";

/** Whether `text` is a legal tag: a word character, then up to 127 of word characters, dot and dash. */
export function isTag(text: string): boolean {
  return TAG.test(text);
}

/**
 * Reads a reference as docker and podman do: what comes before the first slash is the host when it
 * has a dot, a colon or a capital, or is `localhost`; anything else is a name on Docker Hub. Capitals of
 * the host mean nothing else, and are read in lower case.
 *
 * @param text `host/path:tag@digest`; host, tag and digest may be missing
 * @throws PauseError `usage` when `text` is no reference
 * @see https://pkg.go.dev/github.com/distribution/reference
 */
export function parseReference(text: string): Reference {
  refuseUrl(text);
  if (IMAGE_ID.test(text)) throw unreadable(text, "it is an image ID", "Write the image's name");
  const [named, digest, ...more] = text.split("@");
  if (more.length > 0) throw unreadable(text, "it has more than one @");
  if (digest !== undefined && !isDigest(digest)) {
    throw unreadable(text, "what follows the @ is no digest", "Write sha256: and 64 hex digits");
  }
  const [name, tag] = splitTag(named ?? "");
  if (tag !== undefined && !isTag(tag)) {
    throw unreadable(
      text,
      `"${tag}" is no tag`,
      "A tag has 1 to 128 letters, digits, dots, dashes and underscores, and starts with none of dot and dash",
    );
  }
  return {
    ...splitHost(text, name),
    ...(tag !== undefined && { tag }),
    ...(digest !== undefined && { digest }),
  };
}

/**
 * Reads the name of a repository: a reference that has neither tag nor digest.
 *
 * @param text `REGISTRY/pause`, REGISTRY being a host, a host and a namespace, or a user of Docker Hub
 * @throws PauseError `usage` when `text` is no repository's name
 */
export function parseRepository(text: string): Repository {
  const { host, repository, tag, digest } = parseReference(text);
  if (tag === undefined && digest === undefined) return { host, repository };
  throw unreadable(
    text,
    "it names a tag or a digest where a repository is meant",
    `Write ${host}/${repository}`,
  );
}

/** The reference in full, as {@link parseReference} reads it back. */
export function formatReference({ host, repository, tag, digest }: Reference): string {
  const suffix = (tag === undefined ? "" : `:${tag}`) + (digest === undefined ? "" : `@${digest}`);
  return `${host}/${repository}${suffix}`;
}

/** `NAME@DIGEST` taken apart, whatever the name is: layouts and archives are named so too. */
export function splitDigest(text: string): { readonly name: string; readonly digest?: Digest } {
  const at = text.lastIndexOf("@");
  const digest = text.slice(at + 1);
  return at > 0 && isDigest(digest) ? { name: text.slice(0, at), digest } : { name: text };
}

function splitTag(text: string): [name: string, tag: string | undefined] {
  const colon = text.lastIndexOf(":");
  // Before a slash it is a port.
  if (colon < 0 || text.indexOf("/", colon) >= 0) return [text, undefined];
  return [text.slice(0, colon), text.slice(colon + 1)];
}

/**
 * A host as {@link parseReference} reads it: names of hosts are the same in capitals (RFC 4343), and
 * one registry is one place. What a capital alone tells from a user of Docker Hub keeps it.
 */
export function readHost(text: string): string {
  const lower = text.toLowerCase();
  return isHost(lower) ? lower : text;
}

function isHost(text: string): boolean {
  return /[.:]/.test(text) || text === "localhost";
}

function splitHost(text: string, name: string): Repository {
  const slash = name.indexOf("/");
  const first = readHost(name.slice(0, slash));
  const named = slash > 0 && (isHost(first) || /[A-Z]/.test(first));
  const host = named ? first : HUB;
  const path = named ? name.slice(slash + 1) : name;
  checkHost(text, host);
  checkPath(text, path);
  if (host !== HUB && host !== HUB_ALIAS) return checkLength(text, { host, repository: path });
  const short = !path.includes("/");
  return checkLength(text, { host: HUB, repository: short ? `${HUB_NAMESPACE}/${path}` : path });
}

function checkHost(text: string, host: string): void {
  const match = HOST.exec(host);
  if (match === null) throw unreadable(text, `"${host}" is no host`);
  if (Number(match[1] ?? 0) > 65535) throw unreadable(text, `${match[1]} is no port`);
  if (host.startsWith("[") && !URL.canParse(`http://${host}`)) {
    throw unreadable(text, `"${host}" is no IPv6 address`);
  }
}

function checkPath(text: string, path: string): void {
  for (const component of path.split("/")) {
    if (PATH_COMPONENT.test(component)) continue;
    throw unreadable(
      text,
      component === "" ? "a part of the path is empty" : `"${component}" is no part of a path`,
      /[A-Z]/.test(component)
        ? `Write it in lower case: ${component.toLowerCase()}`
        : "Each part has lower-case letters and digits, with single dots, one or two underscores, or dashes between them",
    );
  }
}

function checkLength(text: string, repository: Repository): Repository {
  const { length } = repository.repository;
  if (length <= LONGEST_PATH) return repository;
  throw unreadable(text, `its path has ${length} characters, and ${LONGEST_PATH} are allowed`);
}

function refuseUrl(text: string): void {
  const [, scheme = "", login = "", rest = ""] = URL_START.exec(text) ?? [];
  if (scheme === "" && login === "") return;
  throw unreadable(
    scheme + rest,
    scheme === "" ? "it begins with a login" : `it begins with ${scheme}`,
    `Leave that out, in REGISTRY too: ${rest}`,
  );
}

function unreadable(text: string, found: string, next?: string): PauseError {
  const hint = next === undefined ? "" : ` ${next}.`;
  return new PauseError("usage", `Cannot read the image name "${text}": ${found}.${hint}`);
}
