import { commandLine } from "../host/process.ts";
import { parseReference, type Reference } from "../oci/reference.ts";
import { PauseError } from "../error.ts";
import type { Said } from "./configure.ts";
import type { Node, NodeFile } from "./node.ts";

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
  return filesOf(node, runtime).flatMap((file) => file.said.map((said) => ({ ...said, file })));
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

/** `pause-image config …`, as it is typed on this machine. */
export function configCommand(
  file: NodeFile,
  image: string | undefined,
  ...more: readonly string[]
): string {
  const name = file.runtime;
  const what = image === undefined ? ["--remove"] : ["--image", image];
  return commandLine(["pause-image", "config", name, ...what, ...more, "--write", file.here]);
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
