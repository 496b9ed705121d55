import { realpath } from "node:fs/promises";
import { resolve } from "node:path";
import { PauseError } from "../error.ts";
import { namesIn, storageError } from "../host/files.ts";
import { followBelow } from "./below.ts";
import { readSaid, type Said } from "./configure.ts";
import { importsOf } from "./imports.ts";
import { matches } from "./pattern.ts";
import { readOrdinary, textOf } from "./read-ordinary.ts";
import type { Runtime } from "./runtime.ts";
import { RUNTIMES } from "./table.ts";
import type { File } from "./value.ts";

/** A file of a node that one of the runtimes reads. `path` is as the node has it. */
export interface NodeFile extends File {
  readonly runtime: string;
  /** The file from here: below the root, and without links. */
  readonly here: string;
  readonly said: readonly Said[];
}

/** A file that is there and tells nothing. */
export interface Unread {
  readonly path: string;
  readonly error: PauseError;
}

/** The files of a node, those of a runtime in the order in which it reads them. */
export interface Node {
  readonly files: readonly NodeFile[];
  readonly unread: readonly Unread[];
  /** Below it everything is. */
  readonly root: string;
}

/** The file that tells Kubernetes' version, beside those of the runtimes. */
const MANIFEST = "/etc/kubernetes/manifests/kube-apiserver.yaml";

/** containerd1 has the same files as containerd, whose keys are those of both. */
const READ: readonly Runtime[] = RUNTIMES.filter(({ name }) => name !== "containerd1");

/** A pattern, and who reads what it stands for. */
interface Wanted {
  readonly file: string;
  readonly runtime?: Runtime;
}

/**
 * Reads the files of a node, and those that they import. What cannot be read is a result.
 * @param root the folder that is the node's `/`
 */
export async function readNode(root: string): Promise<Node> {
  const top = await realpath(resolve(root)).catch((error) => {
    throw storageError("read", root, error);
  });
  const node = { files: [] as NodeFile[], unread: [] as Unread[], root };
  const seen = new Set<string>();
  const wanted: Wanted[] = [
    ...READ.flatMap((runtime) => runtime.files.map((file) => ({ runtime, file }))),
    { file: MANIFEST },
  ];
  for (let one = wanted.shift(); one !== undefined; one = wanted.shift()) {
    const { file, runtime } = one;
    const imported: Wanted[] = [];
    for (const path of await attempt(node, file, () => matching(top, file)) ?? []) {
      const read = await attempt(node, path, () => readFile(top, path, runtime, seen));
      if (read === undefined) continue;
      node.files.push(read);
      if (runtime?.name !== "containerd") continue;
      imported.push(...(importsOf(read) ?? []).map((file) => ({ file, runtime })));
    }
    wanted.unshift(...imported);
  }
  const paths = new Set(node.files.map(({ path }) => path));
  return { ...node, files: node.files.filter(({ path }) => !paths.has(ownUnit(path) ?? "")) };
}

/** The file that stands in for a unit of a package, where there is one. Undefined for all else. */
export function ownUnit(path: string): string | undefined {
  const own = path.replace(/^(?:\/usr)?\/lib(?=\/systemd\/system\/)/, "/etc");
  return own === path ? undefined : own;
}

async function attempt<Value>(
  node: { readonly unread: Unread[] },
  path: string,
  work: () => Promise<Value>,
): Promise<Value | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof PauseError)) throw error;
    node.unread.push({ path, error });
    return undefined;
  }
}

/** The paths that a pattern stands for, in the order in which programs read them. */
async function matching(top: string, pattern: string): Promise<string[]> {
  let paths = [""];
  for (const part of pattern.split("/").slice(1)) {
    const below = paths.map((path) =>
      /[*?]/.test(part) ? namesBelow(top, path, part) : [`${path}/${part}`]
    );
    paths = (await Promise.all(below)).flat();
  }
  return paths;
}

async function namesBelow(top: string, path: string, part: string): Promise<string[]> {
  const folder = await followBelow(top, path);
  const names = folder === undefined ? [] : await namesIn(folder);
  return names.filter((name) => matches(part, name) && !name.startsWith(".")).sort()
    .map((name) => `${path}/${name}`);
}

/** A file, once: /lib and /usr/lib are mostly the same folder. */
async function readFile(
  top: string,
  path: string,
  runtime: Runtime | undefined,
  seen: Set<string>,
): Promise<NodeFile | undefined> {
  const here = await followBelow(top, path);
  if (here === undefined || seen.has(here)) return undefined;
  seen.add(here);
  const bytes = await readOrdinary(here);
  if (bytes === undefined) return undefined;
  const text = textOf(bytes, "read", path).replace(/^\ufeff/, "");
  return {
    path,
    text,
    here,
    runtime: runtime?.name ?? "kubernetes",
    said: runtime === undefined ? [] : readSaid(runtime, { path, text }),
  };
}
