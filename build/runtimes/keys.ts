import { PauseError } from "../error.ts";
import { formatReference } from "../oci/reference.ts";
import { isLoopback } from "../store/registry/http/endpoint.ts";
import type { Image } from "./image.ts";
import type { FlagKey, TomlKey, YamlKey } from "./runtime.ts";

/** The one CRI plugin of containerd 1. */
export const CRI_V2 = "io.containerd.grpc.v1.cri";
/** The part of it that has become the plugin for images in containerd 2. */
export const CRI_V3 = "io.containerd.cri.v1.images";

/** The flag of the kubelet, and of what took over from its dockershim. */
export const INFRA_FLAG = "--pod-infra-container-image";

/** The registry that a mirror stands in for. */
export const MIRRORED = "registry.k8s.io";

/** The name that most take: with the digest, and only without one with the tag. */
export const pinned = ({ pinned }: Image): string => pinned;

export const SANDBOX_V3: TomlKey = {
  format: "TOML",
  version: 3,
  path: () => ["plugins", CRI_V3, "pinned_images", "sandbox"],
  value: pinned,
};

export const SANDBOX_V2: TomlKey = {
  format: "TOML",
  version: 2,
  path: () => ["plugins", CRI_V2, "sandbox_image"],
  value: pinned,
};

export const KUBELET: FlagKey = {
  format: "flags",
  flag: INFRA_FLAG,
  lines: [
    "KUBELET_EXTRA_ARGS=",
    'Environment="KUBELET_EXTRA_ARGS=',
    "KUBELET_KUBEADM_ARGS=",
    'Environment="KUBELET_KUBEADM_ARGS=',
  ],
  otherwise: ["KUBELET_EXTRA_ARGS=%"],
  elsewhere: "/etc/default/kubelet",
  value: pinned,
};

export const CRI_DOCKERD: FlagKey = {
  format: "flags",
  flag: INFRA_FLAG,
  lines: ["ExecStart="],
  otherwise: [
    "[Service]",
    "ExecStart=",
    "ExecStart=/usr/bin/cri-dockerd --container-runtime-endpoint fd:// --network-plugin= %",
  ],
  value: pinned,
};

export const KUBEADM: YamlKey = {
  format: "YAML",
  kind: "ClusterConfiguration",
  path: ["imageRepository"],
  value: (image) =>
    image.name.replace(/\/[^/]+$/, (last) => last === "/pause" ? "" : noPause(image)),
};

/** An image that is named in two parts. */
export const K0S: readonly YamlKey[] = ([
  ["image", ({ name }: Image): string => name],
  ["version", ({ tag, digest, reference }: Image): string => {
    if (tag === undefined) {
      throw unfit(reference, "it has no tag, and k0s takes a digest only behind one", "Write both");
    }
    return digest === undefined ? tag : `${tag}@${digest}`;
  }],
] as const).map(([part, value]) => ({
  format: "YAML",
  kind: "ClusterConfig",
  path: ["spec", "images", "pause", part],
  value,
}));

/** A file of containerd's, within the configuration of a machine. */
export const TALOS: YamlKey = {
  format: "YAML",
  path: [
    "machine",
    "files",
    { by: "path", item: { path: "/etc/cri/conf.d/20-customization.part", op: "create" } },
    "content",
  ],
  value: pinned,
  // A part of a file has no version.
  within: { format: "TOML", path: SANDBOX_V3.path, value: pinned },
};

/** What hosts.toml says of a mirror. */
export const MIRROR: readonly TomlKey[] = [
  { format: "TOML", path: () => ["server"], value: () => `https://${MIRRORED}`, keep: true },
  {
    format: "TOML",
    path: (image) => ["host", mirrorUrl(image), "capabilities"],
    value: () => ["pull", "resolve"],
  },
];

/** A mirror that keeps the images below a path of its own. */
export const MIRROR_PATH: TomlKey = {
  format: "TOML",
  path: (image) => ["host", mirrorUrl(image), "override_path"],
  value: () => true,
};

/** The path below which a mirror has what registry.k8s.io has at its root: `/v2/k8s`, or "". */
export function mirrorPath(image: Pick<Image, "reference">): string {
  const [, prefix, last] = /^(.*?)\/?([^/]+)$/.exec(image.reference.repository) ?? [];
  if (last !== "pause") return noPause(image);
  return prefix === "" ? "" : `/v2/${prefix}`;
}

/** The mirror that has an image, as hosts.toml names it. */
export function mirrorUrl(image: Pick<Image, "reference" | "plainHttp">): string {
  const { host } = image.reference;
  const isPlain = image.plainHttp || isLoopback(new URL(`http://${host}`).hostname);
  return `${isPlain ? "http" : "https"}://${host}${mirrorPath(image)}`;
}

function noPause({ reference }: Pick<Image, "reference">): never {
  throw unfit(reference, "its last part is not pause, which is what is asked for there", "Copy it");
}

function unfit(reference: Image["reference"], found: string, next: string): PauseError {
  return new PauseError(
    "usage",
    `Cannot configure ${formatReference(reference)}: ${found}. ${next}, or name another image.`,
  );
}
