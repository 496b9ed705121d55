import { posix } from "node:path";
import { PauseError } from "../error.ts";
import { readToml } from "./toml.ts";
import { type File, valueAt } from "./value.ts";

/**
 * The files that one of containerd's own imports: absolute paths, in which `*` may stand for a part
 * of a name. Undefined: it does not say. What is no TOML imports nothing.
 *
 * @see https://github.com/containerd/containerd/blob/main/docs/man/containerd-config.toml.5.md
 */
export function importsOf({ path, text }: File): readonly string[] | undefined {
  const said = importsSaid(path, text);
  if (!Array.isArray(said)) return undefined;
  return said.map((one) => posix.resolve(posix.dirname(path), String(one)));
}

function importsSaid(path: string, text: string): unknown {
  try {
    return valueAt(readToml(text, path).value, ["imports"]);
  } catch (error) {
    if (error instanceof PauseError) return undefined;
    throw error;
  }
}
