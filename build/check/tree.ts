/** What a layer has at a path. */
export interface Entry {
  /** As it stands in the archive: `./pause`, `usr/bin/`. */
  readonly name: string;
  readonly kind: Kind;
  /** Permission bits, set-user-ID and the like included. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Where a symbolic or hard link leads. */
  readonly target?: string;
  /** The names of extended attributes, and of Windows' own: `MSWINDOWS.rawsd`. */
  readonly attributes: readonly string[];
  readonly bytes: Uint8Array;
}

export type Kind = "file" | "folder" | "symlink" | "link" | "other";

/** A place in the merged file system. */
export interface Node extends Omit<Entry, "name" | "bytes"> {
  /** Until {@link keepOnly} lets them go. */
  bytes: Uint8Array;
  /** Of a folder: what is in it. */
  readonly children: Map<string, Node>;
}

/** The root folder of the merged file system. */
export type FileTree = Node;

/** A file with its path in the image, from the root and without links. */
export interface FoundFile {
  readonly path: string;
  readonly node: Node;
}

/** A file that was looked for. */
export type Found = FoundFile | { readonly fault: string };

const WHITEOUT = ".wh.";
const OPAQUE = ".wh..wh..opq";

/** As many symbolic links Linux follows: include/linux/namei.h, MAXSYMLINKS. */
const LINK_LIMIT = 40;

/** An empty root. */
export function emptyTree(): FileTree {
  return folder();
}

/**
 * Lays a layer over the tree. What it whites out is removed from the layers below it, and from
 * none of its own, in whatever order the entries come.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.0/layer.md#whiteouts
 */
export function applyLayer(tree: FileTree, entries: readonly Entry[]): void {
  const paths = entries.map((entry) => ({ entry, parts: partsOf(entry.name) }));
  for (const { parts } of paths) {
    const name = parts.at(-1) ?? "";
    if (!name.startsWith(WHITEOUT)) continue;
    const parent = folderAt(tree, parts.slice(0, -1));
    if (name === OPAQUE) parent?.children.clear();
    else parent?.children.delete(name.slice(WHITEOUT.length));
  }
  for (const { entry, parts } of paths) {
    if (parts.length > 0 && !parts.some((part) => part.startsWith(WHITEOUT))) {
      put(tree, parts, entry);
    }
  }
}

/** The parts of a path, from the root. `..` stays within the root, as it does in every root. */
export function partsOf(path: string): string[] {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts;
}

/** The file that a path leads to, symbolic links followed within the root. */
export function findFile(tree: FileTree, path: string): Found {
  let left = path.split("/").filter((part) => part !== "" && part !== ".");
  const way: [name: string, node: Node][] = [];
  let links = 0;
  for (let part = left.shift(); part !== undefined; part = left.shift()) {
    if (part === "..") {
      way.pop();
      continue;
    }
    const node = (way.at(-1)?.[1] ?? tree).children.get(part);
    if (node === undefined) return { fault: `${path} is not in the image` };
    if (node.kind !== "symlink") {
      way.push([part, node]);
      continue;
    }
    if (++links > LINK_LIMIT) return { fault: `${path} is a circle of symbolic links` };
    const target = node.target ?? "";
    if (target.startsWith("/")) way.length = 0;
    left = [...target.split("/").filter((step) => step !== "" && step !== "."), ...left];
  }
  const node = way.at(-1)?.[1];
  if (node?.kind !== "file") return { fault: `${path} is no file` };
  return { path: `/${way.map(([name]) => name).join("/")}`, node };
}

/** Everything in the tree with its path, folders before what is in them. */
export function* walk(tree: FileTree, below = ""): Generator<readonly [path: string, node: Node]> {
  for (const [name, node] of tree.children) {
    yield [`${below}/${name}`, node];
    yield* walk(node, `${below}/${name}`);
  }
}

/** Lets the contents of all files but one go: there may be many, and nobody reads them any more. */
export function keepOnly(tree: FileTree, kept?: Node): void {
  for (const [, node] of walk(tree)) if (node !== kept) node.bytes = new Uint8Array();
}

function put(tree: FileTree, parts: readonly string[], { name: _, ...entry }: Entry): void {
  const parent = makeFolder(tree, parts.slice(0, -1));
  const name = parts.at(-1) ?? "";
  const before = parent.children.get(name);
  // A folder over a folder changes its rights, and leaves what is in it.
  const keeps = entry.kind === "folder" && before?.kind === "folder";
  const target = entry.kind === "link" ? nodeAt(tree, partsOf(entry.target ?? "")) : undefined;
  // Folders have no hard links: a tree could contain itself.
  const linked = target?.kind === "folder" ? undefined : target;
  parent.children.set(
    name,
    linked ?? { ...entry, children: keeps ? before.children : new Map() },
  );
}

function nodeAt(tree: FileTree, parts: readonly string[]): Node | undefined {
  return parts.reduce<Node | undefined>((node, part) => node?.children.get(part), tree);
}

function folderAt(tree: FileTree, parts: readonly string[]): Node | undefined {
  const node = nodeAt(tree, parts);
  return node?.kind === "folder" ? node : undefined;
}

/** Layers may leave out the folders on the way. */
function makeFolder(tree: FileTree, parts: readonly string[]): Node {
  let at = tree;
  for (const part of parts) {
    const next = at.children.get(part);
    const there = next?.kind === "folder" ? next : folder();
    at.children.set(part, there);
    at = there;
  }
  return at;
}

function folder(): Node {
  return {
    kind: "folder",
    mode: 0o755,
    uid: 0,
    gid: 0,
    attributes: [],
    bytes: new Uint8Array(),
    children: new Map(),
  };
}
