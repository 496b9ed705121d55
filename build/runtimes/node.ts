import { realpath } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import { PauseError, systemCode } from "../error.ts";
import { namesIn, storageError } from "../host/files.ts";
import { type File, readSaid, type Said } from "./configure.ts";
import { readOrdinary } from "./read-ordinary.ts";
import type { Runtime } from "./runtime.ts";
import { RUNTIMES } from "./table.ts";

/** A file of a node that one of the runtimes reads. `path` is as the node has it. */
export interface NodeFile extends File {
  readonly runtime: string;
  /** The file from here: below the root. */
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

/**
 * Reads the files of a node. What cannot be read is a result.
 * @param root the folder that is the node's `/`
 */
export async function readNode(root: string): Promise<Node> {
  const top = await realpath(resolve(root)).catch((error) => {
    throw storageError("read", root, error);
  });
  const node = { files: [] as NodeFile[], unread: [] as Unread[], root };
  const seen = new Set<string>();
  const wanted = [...READ.flatMap((runtime) => runtime.files.map((file) => ({ runtime, file })))];
  for (const { runtime, file } of [...wanted, { runtime: undefined, file: MANIFEST }]) {
    for (const path of await attempt(node, file, () => matching(top, file)) ?? []) {
      const here = join(top, path);
      const said = await attempt(node, path, async () => {
        const text = await readBelow(top, here, seen);
        if (text === undefined) return undefined;
        return { text, said: runtime === undefined ? [] : readSaid(runtime, { path, text }) };
      });
      if (said) node.files.push({ ...said, path, here, runtime: runtime?.name ?? "kubernetes" });
    }
  }
  return node;
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
    if (!part.includes("*")) {
      paths = paths.map((path) => `${path}/${part}`);
      continue;
    }
    const [head = "", tail = ""] = part.split("*");
    const below = await Promise.all(paths.map(async (path) =>
      (await namesIn(join(top, path)))
        .filter((name) => name.startsWith(head) && name.endsWith(tail) && !name.startsWith("."))
        .sort()
        .map((name) => `${path}/${name}`)
    ));
    paths = below.flat();
  }
  return paths;
}

/** The text of a file, once: /lib and /usr/lib are mostly the same folder. */
async function readBelow(
  top: string,
  here: string,
  seen: Set<string>,
): Promise<string | undefined> {
  const target = await realpath(here).catch((error) => {
    if (["ENOENT", "ENOTDIR"].includes(systemCode(error) ?? "")) return undefined;
    throw storageError("read", here, error);
  });
  if (target === undefined || seen.has(target)) return undefined;
  seen.add(target);
  if (!target.startsWith(top.endsWith(sep) ? top : top + sep)) {
    throw new PauseError("storage", `Cannot read ${here}: it is a link that leads out of ${top}.`);
  }
  const bytes = await readOrdinary(target);
  return bytes && new TextDecoder().decode(bytes);
}
