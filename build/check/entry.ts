import type { ImageConfig } from "../oci/manifest.ts";
import { type FileTree, findFile, type Found } from "./tree.ts";

/** Where runtimes look for a bare name when the image has no PATH of its own. */
const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** What a container of the image runs: the program and its arguments. */
export function commandOf({ config = {} }: ImageConfig): readonly string[] {
  return [...config.Entrypoint ?? [], ...config.Cmd ?? []];
}

/**
 * Finds the program that a container of the image runs, as runtimes do.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.0/conversion.md#verbatim-fields
 */
export function entryOf(image: ImageConfig, files: FileTree): Found {
  const [program = ""] = commandOf(image);
  if (program === "") return { fault: "the configuration names none" };
  const { Env = [], WorkingDir = "/" } = image.config ?? {};
  if (program.startsWith("/")) return findFile(files, program);
  if (program.includes("/")) return findFile(files, `${WorkingDir}/${program}`);
  const path = Env.find((variable) => variable.startsWith("PATH="))?.slice(5) ?? DEFAULT_PATH;
  const found = path.split(":").slice(0, 100)
    .map((folder) => findFile(files, `${folder}/${program}`));
  return found.find((one) => "node" in one) ??
    { fault: `${program} is in none of the folders of PATH` };
}
