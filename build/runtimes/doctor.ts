import { PauseError } from "../error.ts";
import { commandLine } from "../host/process.ts";
import {
  at,
  configCommand,
  filesOf,
  type Finding,
  imagesOf,
  type Placed,
  readName,
} from "./finding.ts";
import { askDigest, type AskOptions } from "./image.ts";
import { KUBEADM_REPOSITORY } from "./kubeadm-pause.ts";
import { type Listed, listedOf } from "./kubeadm-rules.ts";
import { type Node, readNode } from "./node.ts";
import { RULES } from "./rules.ts";
import { DEFAULT_IMAGE } from "./table.ts";

/** What came out. */
export interface Diagnosis {
  /** The folder that was looked at. */
  readonly root: string;
  /** The files that were read, as the node has them. */
  readonly files: readonly string[];
  /** The images that the node's runtimes use, and where that is said. */
  readonly images: readonly {
    readonly runtime: string;
    readonly image: string;
    readonly file: string;
    readonly line: number;
  }[];
  /** In the order of the rules. */
  readonly findings: readonly Finding[];
  /** `wrong` when a finding is, `unknown` when none is and some could not be found out. */
  readonly outcome: "fine" | "wrong" | "unknown";
}

/** The rule that asks a registry, which is not in the files. */
export const REACHABLE = {
  id: "reachable",
  states: "the registry has the image, and gives it to the runtime",
  why: "The runtime pulls it without the secrets of any pod. Not looked at with --offline.",
  link: "https://github.com/containerd/containerd/issues/10916",
} as const;

/**
 * Tells what is wrong with a node's pause image. Nothing is changed, and no program is run.
 *
 * @param root the folder that is the node's `/`
 * @throws PauseError `storage` when that cannot be read; `interrupted`. What is wrong is a result
 */
export async function diagnose(root: string, options: AskOptions = {}): Promise<Diagnosis> {
  const node = await readNode(root);
  const findings = RULES.flatMap(({ id, check }) => check(node).map((found) => ({ id, ...found })));
  const asked = options.offline ? [] : await Promise.all([
    ...imagesOf(node).map((said) => ask(node, said, options)),
    ...listedOf(node).map((listed) => askListed(listed, options)),
  ]);
  const all = [...findings, ...asked.flat()];
  return {
    root,
    files: node.files.map(({ path }) => path),
    images: imagesOf(node).map(({ value, file, line }) => ({
      runtime: file.runtime,
      image: value,
      file: file.path,
      line,
    })),
    findings: all,
    outcome:
      (["wrong", "unknown"] as const).find((one) => all.some(({ outcome }) => outcome === one)) ??
        "fine",
  };
}

async function ask(node: Node, said: Placed, options: AskOptions): Promise<Finding[]> {
  const reference = readName(said.value);
  // What is no name is told by another rule.
  if (reference === undefined) return [];
  const mirrored = filesOf(node, "containerd-mirror").some(({ path }) =>
    [reference.host, "_default"].includes(path.split("/").at(-2) ?? "")
  );
  const finding = (
    found: string,
    fix: string,
    outcome: Finding["outcome"] = "wrong",
  ): Finding[] => [{
    id: REACHABLE.id,
    outcome: mirrored ? "unknown" : outcome,
    ...at(said),
    found: mirrored ? `${found} The node asks a mirror first, which was not asked.` : found,
    fix,
  }];
  try {
    const digest = await askDigest(reference, { credentials: NO_LOGIN, ...options });
    if (digest !== undefined) return [];
    return finding(
      `The registry has no ${said.value}.`,
      configCommand(said.file, DEFAULT_IMAGE),
    );
  } catch (error) {
    if (!(error instanceof PauseError) || error.code === "interrupted") throw error;
    // Runtimes have logins in places of their own.
    return error.code === "authentication"
      ? finding(error.message, "see that the runtime itself has a login for it", "unknown")
      : finding(error.message, "let the node reach it, or name an image that it can reach");
  }
}

/** What a digest is to what kubeadm lists. A registry that does not answer is told of already. */
async function askListed(
  { said, used, name, tag }: Listed,
  options: AskOptions,
): Promise<Finding[]> {
  if (used.digest === undefined || used.tag !== undefined || tag === undefined) return [];
  const pulled = `${name}:${tag}`;
  const finding = (found: string, fix: string): Finding[] => [{
    id: "kubeadm-lists",
    outcome: "wrong",
    ...at(said),
    found,
    fix,
  }];
  try {
    const { host, repository } = used;
    const asking = { credentials: NO_LOGIN, ...options };
    const digest = await askDigest({ host, repository, tag }, asking);
    if (digest === used.digest) return [];
    return digest === undefined
      ? finding(
        `The registry has no ${pulled}, which kubeadm pulls.`,
        commandLine(["pause-image", "mirror", `${KUBEADM_REPOSITORY}/pause:${tag}`, pulled]),
      )
      : finding(
        `kubeadm lists ${pulled}, which is ${digest}; ${said.file.runtime} uses ${used.digest}`,
        configCommand(said.file, pulled),
      );
  } catch (error) {
    if (!(error instanceof PauseError) || error.code === "interrupted") throw error;
    return [];
  }
}

/** Runtimes know nothing of the logins of whoever runs this. */
const NO_LOGIN: NonNullable<AskOptions["credentials"]> = () => Promise.resolve({});
