import { formatReference } from "../oci/reference.ts";
import {
  disabledPlugin,
  hasCri,
  ignoredKeys,
  maybeCollected,
  mirrorsNotRead,
  mirrorsWithoutResolve,
  notImported,
  sectionsTaken,
} from "./containerd-rules.ts";
import {
  at,
  configCommand,
  countingFiles,
  countingOf,
  CRI,
  filesOf,
  type Found,
  imagesOf,
  type Placed,
  podImagesOf,
  readName,
  saidBy,
} from "./finding.ts";
import { INFRA_FLAG } from "./keys.ts";
import {
  kubernetesVersion,
  listedOf,
  otherThanKubeadm,
  otherThanListed,
  type Version,
} from "./kubeadm-rules.ts";
import type { Node } from "./node.ts";
import { DEFAULT_IMAGE } from "./table.ts";

/** Something that should hold on a node. */
export interface Rule {
  readonly id: string;
  /** What should hold. */
  readonly states: string;
  /** What happens otherwise. */
  readonly why: string;
  /** Where that is said. */
  readonly link?: string;
  readonly check: (node: Node) => readonly Found[];
}

/** The first version of the kubelet without the flag. */
const WITHOUT_FLAG: Version = [1, 35];

/** Runtimes that bring an image of their own choice along when nothing is said. */
const WITH_DEFAULT = ["containerd", "crio", "cri-dockerd"];

/** What is looked at, in the order in which it is told. docs/runtimes.md is made of it. */
export const RULES: readonly Rule[] = [
  {
    id: "readable",
    states: "every file that is there can be read, and is in its format",
    why: "What a file does not tell is not known to be right.",
    check: ({ unread }) =>
      unread.map(({ path, error }) => ({
        outcome: "unknown",
        file: path,
        ...(error.where[0] && { line: error.where[0].line }),
        found: error.message,
        fix: "mend the file, or run this as a user who may read it",
      })),
  },
  {
    id: "runtime",
    states: "some file tells of a runtime",
    why: "Otherwise nothing was looked at.",
    check: (node) =>
      [...CRI, "podman"].some((name) => isInUse(node, name)) ? [] : [{
        outcome: "unknown",
        found: `no runtime has a file of its own below ${node.root}`,
        fix: "name the folder that is the node's / with --root",
      }],
  },
  {
    id: "cri-enabled",
    states: "containerd's CRI plugin is not disabled where there is a kubelet",
    why: "Docker's package of containerd disables it.",
    link: "https://kubernetes.io/docs/setup/production-environment/container-runtimes/#containerd",
    check: disabledPlugin,
  },
  {
    id: "named",
    states: "containerd, CRI-O and cri-dockerd are told which image to use",
    why: "Else it is the one that the runtime was built with, by a tag, from a public registry.",
    link: "https://github.com/kubernetes/kubeadm/issues/2801",
    check: notNamed,
  },
  {
    id: "key-counts",
    states: "the key is of the version that the file has",
    why: "A key of another version is passed over without a word.",
    link: "https://github.com/lima-vm/lima/pull/4185",
    check: ignoredKeys,
  },
  {
    id: "imported",
    states: "config.toml imports the files in conf.d/",
    why: "A file that nothing imports changes nothing.",
    link: "https://github.com/containerd/containerd/pull/12323",
    check: notImported,
  },
  {
    id: "section-whole",
    states: "no file behind the one that names the image has the same section without it",
    why:
      "Of two files that set something of the CRI plugin containerd 1 takes the last one's part.",
    link: "https://github.com/containerd/containerd/issues/5837",
    check: sectionsTaken,
  },
  {
    id: "digest",
    states: "the image is named by its digest",
    why: "A tag may name another image tomorrow, and on the next node.",
    check: (node) => imagesOf(node).flatMap((said) => notByDigest(node, said)),
  },
  {
    id: "kubelet-flag",
    states: `the kubelet is not given ${INFRA_FLAG} from 1.35 on`,
    why: "It refuses to start with a flag that it does not know.",
    link: "https://github.com/kubernetes/kubernetes/pull/133779",
    check: flagOfKubelet,
  },
  {
    id: "same-image",
    states: "the kubelet, kubeadm and the runtime mean the same image",
    why: "Else two are pulled, and the one that is used is collected or not to be had.",
    link: "https://github.com/kubernetes/kubeadm/issues/2801",
    check: (node) => [...otherThanKubelet(node), ...otherThanKubeadm(node)],
  },
  {
    id: "kubeadm-lists",
    states: "a runtime that uses kubeadm's own image uses the tag that this version of it lists",
    why:
      "Else kubeadm warns and pulls another one. For a digest the registry is asked, unless --offline is given.",
    link: "https://github.com/kubernetes/kubernetes/pull/115610",
    check: otherThanListed,
  },
  {
    id: "kept",
    states: "the image is spared when the kubelet collects what is not in use",
    why: "Without it no pod starts, and a node without its registry cannot pull it again.",
    link: "https://github.com/containerd/containerd/pull/7944",
    check: maybeCollected,
  },
  {
    id: "mirror-read",
    states: "containerd looks for mirrors where there are some",
    why: "Without config_path it goes to the registry itself.",
    link: "https://github.com/containerd/containerd/blob/main/docs/hosts.md",
    check: mirrorsNotRead,
  },
  {
    id: "mirror-resolves",
    states: "mirrors may resolve tags",
    why: "Else every tag is asked at the registry itself, which may be out of reach.",
    link: "https://github.com/containerd/containerd/blob/main/docs/hosts.md",
    check: mirrorsWithoutResolve,
  },
];

