import { join } from "node:path";
import { sweep } from "../host/sweep.ts";

/**
 * Removes what killed runs left in `bin/` of `directory`, half written.
 * @throws PauseError `storage` when `bin/` cannot be read
 */
export async function sweepBin(directory: string): Promise<void> {
  const bin = join(directory, "bin");
  await sweep(bin, (name) => /^(pause|orphan|Dockerfile|wincat)-[\w-]+(\.exe)?$/.test(name));
  await sweep(join(bin, ".stamps"), (name) => /^[\w-]+\.json$/.test(name));
}
