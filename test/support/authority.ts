import { join } from "node:path";
import { run } from "../../build/host/process.ts";

/** A certificate and its key, as files in PEM. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** A private authority, made for one test. */
export interface Authority extends Certificate {
  /** Signs a certificate for 127.0.0.1 and localhost, good for two days. @param use what it is for */
  issue(name: string, use: "serverAuth" | "clientAuth"): Promise<Certificate>;
}

const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];

/** Makes an authority whose files are in `folder`. */
export async function makeAuthority(folder: string): Promise<Authority> {
  const at = (name: string): Certificate => ({
    certificate: join(folder, `${name}.crt`),
    key: join(folder, `${name}.key`),
  });
  const make = async (name: string, ...words: readonly string[]): Promise<Certificate> => {
    const { certificate, key } = at(name);
    const made = await run(
      ["openssl", "req", "-x509", ...KEY, "-keyout", key, "-out", certificate, ...words],
    );
    if (made.exitCode !== 0) throw new Error(`openssl: ${made.stderr}`);
    return { certificate, key };
  };
  const own = await make("authority", "-subj", "/CN=authority of the tests");
  return {
    ...own,
    issue: (name, use) =>
      make(
        ...[name, "-subj", `/CN=${name}`, "-CA", own.certificate, "-CAkey", own.key] as const,
        ...["-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:registry.test"],
        ...["-addext", `extendedKeyUsage=${use}`, "-addext", "basicConstraints=critical,CA:FALSE"],
      ),
  };
}
