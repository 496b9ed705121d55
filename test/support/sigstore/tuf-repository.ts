import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Mirror } from "../../../build/attest/trust/refresh.ts";
import { withFolder } from "../folder.ts";
import { withHttpServer } from "../http-server.ts";

export interface TufOptions {
  /** When what is signed anew each day expires. @default in a day */
  readonly expires?: string;
  /** What is sent in place of a file: bytes, or a status. */
  readonly instead?: Readonly<Record<string, Uint8Array | number>>;
}

type Json = string | number | boolean | { readonly [key: string]: Json } | readonly Json[];

/** JSON with its keys in order, nothing between, and hardly anything escaped: what is signed. */
function canonical(value: Json): string {
  if (typeof value === "string") return `"${value.replaceAll(/[\\"]/g, "\\$&")}"`;
  if (typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  const entries = Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1);
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(",")}}`;
}

const hashOf = (content: string | Uint8Array): string =>
  createHash("sha256").update(content).digest("hex");

/**
 * Gives `use` a TUF repository on this machine that holds a trusted root, signed by a key of
 * elliptic curves as Sigstore's is, and ends it afterwards.
 *
 * @see https://theupdateframework.github.io/specification/latest/#document-formats
 */
export async function withTufRepository<T>(
  trustedRoot: Uint8Array,
  { expires, instead = {} }: TufOptions,
  use: (mirror: Mirror) => Promise<T>,
): Promise<T> {
  const { root, files } = repositoryOf(trustedRoot, expires);
  return await withFolder(async (folder) => {
    const path = join(folder, "root.json");
    await writeFile(path, root);
    return await withHttpServer((request, response) => {
      const name = (request.url ?? "").slice(1);
      const sent = instead[name] ?? files.get(name) ?? 404;
      if (typeof sent === "number") response.writeHead(sent).end();
      else response.writeHead(200).end(sent);
    }, ({ host }) => use({ url: `http://${host}`, root: path }));
  });
}

function repositoryOf(
  target: Uint8Array,
  expires = new Date(Date.now() + 86_400_000).toISOString().replace(/\.\d+/, ""),
): { readonly root: string; readonly files: ReadonlyMap<string, Uint8Array | string> } {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = {
    keytype: "ecdsa",
    scheme: "ecdsa-sha2-nistp256",
    keyval: { public: publicKey.export({ format: "pem", type: "spki" }).toString() },
  };
  const keyid = hashOf(canonical(key));
  const signed = (type: string, until: string, more: { readonly [name: string]: Json }): string => {
    const body = { _type: type, spec_version: "1.0.31", version: 1, expires: until, ...more };
    const sig = sign("sha256", new TextEncoder().encode(canonical(body)), privateKey);
    return JSON.stringify({ signed: body, signatures: [{ keyid, sig: sig.toString("hex") }] });
  };
  const role = { keyids: [keyid], threshold: 1 };
  const far = "2126-01-01T00:00:00Z";
  const hash = hashOf(target);
  return {
    root: signed("root", far, {
      consistent_snapshot: true,
      keys: { [keyid]: key },
      roles: { root: role, timestamp: role, snapshot: role, targets: role },
    }),
    files: new Map<string, Uint8Array | string>([
      [
        "timestamp.json",
        signed("timestamp", expires, { meta: { "snapshot.json": { version: 1 } } }),
      ],
      ["1.snapshot.json", signed("snapshot", far, { meta: { "targets.json": { version: 1 } } })],
      [
        "1.targets.json",
        signed("targets", far, {
          targets: { "trusted_root.json": { length: target.length, hashes: { sha256: hash } } },
        }),
      ],
      [`targets/${hash}.trusted_root.json`, target],
    ]),
  };
}
