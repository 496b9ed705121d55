import { createHash } from "node:crypto";
import { basename } from "node:path";
import { PauseError } from "../error.ts";
import { fileStream, readIfThere, writeWhole } from "../host/files.ts";

/** Where the checksum of a file is. */
export function checksumFile(file: string): string {
  return `${file}.sha256`;
}

/**
 * Writes the checksum of a file beside it, as `sha256sum --check` reads it.
 * @returns the SHA-256 as hex
 * @throws PauseError `storage`
 */
export async function writeChecksum(file: string): Promise<string> {
  const hex = await sha256OfFile(file);
  await writeWhole(checksumFile(file), `${hex}  ${basename(file)}\n`);
  return hex;
}

/**
 * Holds a file to the checksum beside it.
 * @returns whether there is one
 * @throws PauseError `verification` when the file is another, or the checksum is none; `storage`
 */
export async function verifyChecksum(file: string): Promise<boolean> {
  const bytes = await readIfThere(checksumFile(file));
  if (bytes === undefined) return false;
  const [hex] = /^[0-9a-f]{64}(?=\s|$)/i.exec(new TextDecoder().decode(bytes)) ?? [];
  if (hex === undefined) {
    throw new PauseError(
      "verification",
      `Cannot check ${file}: ${checksumFile(file)} holds no SHA-256. Fetch it anew, or remove it.`,
    );
  }
  const found = await sha256OfFile(file);
  if (found === hex.toLowerCase()) return true;
  throw new PauseError(
    "verification",
    `Cannot use ${file}: its SHA-256 is ${found}, and ${
      checksumFile(file)
    } says ${hex}. Copy both anew.`,
  );
}

async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of fileStream(file)) hash.update(chunk);
  return hash.digest("hex");
}
