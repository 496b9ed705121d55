import { relative } from "node:path";
import { everySettled } from "../host/settle.ts";
import type { ContextEntry, ReadContext } from "../image/context.ts";
import { sha256 } from "../oci/digest.ts";
import { type Digests, digestText } from "./digests.ts";
import { pathOf, readOutput } from "./engines/output.ts";
import { piecesOf } from "./pieces.ts";
import type { Workshop } from "./workshop.ts";

/** The working directory as build context, which notes what is read of it. */
export interface RecordedContext {
  readonly read: ReadContext;
  /** What was found at each path: names, kinds, modes, links and bytes, as one digest. */
  readonly reads: Digests;
}

/**
 * Opens the working directory as build context. What we write there ourselves while building, the
 * stamps and the OUTPUT, is no part of it. Whoever reads a program waits for it, and whoever reads
 * anything else for all of them.
 */
export async function openContext(workshop: Workshop): Promise<RecordedContext> {
  const { folderContext } = await import("../image/context.ts");
  const { directory, settings } = workshop;
  const context = folderContext(directory);
  const own = piecesOf(settings, "pause").map((piece) => piece.path);
  const place = settings.output === "registry"
    ? undefined
    : pathOf(readOutput(settings), directory);
  const made = ["bin/.stamps", ...(place === undefined ? [] : [relative(directory, place)])];
  const reads: Record<string, ReturnType<typeof digestText>> = {};
  return {
    reads,
    read: async (path, line) => {
      const program = workshop.programs()[own.indexOf(path)];
      await (program ?? everySettled(workshop.programs()));
      const entries = (await context(path, line))?.filter((entry) =>
        !made.some((folder) => isWithin(folder, [path, entry.path]))
      );
      reads[path] = digestEntries(entries);
      return entries;
    },
  };
}

/** Whether all that was read is still as it was. */
export async function readsIntact(workshop: Workshop, reads: Digests): Promise<boolean> {
  const programs = piecesOf(workshop.settings, "pause").map((piece) => piece.path);
  // Each program was looked at already, and everything else is rare: most runs load no context.
  const others = Object.keys(reads).filter((path) => !programs.includes(path));
  if (others.length === 0) return true;
  const { read } = await openContext(workshop);
  const now = await everySettled(others.map(async (path) => {
    const entries = await read(path, { path: "Dockerfile.tmpl", line: 1 });
    return digestEntries(entries) === reads[path];
  }));
  return now.every(Boolean);
}

function isWithin(folder: string, parts: readonly string[]): boolean {
  const path = parts.filter((part) => part !== "" && part !== ".").join("/");
  return folder !== "" && (path === folder || path.startsWith(`${folder}/`));
}

function digestEntries(
  entries: readonly ContextEntry[] | undefined,
): ReturnType<typeof digestText> {
  const listed = (entries ?? []).map((entry) =>
    entry.kind === "file" ? { ...entry, bytes: sha256(entry.bytes) } : entry
  );
  return digestText(JSON.stringify(listed));
}
