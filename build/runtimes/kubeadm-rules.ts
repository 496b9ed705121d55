import { formatReference, type Reference } from "../oci/reference.ts";
import {
  at,
  configCommand,
  countingOf,
  filesOf,
  type Found,
  type Placed,
  podImagesOf,
  readName,
} from "./finding.ts";
import { KUBEADM_PAUSE, KUBEADM_REPOSITORY } from "./kubeadm-pause.ts";
import type { Node } from "./node.ts";

/** A version of Kubernetes: 1 and 34. */
export type Version = readonly [major: number, minor: number];

/** Kubernetes' version, by the server's, than which a kubelet is never newer. */
export function kubernetesVersion(node: Node): Version | undefined {
  for (const { text } of [...filesOf(node, "kubernetes"), ...filesOf(node, "kubeadm")]) {
    const [, major, minor] =
      /^\s*(?:-?\s*image:.*\/kube-apiserver:|kubernetesVersion:\s*)["']?v?(\d+)\.(\d+)/m
        .exec(text) ?? [];
    if (major !== undefined && minor !== undefined) return [Number(major), Number(minor)];
  }
  return undefined;
}

/** Another repository than the one that kubeadm is told. */
export function otherThanKubeadm(node: Node): Found[] {
  const kubeadm = countingOf(node, "kubeadm");
  if (kubeadm === undefined) return [];
  return podImagesOf(node).flatMap((said): Found[] => {
    const used = readName(said.value);
    const pause = `${kubeadm.value}/pause`;
    if (used === undefined || nameOf(used) === pause) return [];
    const tag = used.tag ?? listedTag(node);
    return [{
      outcome: "wrong",
      ...at(kubeadm),
      found: `kubeadm pulls ${pause}, ${said.file.runtime} uses ${
        nameOf(used)
      } (${said.file.path}:${said.line})`,
      fix: tag === undefined
        ? `${configCommand(said.file, `${pause}:TAG`)}, with the TAG that ${LIST} prints`
        : configCommand(said.file, `${pause}:${tag}`),
    }];
  });
}

/** A runtime's image that is kubeadm's by its name. */
export interface Listed {
  readonly said: Placed;
  readonly used: Reference;
  /** The name without a tag. */
  readonly name: string;
  /** What kubeadm lists. Undefined: its version is not known here. */
  readonly tag?: string;
}

/** The images of a node that have kubeadm's name, where there is a kubeadm. */
export function listedOf(node: Node): readonly Listed[] {
  const name = `${countingOf(node, "kubeadm")?.value ?? KUBEADM_REPOSITORY}/pause`;
  const tag = listedTag(node);
  if (kubernetesVersion(node) === undefined) return [];
  return podImagesOf(node).flatMap((said) => {
    const used = readName(said.value);
    return used === undefined || nameOf(used) !== name
      ? []
      : [{ said, used, name, ...(tag !== undefined && { tag }) }];
  });
}

/** Another tag than the one that kubeadm lists. Of a digest without a tag only a registry knows. */
export function otherThanListed(node: Node): Found[] {
  const version = kubernetesVersion(node)?.join(".");
  return listedOf(node).flatMap(({ said, used, name, tag }): Found[] => {
    if (used.tag === undefined || used.tag === tag) return [];
    return [
      tag === undefined
        ? {
          outcome: "unknown",
          ...at(said),
          found:
            `${said.file.runtime} uses ${said.value}; which tag kubeadm ${version} lists is not known here`,
          fix: `compare it with what ${LIST} prints`,
        }
        : {
          outcome: "wrong",
          ...at(said),
          found: `kubeadm ${version} lists ${name}:${tag}, ${said.file.runtime} uses ${said.value}`,
          fix: configCommand(said.file, `${name}:${tag}`),
        },
    ];
  });
}

const LIST = '"kubeadm config images list"';

function listedTag(node: Node): string | undefined {
  const [major, minor] = kubernetesVersion(node) ?? [];
  return major === 1 && minor !== undefined ? KUBEADM_PAUSE[minor] : undefined;
}

function nameOf({ host, repository }: Reference): string {
  return formatReference({ host, repository });
}
