import type { Digest } from "../../build/oci/digest.ts";
import { RUNTIMES } from "../../build/runtimes/table.ts";
import type { Image } from "../../build/runtimes/image.ts";
import type { Runtime } from "../../build/runtimes/runtime.ts";

/** A digest that no image has. */
export const DIGEST: Digest = `sha256:${"0123456789abcdef".repeat(4)}`;

/** The image that is put in. */
export const IMAGE: Image = {
  name: "10.0.0.5:5000/k8s/pause",
  reference: { host: "10.0.0.5:5000", repository: "k8s/pause", tag: "3.10" },
  pinned: `10.0.0.5:5000/k8s/pause@${DIGEST}`,
  tag: "3.10",
  digest: DIGEST,
  plainHttp: false,
};

/** The runtime of that name. */
export function runtimeNamed(name: string): Runtime {
  const found = RUNTIMES.find((runtime) => runtime.name === name);
  if (found === undefined) throw new Error(`no runtime ${name}`);
  return found;
}

/** A file as people have it, before and after, by the runtime's name. */
export interface Sample {
  readonly before: string;
  /** What goes, line by line. */
  readonly gone: readonly string[];
  /** What comes in their place. */
  readonly come: readonly string[];
}

const CONTAINERD_2 = `# Made by containerd config default, and changed since.
version = 3
root = '/var/lib/containerd'
imports = ['/etc/containerd/conf.d/*.toml']

[grpc]
  address = '/run/containerd/containerd.sock'

[plugins]
  [plugins.'io.containerd.cri.v1.images']
    snapshotter = 'overlayfs'   # the fast one

    [plugins.'io.containerd.cri.v1.images'.pinned_images]
      sandbox = 'registry.k8s.io/pause:3.10' # was 3.9

    [plugins.'io.containerd.cri.v1.images'.registry]
      config_path = '/etc/containerd/certs.d'
`;

const CONTAINERD_1 = `version = 2
[plugins]
  [plugins."io.containerd.grpc.v1.cri"]
    enable_selinux = false
    # sandbox_image = "what it was once"
    max_concurrent_downloads = 3

    [plugins."io.containerd.grpc.v1.cri".containerd]
      snapshotter = "overlayfs"

[stream_processors]
  [stream_processors."io.containerd.ocicrypt.decoder.v1.tar"]
    args = [
      "--decryption-keys-path", # ] is no end
      "/etc/containerd/ocicrypt/keys",
    ]
`;

const MICROK8S = `# Use config version 2 to enable new configuration fields.
version = 2
oom_score = 0

[plugins."io.containerd.grpc.v1.cri"]

  stream_server_address = "127.0.0.1"
  sandbox_image = "registry.k8s.io/pause:3.7"

  [plugins."io.containerd.grpc.v1.cri".containerd]

    snapshotter = "\${SNAPSHOTTER}"
`;

const UNIT = `[Unit]
Description=CRI Interface for Docker Application Container Engine

[Service]
Type=notify
# ExecStart=/usr/bin/cri-dockerd --pod-infra-container-image=nothing
ExecStart=/usr/bin/cri-dockerd --container-runtime-endpoint fd:// \\
  --network-plugin=cni
Restart=always
`;

const KUBEADM = `# the cluster of the shop
apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
nodeRegistration:
  criSocket: unix:///run/containerd/containerd.sock
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.34.2 # not yet 1.35
imageRepository: registry.k8s.io   # all of them
networking:
    podSubnet: "10.244.0.0/16"
`;

const K0S = `apiVersion: k0s.k0sproject.io/v1beta1
kind: ClusterConfig
metadata:
  name: k0s
spec:
  images:
    default_pull_policy: IfNotPresent
    # pause is k0s's own
  network:
    provider: calico
`;

const TALOS = `version: v1alpha1
machine:
  type: worker
  files:
    - content: |
        [metrics]
          address = "0.0.0.0:11234" # for the graphs

      path: /etc/cri/conf.d/20-customization.part
      op: create
  install:
    disk: /dev/sda
---
apiVersion: v1alpha1
kind: HostnameConfig
hostname: node-1
`;

