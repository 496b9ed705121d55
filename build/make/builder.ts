import { join } from "node:path";
import type { Digest } from "../oci/digest.ts";
import { VERSION } from "../version.ts";
import { digestFolder, digestText } from "./digests.ts";

/** Which builder this is: another one may make other bytes of the same sources. */
export interface Builder {
  readonly version: string;
  /** Of its sources, in a clone, where they change without the version; of nothing, elsewhere. */
  readonly sources: Digest;
}

/** @param root the folder that holds `src/`, and in a clone `build/` */
export function describeBuilder(root: string): Builder {
  return {
    version: VERSION,
    sources: digestText(JSON.stringify(digestFolder(join(root, "build")))),
  };
}
