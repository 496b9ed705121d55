import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Descriptor } from "../../build/oci/descriptor.ts";
import { digestParts } from "../../build/oci/digest.ts";

/** The path of a blob in a layout. */
export function at(folder: string, { digest }: Descriptor): string {
  const { algorithm, hex } = digestParts(digest);
  return join(folder, "blobs", algorithm, hex);
}

// deno-lint-ignore no-explicit-any -- what a test reads, it looks at as it is
export async function readIndexJson(folder: string): Promise<any> {
  return JSON.parse(await readFile(join(folder, "index.json"), "utf8"));
}

/** Every file with what a rewrite would change. */
export async function fingerprint(folder: string): Promise<string[]> {
  const names = (await readdir(folder, { recursive: true, encoding: "utf8" })).sort();
  return await Promise.all(names.map(async (name) => {
    const { ino, mtimeMs, size } = await stat(join(folder, name));
    return `${name} ${ino} ${mtimeMs} ${size}`;
  }));
}
