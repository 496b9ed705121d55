import { commandLine } from "../host/process.ts";
import { parseReference, type Reference } from "../oci/reference.ts";
import { PauseError } from "../error.ts";
import type { Said } from "./configure.ts";
import { type Node, type NodeFile, ownUnit } from "./node.ts";

/** What is wrong with a node, or could not be found out. */
export interface Finding {
  /** The rule's. */
  readonly id: string;
  /** `unknown`: it could not be found out, which is not taken for fine. */
  readonly outcome: "wrong" | "unknown";
  /** As the node has it. */
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
  /** What is there, in words. */
  readonly found: string;
  /** A command, or a sentence. */
  readonly fix: string;
}

/** A finding of a rule that knows its own id. */
export type Found = Omit<Finding, "id">;

/** A setting, and the file that it is in. */
export interface Placed extends Said {
  readonly file: NodeFile;
}

/** What starts pods, by its name in the table, podman aside: it has nothing to do with a kubelet. */
export const CRI: readonly string[] = [
  "containerd",
  "crio",
  "cri-dockerd",
  "k3s",
  "rke2",
  "k0s",
  "microk8s",
];

/** The files of one runtime. */
export function filesOf(node: Node, runtime: string): readonly NodeFile[] {
  return node.files.filter((file) => file.runtime === runtime);
}

/** All that the files of one runtime say. */
export function saidBy(node: Node, runtime: string): readonly Placed[] {
  return countingFiles(node, runtime)
    .flatMap((file) => file.said.map((said) => ({ ...said, file })));
}

/** The files that count: of cri-dockerd's units the last that starts it, in the place of all before. */
export function countingFiles(node: Node, runtime: string): readonly NodeFile[] {
  const files = filesOf(node, runtime);
  const last = runtime === "cri-dockerd"
    ? files.findLast(({ text }) => /^[ \t]*ExecStart[ \t]*=[ \t]*\S/m.test(text))
    : undefined;
  return last === undefined ? files : [last];
}

/** What counts of it: the last that is not ignored. */
export function countingOf(node: Node, runtime: string): Placed | undefined {
  return saidBy(node, runtime).findLast(({ ignored }) => ignored === undefined);
}

/** The images that the node's runtimes are told to use. */
export function imagesOf(node: Node): readonly Placed[] {
  return [...CRI, "podman"].flatMap((runtime) => countingOf(node, runtime) ?? []);
}

/** Those that a kubelet has to do with. */
export function podImagesOf(node: Node): readonly Placed[] {
  return CRI.flatMap((runtime) => countingOf(node, runtime) ?? []);
}

/** Where a setting is. */
export function at({ file, line }: Placed): Pick<Finding, "file" | "line"> {
  return { file: file.path, line };
}

/**
 * `pause-image config …`, as it is typed on this machine. A unit that a package brought is copied to
 * where it is the administrator's: the package's next version would undo the change.
 *
 * @see https://www.freedesktop.org/software/systemd/man/latest/systemd.unit.html
 */
export function configCommand(
  file: NodeFile,
  image: string | undefined,
  ...more: readonly string[]
): string {
  const what = image === undefined ? ["--remove"] : ["--image", image];
  const config = ["pause-image", "config", file.runtime, ...what, ...more, "--write"];
  const own = ownUnit(file.path);
  if (own === undefined || !file.here.endsWith(file.path)) {
    return commandLine([...config, file.here]);
  }
  const copy = file.here.slice(0, -file.path.length) + own;
  return `${commandLine(["install", "-Dm", "644", file.here, copy])} && ${
    commandLine([...config, copy])
  }`;
}

/** The name in parts, or undefined for what is no name of an image. */
export function readName(text: string): Reference | undefined {
  try {
    return parseReference(text);
  } catch (error) {
    if (error instanceof PauseError) return undefined;
    throw error;
  }
}