const PODMAN = `# containers.conf
[containers]
default_ulimits = ["nofile=1024:1024"]

[engine]

# Default command to run the infra container
#
#infra_command = "/pause"

# Infra (pause) container image name for pod infra containers.
#
#infra_image = ""

#lock_type = "shm"
runtime = "runc"
`;

/** Files as people have them, by the runtime's name. */
export const SAMPLES: Readonly<Record<string, Sample>> = {
  containerd: {
    before: CONTAINERD_2,
    gone: ["      sandbox = 'registry.k8s.io/pause:3.10' # was 3.9"],
    come: [`      sandbox = '${IMAGE.pinned}' # was 3.9`],
  },
  containerd1: {
    before: CONTAINERD_1,
    gone: [],
    come: [`    sandbox_image = "${IMAGE.pinned}"`],
  },
  "containerd-mirror": {
    before: `server = "https://registry.k8s.io"

# the old one
[host."https://10.0.0.4:5000"]
  capabilities = ["pull"]
`,
    gone: [],
    come: [
      "",
      '[host."https://10.0.0.5:5000/v2/k8s"]',
      'capabilities = ["pull", "resolve"]',
      "override_path = true",
    ],
  },
  crio: {
    before: `[crio]\n[crio.runtime]\ncgroup_manager = "systemd"\n`,
    gone: [],
    come: ["", "[crio.image]", `pause_image = "${IMAGE.pinned}"`],
  },
  "cri-dockerd": {
    before: UNIT,
    gone: ["  --network-plugin=cni"],
    come: [`  --network-plugin=cni --pod-infra-container-image=${IMAGE.pinned}`],
  },
  kubelet: {
    before:
      `KUBELET_KUBEADM_ARGS="--node-ip=10.0.0.7 --pod-infra-container-image=registry.k8s.io/pause:3.9"\n`,
    gone: [
      `KUBELET_KUBEADM_ARGS="--node-ip=10.0.0.7 --pod-infra-container-image=registry.k8s.io/pause:3.9"`,
    ],
    come: [
      `KUBELET_KUBEADM_ARGS="--node-ip=10.0.0.7 --pod-infra-container-image=${IMAGE.pinned}"`,
    ],
  },
  kubeadm: {
    before: KUBEADM,
    gone: ["imageRepository: registry.k8s.io   # all of them"],
    come: ["imageRepository: 10.0.0.5:5000/k8s   # all of them"],
  },
  k3s: {
    before: `# k3s\nwrite-kubeconfig-mode: "0644"\ntls-san:\n  - "foo.local"   # one\n`,
    gone: [],
    come: [`pause-image: ${IMAGE.pinned}`],
  },
  rke2: {
    before:
      `pause-image: "docker.io/rancher/mirrored-pause:3.6" # theirs\nserver: https://a:9345\n`,
    gone: [`pause-image: "docker.io/rancher/mirrored-pause:3.6" # theirs`],
    come: [`pause-image: "${IMAGE.pinned}" # theirs`],
  },
  k0s: {
    before: K0S,
    gone: [],
    come: [
      "    pause:",
      "      image: 10.0.0.5:5000/k8s/pause",
      `      version: 3.10@${DIGEST}`,
    ],
  },
  microk8s: {
    before: MICROK8S,
    gone: ['  sandbox_image = "registry.k8s.io/pause:3.7"'],
    come: [`  sandbox_image = "${IMAGE.pinned}"`],
  },
  talos: {
    before: TALOS,
    gone: [],
    come: [
      '        [plugins."io.containerd.cri.v1.images".pinned_images]',
      `        sandbox = "${IMAGE.pinned}"`,
    ],
  },
  podman: {
    before: PODMAN,
    gone: [],
    come: [`infra_image = "${IMAGE.pinned}"`],
  },
};
