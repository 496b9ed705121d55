import { createPrivateKey, X509Certificate } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { reason, systemCode } from "../../../error.ts";
import { BAD_CERTIFICATE } from "./troubles.ts";

/** Environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What TLS with a host rests on. All of it is PEM. */
export interface Trust {
  /** The authorities of the system. Missing: those that the runtime brings along. */
  readonly authorities?: readonly string[];
  /** Authorities beside those. */
  readonly more: readonly string[];
  readonly certificate?: string;
  readonly key?: string;
}

/**
 * Where systems keep all their authorities in one file; the first that is there counts.
 * @see https://go.dev/src/crypto/x509/root_linux.go
 */
const BUNDLES: readonly string[] = [
  "/etc/ssl/certs/ca-certificates.crt", // Debian, Alpine
  "/etc/pki/tls/certs/ca-bundle.crt", // Fedora
  "/etc/ssl/ca-bundle.pem", // openSUSE
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // RHEL
  "/etc/ssl/cert.pem", // Alpine, macOS, the BSDs
];

/**
 * Reads the authorities that the system trusts, as Go does: SSL_CERT_FILE stands for the system's
 * file, SSL_CERT_DIR for its folders. NODE_EXTRA_CA_CERTS and DENO_CERT add to them.
 *
 * @throws Error that names a file that cannot be used
 */
export async function systemTrust(env: Environment): Promise<Trust> {
  const { SSL_CERT_FILE: file, SSL_CERT_DIR: folders } = env;
  const system = file && folders ? undefined : await systemBundle();
  const found = [
    ...(file ? [await readAuthorities(file)] : []),
    ...(folders ? await readFolders(folders) : []),
    ...(system === undefined ? [] : [system]),
  ];
  const extra = [env.NODE_EXTRA_CA_CERTS, env.DENO_CERT].flatMap((path) => path || []);
  return {
    ...(found.length > 0 && { authorities: found }),
    more: await Promise.all(extra.map(readAuthorities)),
  };
}

async function systemBundle(): Promise<string | undefined> {
  for (const path of BUNDLES) {
    const text = await readFile(path, "utf8").catch(() => undefined);
    if (text !== undefined) return text;
  }
  return undefined;
}

/** Folders of authorities also hold other things, and links that lead nowhere. */
async function readFolders(list: string): Promise<string[]> {
  const folders = list.split(delimiter).filter((folder) => folder !== "");
  const names = await Promise.all(folders.map((folder) => readdir(folder).catch(() => [])));
  const paths = folders.flatMap((folder, at) =>
    (names[at] ?? []).map((name) => join(folder, name))
  );
  const texts = await Promise.all(
    paths.map((path) => readFile(path, "utf8").catch(() => "")),
  );
  return texts.filter((text) => text.includes("-----BEGIN CERTIFICATE-----"));
}

/**
 * Reads what is kept for one registry: every `*.crt` is an authority beside the system's, `X.cert`
 * with `X.key` the certificate that we show.
 *
 * @param host as in the name of an image, with its port if it has one there
 * @param certDir in place of the usual folders
 * @throws Error that names a file that cannot be used, or whose other half is missing
 * @see https://man.archlinux.org/man/containers-certs.d.5
 * @see https://docs.docker.com/engine/security/certificates/
 */
export async function hostTrust(
  host: string,
  env: Environment,
  certDir: string | undefined,
): Promise<Trust> {
  for (const folder of foldersOf(host, env, certDir)) {
    const names = await namesIn(folder);
    if (names !== undefined) return await readHostFolder(folder, names);
  }
  if (certDir) throw unusable(certDir, "there is no such folder");
  return { more: [] };
}

function foldersOf(host: string, env: Environment, certDir: string | undefined): string[] {
  // A folder of folders, one for each host, or the folder of one.
  if (certDir) return [join(certDir, host), certDir];
  const home = env.HOME || homedir();
  return [
    join(home, ".config/containers/certs.d"),
    "/etc/containers/certs.d",
    join(home, ".config/docker/certs.d"),
    "/etc/docker/certs.d",
  ].map((folder) => join(folder, host));
}

async function namesIn(folder: string): Promise<string[] | undefined> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(systemCode(error) ?? "")) return undefined;
    throw unusable(folder, error);
  }
}

async function readHostFolder(folder: string, names: readonly string[]): Promise<Trust> {
  const having = (ending: string): string[] => names.filter((name) => name.endsWith(ending));
  const more = await Promise.all(
    having(".crt").map((name) => readAuthorities(join(folder, name))),
  );
  const [first] = having(".cert");
  const lonely = [
    ...having(".cert").filter((name) => !names.includes(name.replace(/cert$/, "key"))),
    ...having(".key").filter((name) => !names.includes(name.replace(/key$/, "cert"))),
  ][0];
  if (lonely !== undefined) {
    const half = lonely.endsWith(".key") ? ".cert" : ".key";
    throw unusable(join(folder, lonely), `there is no ${half} of that name beside it`);
  }
  if (first === undefined) return { more };
  return { more, ...await readPair(join(folder, first)) };
}

async function readPair(path: string): Promise<Pick<Trust, "certificate" | "key">> {
  const keyPath = path.replace(/cert$/, "key");
  const certificate = await readText(path);
  const key = await readText(keyPath);
  const shown = attempt(path, () => new X509Certificate(certificate));
  const secret = attempt(keyPath, () => createPrivateKey(key));
  if (!shown.checkPrivateKey(secret)) {
    throw unusable(keyPath, `it is not the key of ${path}`);
  }
  return { certificate, key };
}

async function readAuthorities(path: string): Promise<string> {
  const text = await readText(path);
  const found = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  // Bundles hold old certificates that one runtime or the other cannot read. One will do.
  if (!found.some(isCertificate)) throw unusable(path, "it holds no certificate in PEM");
  return text;
}

function isCertificate(text: string): boolean {
  try {
    return new X509Certificate(text) !== undefined;
  } catch {
    return false;
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw unusable(path, error);
  }
}

/** What the parsers say differs by runtime and helps nobody, and might quote a key. */
function attempt<Value>(path: string, parse: () => Value): Value {
  try {
    return parse();
  } catch {
    throw unusable(path, "it is no PEM that can be read");
  }
}

function unusable(path: string, why: unknown): Error {
  const found = typeof why === "string" ? why : systemCode(why) ?? reason(why);
  return new Error(`${BAD_CERTIFICATE} "${path}" cannot be used: ${found}`);
}
