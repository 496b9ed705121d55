import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { OLDEST_LLVM } from "../../compile/clang.ts";
import { readElf } from "../../compile/elf.ts";
import { findProgram } from "../../compile/find-program.ts";
import { run } from "../../host/process.ts";
import { withTemporaryFolder } from "../../host/temporary-folder.ts";
import { type Difference, difference } from "./difference.ts";

/** The tool that is asked, under the names that systems give it. */
const NAMES: readonly string[] = [
  ...Array.from({ length: 20 }, (_, more) => `llvm-objdump-${OLDEST_LLVM + more}`),
  "llvm-objdump",
];

/** What is known of a stranger's program is that it is small; the tool gets no more than this. */
const BOUNDS = { time: 10_000, output: 4 * 1024 * 1024 } as const;

/** `   100b0: 910003fd     	mov	x29, sp` */
const LINE = /^\s*([0-9a-f]+):\s+(.*)$/;

/**
 * Compares two programs instruction by instruction, with llvm-objdump where there is one.
 *
 * @returns undefined where it cannot be asked: then the bytes have to do
 * @throws PauseError `storage`, `interrupted`
 */
export async function instructionDifferences(
  image: Uint8Array,
  rebuilt: Uint8Array,
  signal?: AbortSignal,
): Promise<readonly Difference[] | undefined> {
  const tool = NAMES.map(findProgram).find((path) => path !== undefined);
  if (tool === undefined) return undefined;
  return await withTemporaryFolder("pause-image-objdump", async (folder) => {
    const listing = async (name: string, bytes: Uint8Array): Promise<Listing | undefined> => {
      const path = join(folder, name);
      await writeFile(path, bytes, { mode: 0o600 });
      const command = [tool, "--disassemble", ...startOf(bytes), path] as const;
      const ended = await run(command, { bounds: BOUNDS, ...(signal && { signal }) });
      return ended.exitCode === 0 ? readListing(ended.stdout) : undefined;
    };
    const [theirs, ours] = [await listing("image", image), await listing("rebuilt", rebuilt)];
    return theirs && ours && compareListings(theirs, ours);
  });
}

/** Instructions by their addresses. */
type Listing = ReadonlyMap<string, string>;

/** Without sections the headers would be read as instructions: they stand before the first one. */
function startOf(bytes: Uint8Array): string[] {
  try {
    return [`--start-address=0x${readElf(bytes).entry.toString(16)}`];
  } catch {
    return [];
  }
}

function readListing(text: string): Listing {
  const lines = text.split("\n").flatMap((line) => {
    const [, address, rest] = LINE.exec(line) ?? [];
    return address === undefined || rest === undefined
      ? []
      : [[address, rest.replace(/\s+/g, " ").trim()] as const];
  });
  return new Map(lines);
}

function compareListings(theirs: Listing, ours: Listing): Difference[] {
  const addresses = new Set([...theirs.keys(), ...ours.keys()]);
  return [...addresses].filter((address) => theirs.get(address) !== ours.get(address))
    .sort((one, other) => Number.parseInt(one, 16) - Number.parseInt(other, 16))
    .map((address) =>
      difference(`instruction 0x${address}`, theirs.get(address) ?? "", ours.get(address) ?? "")
    );
}
