import { join } from "node:path";
import type { BillTool } from "../../attest/sbom/bill.ts";
import { readIfThere, writeWhole } from "../../host/files.ts";
import { run } from "../../host/process.ts";
import { everySettled } from "../../host/settle.ts";
import { withTemporaryFolder } from "../../host/temporary-folder.ts";
import type { CredentialSource } from "../../store/registry/login/credentials.ts";
import { piecesOf } from "../pieces.ts";
import { prepare } from "../prepare.ts";
import type { Assignments } from "../settings.ts";
import { type Source, TEMPLATE } from "../source.ts";
import type { Graph, Program, Workshop } from "../workshop.ts";

/** What is built once more. */
export interface Rebuilding {
  /** The sources that count, by their paths below the root, with `/`. No other file is looked at. */
  readonly sources: ReadonlyMap<string, Uint8Array>;
  /** All that decides about the bytes; what the environment says does not count. */
  readonly assignments: Assignments;
  readonly credentials?: CredentialSource;
  readonly signal?: AbortSignal;
}

/** What came of it. */
export interface Rebuilt {
  readonly programs: readonly Program[];
  /** The tools that were found here, each once. */
  readonly tools: readonly BillTool[];
  /** Undefined where only programs were asked for. */
  readonly graph?: Graph;
}

/**
 * Builds in a folder of its own, which is gone afterwards: nothing is there but the sources, so that
 * nothing else can get into the images. It is no clone, and so without REV there is no revision, and
 * without SOURCE_DATE_EPOCH the time is 0.
 *
 * @throws PauseError as `make()` does
 */
export async function rebuild(
  { sources, assignments, credentials, signal }: Rebuilding,
  goal: "all" | "build" = "all",
): Promise<Rebuilt> {
  return await withTemporaryFolder("pause-image-rebuild", async (directory) => {
    for (const [path, bytes] of sources) await writeWhole(join(directory, path), bytes);
    const { workshop } = prepare({
      goals: [goal],
      assignments: { ...assignments, OUTPUT: "oci:out" },
      directory,
      ...(credentials && { credentials }),
      ...(signal && { signal }),
    }, () => run);
    const graph = goal === "all" ? await workshop.graph() : undefined;
    const programs = await everySettled(workshop.programs());
    return { programs, tools: await toolsOf(workshop), ...(graph && { graph }) };
  });
}

/** The compilers and linkers of all programs; and what builds the images, if that is not this software. */
async function toolsOf(workshop: Workshop): Promise<BillTool[]> {
  const [toolchain, engine] = [await workshop.toolchain(), await workshop.engine()];
  const each = await everySettled(
    piecesOf(workshop.settings, "pause").map(({ target, system }) =>
      toolchain.tools(target, system)
    ),
  );
  const built = engine === undefined
    ? []
    : [{ name: engine.name, version: engine.identity, told: engine.identity }];
  const all = [...each.flat(), ...built];
  return [...new Map(all.map((tool) => [`${tool.name} ${tool.told}`, tool])).values()];
}

/**
 * The bytes of a source by its path with `/`: the template may be the working directory's own.
 * @returns undefined when there is none
 * @throws PauseError `storage`
 */
export async function readSource(
  { root, template }: Source,
  path: string,
): Promise<Uint8Array | undefined> {
  return await readIfThere(path === TEMPLATE ? template : join(root, ...path.split("/")));
}