function isInUse(node: Node, runtime: string): boolean {
  return runtime === "containerd" ? hasCri(node) : filesOf(node, runtime).length > 0;
}

function notNamed(node: Node): Found[] {
  return WITH_DEFAULT.flatMap((name): Found[] => {
    const [file] = countingFiles(node, name);
    const isSilent = file !== undefined && isInUse(node, name) && saidBy(node, name).length === 0;
    return !isSilent ? [] : [{
      outcome: "wrong",
      file: file.path,
      found: `${name} is told no image, and uses the one that it was built with`,
      fix: configCommand(file, DEFAULT_IMAGE),
    }];
  });
}

function notByDigest(node: Node, said: Placed): Found[] {
  const name = readName(said.value);
  if (name?.digest !== undefined) return [];
  return [{
    outcome: "wrong",
    ...at(said),
    found: name === undefined ? `"${said.value}" is no image's name` : `${said.value} is a tag`,
    fix: configCommand(said.file, name === undefined ? DEFAULT_IMAGE : listedFor(node, said)),
  }];
}

/** What a runtime should use in place of a tag: of kubeadm's own image the one that it lists. */
function listedFor(node: Node, said: Placed): string {
  const listed = listedOf(node).find((one) => one.said.file === said.file);
  return listed?.tag === undefined ? said.value : `${listed.name}:${listed.tag}`;
}

function flagOfKubelet(node: Node): Found[] {
  const version = kubernetesVersion(node);
  return version !== undefined && isBefore(version, WITHOUT_FLAG)
    ? []
    : saidBy(node, "kubelet").map((said) => ({
      outcome: version === undefined ? "unknown" : "wrong",
      ...at(said),
      found: version === undefined
        ? `${INFRA_FLAG} is given; whether the kubelet still knows it: no file tells its version`
        : `${INFRA_FLAG} is given, and Kubernetes is ${version.join(".")}`,
      fix: configCommand(said.file, undefined),
    }));
}

function isBefore(one: Version, other: Version): boolean {
  return one[0] < other[0] || (one[0] === other[0] && one[1] < other[1]);
}

function otherThanKubelet(node: Node): Found[] {
  const kubelet = countingOf(node, "kubelet");
  const told = kubelet && readName(kubelet.value);
  const version = kubernetesVersion(node);
  const hasFlag = version === undefined || isBefore(version, WITHOUT_FLAG);
  if (kubelet === undefined || told === undefined || !hasFlag) return [];
  return podImagesOf(node).flatMap((said): Found[] => {
    const used = readName(said.value);
    if (used === undefined || formatReference(used) === formatReference(told)) return [];
    const sameName = used.host === told.host && used.repository === told.repository;
    // A tag and a digest of one name may be one image.
    const isTold = !sameName || (used.digest === undefined) === (told.digest === undefined);
    const where = `${said.file.path}:${said.line}`;
    return [{
      outcome: isTold ? "wrong" : "unknown",
      ...at(kubelet),
      found: `the kubelet is told ${kubelet.value}, ${said.file.runtime} ${said.value} (${where})${
        isTold ? "" : ": whether they are one image is not in the files"
      }`,
      // Who named a digest chose it; a tag is what the runtime came with, and kubeadm's is newer.
      fix: used.digest === undefined
        ? configCommand(said.file, kubelet.value)
        : configCommand(kubelet.file, said.value),
    }];
  });
}
