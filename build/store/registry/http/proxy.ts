import { Buffer } from "node:buffer";
import { isLoopback } from "./endpoint.ts";
import { isIn, parseAddress, parseBlock } from "./ip.ts";
import type { Environment } from "./trust.ts";
import { shownAddress } from "./redaction.ts";
import { PROXY_ODD } from "./troubles.ts";

/** A proxy that requests go through. */
export interface Proxy {
  /** Without user and password. */
  readonly url: URL;
  /** How messages name it. */
  readonly name: string;
  /** The value of Proxy-Authorization, when it has a user. */
  readonly authorization?: string;
  /** What of it may stand in no message. */
  readonly secrets: readonly string[];
}

const VARIABLES: Readonly<Record<string, string>> = {
  "http:": "HTTP_PROXY",
  "https:": "HTTPS_PROXY",
};

/**
 * The proxy for an address: HTTPS_PROXY or HTTP_PROXY, by the scheme of what is asked for, else
 * ALL_PROXY, in capital or small letters. This machine is never asked through one, nor what
 * NO_PROXY names.
 *
 * @throws Error when the variable names no http(s) proxy
 * @see https://pkg.go.dev/golang.org/x/net/http/httpproxy
 */
export function proxyFor(url: URL, env: Environment): Proxy | undefined {
  if (isLoopback(url.hostname) || isExempt(url, either(env, "NO_PROXY"))) return undefined;
  const names = [VARIABLES[url.protocol] ?? "", "ALL_PROXY"];
  // What a CGI server calls HTTP_PROXY is a header of whoever asks it.
  const usable = env.REQUEST_METHOD === undefined
    ? names
    : names.filter((name) => name !== "HTTP_PROXY");
  const name = usable.find((name) => either(env, name) !== "");
  return name === undefined ? undefined : parseProxy(name, either(env, name));
}

function either(env: Environment, name: string): string {
  return (env[name] || env[name.toLowerCase()] || "").trim();
}

function parseProxy(variable: string, text: string): Proxy {
  const address = /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || url.hostname === "") {
    throw new Error(`${PROXY_ODD}: ${variable} is no address`);
  }
  if (!(url.protocol in VARIABLES)) {
    throw new Error(
      `${PROXY_ODD}: ${variable} names a ${
        url.protocol.slice(0, -1)
      } proxy, and only http and https are known`,
    );
  }
  return { ...login(url), url: withoutLogin(url), name: shownAddress(url).replace(/\/$/, "") };
}

function withoutLogin(url: URL): URL {
  return new URL(url.origin);
}

function login({ username, password }: URL): Pick<Proxy, "authorization" | "secrets"> {
  if (username === "" && password === "") return { secrets: [] };
  const [user, word] = [decoded(username), decoded(password)];
  const encoded = Buffer.from(`${user}:${word}`, "utf8").toString("base64");
  return { authorization: `Basic ${encoded}`, secrets: [word, password, encoded] };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Whether NO_PROXY names the host of an address. */
function isExempt(url: URL, list: string): boolean {
  const host = url.hostname.replace(/^\[|\]$|\.$/g, "").toLowerCase();
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  return list.split(/[\s,]+/).filter((entry) => entry !== "")
    .some((entry) => names(entry.toLowerCase(), host, port));
}

/** `*`, a block of addresses, an address or a name, the last two with a port or without. */
function names(entry: string, host: string, port: string): boolean {
  if (entry === "*") return true;
  const address = parseAddress(host);
  const block = parseBlock(entry);
  if (block !== undefined) return address !== undefined && isIn(address, block);
  const [name, entryPort] = split(entry);
  if (entryPort !== undefined && entryPort !== port) return false;
  const wanted = parseAddress(name);
  if (wanted !== undefined) return address !== undefined && address.join() === wanted.join();
  return isUnder(host, name);
}

function split(entry: string): [name: string, port: string | undefined] {
  const [, bracketed, bracketedPort] = /^\[(.*)\](?::(\d+))?$/.exec(entry) ?? [];
  if (bracketed !== undefined) return [bracketed, bracketedPort];
  if (parseAddress(entry) !== undefined) return [entry, undefined];
  const [, name = entry, port] = /^(.*):(\d+)$/.exec(entry) ?? [];
  return [name, port];
}

/** `example.com` is itself and what is below it; `.example.com` and `*.example.com` only the latter. */
function isUnder(host: string, entry: string): boolean {
  const name = entry.replace(/^\*\./, ".").replace(/\.$/, "");
  if (name.startsWith(".")) return name !== "." && host.endsWith(name);
  return name !== "" && (host === name || host.endsWith(`.${name}`));
}
