import { posix } from "node:path";
import type { ContextEntry, ReadContext } from "./context.ts";
import type { Change, CopyChange, Owner } from "./draft.ts";
import { isArchive } from "./is-archive.ts";
import type { LayerFile } from "./layer-file.ts";
import { type Place, refuse } from "./place.ts";

/** What each path of the image is so far. */
export type Tree = Map<string, LayerFile["kind"]>;

/** The tree of an image from scratch. */
export function emptyTree(): Tree {
  return new Map([["/", "folder"]]);
}

/** The files that one instruction puts into the image. */
interface Addition {
  readonly tree: Tree;
  readonly files: Map<string, LayerFile>;
  readonly owner: Owner;
  readonly place: Place;
}

/**
 * Makes a change to the tree.
 *
 * @returns what the change's layer holds; nothing when all of it was there
 * @throws PauseError `dockerfile` for a source that is not there, an archive that other builders would
 * unpack, and a target that is something else already; what `read` throws
 */
export async function applyChange(
  tree: Tree,
  change: Change,
  read: ReadContext,
): Promise<readonly LayerFile[]> {
  const { owner, place } = change;
  const addition: Addition = { tree, files: new Map(), owner, place };
  if (change.kind === "folder") addFolder(addition, change.target);
  else for (const source of change.sources) await copySource(addition, change, source, read);
  return [...addition.files.values()];
}

async function copySource(
  addition: Addition,
  change: CopyChange,
  source: string,
  read: ReadContext,
): Promise<void> {
  const { target, place } = change;
  const entries = await read(source, place);
  const [self] = entries ?? [];
  if (entries === undefined || self === undefined) {
    const next = "Make it first, or correct the name (a .dockerignore may leave it out, too).";
    throw refuse(place, `there is no ${source} in the build context`, next);
  }
  if (change.unpacks && self.kind === "file" && isArchive(self.bytes)) {
    throw refuse(place, `ADD of ${source} would unpack it, which is not done here`, "Use COPY.");
  }
  const intoFolder = change.intoFolder || addition.tree.get(target) === "folder";
  const base = self.kind !== "folder" && intoFolder
    ? posix.join(target, posix.basename(source))
    : target;
  addFolder(addition, self.kind === "folder" ? base : posix.dirname(base));
  for (const entry of entries) {
    if (entry !== self || entry.kind !== "folder") addEntry(addition, base, entry, change.mode);
  }
}

/** A folder and those above it, where they are missing, all of the same owner. */
function addFolder(addition: Addition, path: string): void {
  const { tree, files, owner, place } = addition;
  const known = tree.get(path);
  if (known === "folder") return;
  if (known !== undefined) throw refuse(place, `${path} is a ${known} already`, "Choose another.");
  addFolder(addition, posix.dirname(path));
  tree.set(path, "folder");
  files.set(path, { kind: "folder", path, mode: 0o755, ...owner });
}

function addEntry(
  { tree, files, owner, place }: Addition,
  base: string,
  entry: ContextEntry,
  mode: number | undefined,
): void {
  const path = posix.join(base, entry.path);
  const known = tree.get(path);
  // A file may take the place of a file, a link of a link, a folder add to a folder. What a file does
  // to a link is different with every builder.
  if (known !== undefined && known !== entry.kind) {
    throw refuse(place, `${path} is a ${known} already`, "Choose another target.");
  }
  tree.set(path, entry.kind);
  const bits = entry.kind === "link" ? 0o777 : mode ?? entry.mode;
  files.set(path, { ...entry, path, mode: bits, ...owner });
}
