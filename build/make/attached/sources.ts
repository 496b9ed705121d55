import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { PauseError } from "../../error.ts";
import { everySettled } from "../../host/settle.ts";
import { storageError } from "../../host/files.ts";
import type { Hashed } from "../../attest/sbom/bill.ts";
import type { Digest } from "../../oci/digest.ts";
import type { Digests } from "../digests.ts";
import { type Piece, piecesOf } from "../pieces.ts";
import { filesOf } from "../programs.ts";
import { TEMPLATE } from "../source.ts";
import type { Workshop } from "../workshop.ts";

/** The sources of one program, by their paths below the root. */
export function sourcesOf(
  { inputs }: Pick<Workshop, "inputs">,
  { source, system, target: { arch } }: Piece,
): string[] {
  const own = Object.keys(filesOf(system, inputs().src));
  const programs = own.filter((path) => path.endsWith(".c")).map(stem);
  const isOwn = (path: string): boolean =>
    stem(path) === source.name || !programs.includes(stem(path));
  return [
    ...own.filter(isOwn).map((path) => `src/${slashed(path)}`),
    ...Object.keys(filesOf(arch, inputs().arch)).map((path) => `arch/${slashed(path)}`),
  ];
}

/**
 * Hashes all sources of the programs that are built, and the template.
 * @throws PauseError `storage` when one of them is not what was built any more
 */
export async function hashSources(workshop: Workshop): Promise<readonly Hashed[]> {
  const { source: { root, template }, inputs, settings } = workshop;
  const { hashed } = await import("../../attest/sbom/bill.ts");
  const paths = piecesOf(settings, "pause").flatMap((piece) => sourcesOf(workshop, piece));
  const hash = async (path: string, file: string, was: Digest | undefined): Promise<Hashed> => {
    const found = hashed(path, await read(file));
    if (was === `sha256:${found.sha256}`) return found;
    throw new PauseError(
      "storage",
      `Cannot say what the images were built of: ${file} was changed meanwhile. Run the command again.`,
    );
  };
  return await everySettled([
    ...[...new Set(paths)].sort().map((path) =>
      hash(path, join(root, path), digestOf(inputs(), path))
    ),
    workshop.template().then(({ digest }) => hash(TEMPLATE, template, digest)),
  ]);
}

function digestOf(
  inputs: Readonly<Record<"src" | "arch", Digests>>,
  path: string,
): Digest | undefined {
  const [folder, ...rest] = path.split("/");
  const files = folder === "src" ? inputs.src : inputs.arch;
  return files[join(...rest)];
}

async function read(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    throw storageError("read", file, error);
  }
}

/** `pause` of `linux/pause.ld`. */
function stem(path: string): string {
  return basename(path).split(".")[0] ?? "";
}

/** The same document on every system. */
function slashed(path: string): string {
  return path.replaceAll("\\", "/");
}
