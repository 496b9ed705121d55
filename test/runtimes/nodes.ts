import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { diagnose, type Diagnosis } from "../../build/runtimes/doctor.ts";
import { withFolder } from "../support/folder.ts";
import { DIGEST, IMAGE } from "./files.ts";

/** The files of a node, by their paths. */
export type Files = Readonly<Record<string, string>>;

/** Makes a node of these files and looks at it, without a registry. */
export async function look<T>(
  files: Files,
  use: (diagnosis: Diagnosis, root: string) => Promise<T> | T,
): Promise<T> {
  return await withFolder(async (root) => {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    }
    return await use(await diagnose(root, { offline: true }), root);
  });
}

/** `id outcome file:line` of each finding. */
export const brief = ({ findings }: Diagnosis): string[] =>
  findings.map(({ id, outcome, file = "", line }) =>
    `${id} ${outcome} ${file}${line === undefined ? "" : `:${line}`}`.trim()
  );

export const MAIN = "/etc/containerd/config.toml";
export const FLAGS = "/var/lib/kubelet/kubeadm-flags.env";
const MIRROR = "/etc/containerd/certs.d/registry.k8s.io/hosts.toml";
export const SERVER = "/etc/kubernetes/manifests/kube-apiserver.yaml";

export const v3 = (image: string): string =>
  `version = 3\n[plugins.'io.containerd.cri.v1.images'.pinned_images]\nsandbox = '${image}'\n`;
export const v2 = (image: string): string =>
  `version = 2\n[plugins."io.containerd.grpc.v1.cri"]\nsandbox_image = "${image}"\n`;
export const flag = (image: string): string =>
  `KUBELET_KUBEADM_ARGS="--x=1 --pod-infra-container-image=${image}"\n`;
export const server = (version: string): string =>
  `spec:\n  containers:\n  - image: registry.k8s.io/kube-apiserver:${version}\n`;

export const GOOD: string = IMAGE.pinned;
export const TAGGED = "registry.k8s.io/pause:3.10";

const VENDOR = "/usr/lib/systemd/system/cri-docker.service";
const DROP_IN = "/etc/systemd/system/cri-docker.service.d/10-start.conf";
const UNIT = "ExecStart=/usr/bin/cri-dockerd --x\n";

const WITH_MIRRORS = `${
  v3(GOOD)
}[plugins.'io.containerd.cri.v1.images'.registry]\nconfig_path = "/etc/containerd/certs.d"\n`;

export const CASES:
  readonly (readonly [what: string, files: Files, findings: readonly string[]])[] = [
    ["a node without fault", { [MAIN]: v3(GOOD) }, []],
    ["a node without files", {}, ["runtime unknown"]],
    ["a tag", { [MAIN]: v3(TAGGED) }, [`digest wrong ${MAIN}:3`]],
    ["what is no image", { [MAIN]: v3("${PAUSE}") }, [`digest wrong ${MAIN}:3`]],
    ["no image", { [MAIN]: "version = 3\n" }, [`named wrong ${MAIN}`]],
    ["a file that is no TOML", { [MAIN]: v3(GOOD) + "x\n", "/etc/crio/crio.conf": "[crio]\n" }, [
      `readable unknown ${MAIN}:4`,
      "named wrong /etc/crio/crio.conf",
    ]],
    ["a key of another version", { [MAIN]: v2(TAGGED).replace("2", "3") }, [
      `key-counts wrong ${MAIN}:3`,
    ]],
    ["a disabled CRI plugin", {
      [MAIN]: `disabled_plugins = ["cri"]\n${v3(GOOD)}`,
      [SERVER]: server("v1.35.0"),
    }, [`cri-enabled wrong ${MAIN}:1`]],
    ["Docker's containerd, without a kubelet", { [MAIN]: 'disabled_plugins = ["cri"]\n' }, [
      "runtime unknown",
    ]],
    ["a drop-in that nothing imports", {
      [MAIN]: `imports = ["/etc/other/*.toml"]\n${v3(GOOD)}`,
      "/etc/containerd/conf.d/90-pause.toml": v3(GOOD),
    }, ["imported wrong /etc/containerd/conf.d/90-pause.toml"]],
    ["a drop-in that only new versions import", {
      [MAIN]: "version = 3\n",
      "/etc/containerd/conf.d/90-pause.toml": v3(GOOD),
    }, ["imported unknown /etc/containerd/conf.d/90-pause.toml"]],
    ["a drop-in that is imported, and counts", {
      [MAIN]: `imports = ["/etc/containerd/conf.d/*.toml"]\n${v3(TAGGED)}`,
      "/etc/containerd/conf.d/90-pause.toml": v3(GOOD),
    }, []],
    ["the flag, and a kubelet without it", {
      [MAIN]: v3(GOOD),
      [FLAGS]: flag(GOOD),
      [SERVER]: server("v1.35.2"),
    }, [`kubelet-flag wrong ${FLAGS}:1`]],
    ["the flag, and a kubelet of no known version", { [MAIN]: v3(GOOD), [FLAGS]: flag(GOOD) }, [
      `kubelet-flag unknown ${FLAGS}:1`,
    ]],
    ["the flag, and a kubelet that has it", {
      [MAIN]: v3(GOOD),
      [FLAGS]: flag(GOOD),
      [SERVER]: server("v1.34.9"),
    }, []],
    ["kubeadm's pause, and another one of the runtime's", {
      [MAIN]: v3(GOOD),
      [FLAGS]: flag(TAGGED),
      [SERVER]: server("v1.34.0"),
    }, [`same-image wrong ${FLAGS}:1`]],
    ["a tag and a digest of one name", {
      [MAIN]: v3(`registry.k8s.io/pause@${DIGEST}`),
      [FLAGS]: flag(TAGGED),
      [SERVER]: server("v1.34.0"),
    }, [`same-image unknown ${FLAGS}:1`]],
    ["kubeadm's repository, and another one", {
      [MAIN]: v3(GOOD),
      "/etc/kubernetes/kubeadm.yaml":
        "kind: ClusterConfiguration\nkubernetesVersion: v1.35.0\nimageRepository: a.example/k8s\n",
    }, ["same-image wrong /etc/kubernetes/kubeadm.yaml:3"]],
    ["containerd 1, where nothing says that the image is kept", { [MAIN]: v2(GOOD) }, [
      `kept unknown ${MAIN}:3`,
    ]],
    ["containerd 1, where the kubelet keeps it", {
      [MAIN]: v2(GOOD),
      [FLAGS]: flag(GOOD),
      [SERVER]: server("v1.34.0"),
    }, []],
    ["a mirror that may not resolve", {
      [MAIN]: WITH_MIRRORS,
      [MIRROR]: '[host."https://10.0.0.5:5000/v2/k8s"]\ncapabilities = ["pull"]\n',
    }, [`mirror-resolves wrong ${MIRROR}:2`]],
    ["a mirror that containerd 1 does not look for", {
      [MAIN]: v2(GOOD),
      [FLAGS]: flag(GOOD),
      [SERVER]: server("v1.34.0"),
      [MIRROR]: '[host."https://a.example"]\n',
    }, [`mirror-read wrong ${MIRROR}`]],
    ["a mirror that containerd 2 may look for", { [MAIN]: v3(GOOD), [MIRROR]: "" }, [
      `mirror-read unknown ${MIRROR}`,
    ]],
    ["a tag that kubeadm does not list", {
      [MAIN]: v3("registry.k8s.io/pause:3.8"),
      [SERVER]: server("v1.34.2"),
    }, [`digest wrong ${MAIN}:3`, `kubeadm-lists wrong ${MAIN}:3`]],
    ["a tag, and a kubeadm that is not known", {
      [MAIN]: v3(TAGGED),
      [SERVER]: server("v1.99.0"),
    }, [`digest wrong ${MAIN}:3`, `kubeadm-lists unknown ${MAIN}:3`]],
    ["the tag that kubeadm lists, in a repository of its own", {
      [MAIN]: v3(`a.example/k8s/pause:3.9@${DIGEST}`),
      "/etc/kubernetes/kubeadm.yaml":
        "kind: ClusterConfiguration\nkubernetesVersion: v1.30.1\nimageRepository: a.example/k8s\n",
    }, []],
    ["kubeadm's repository, and a tag of another one", {
      [MAIN]: v3(`registry.k8s.io/pause:3.9@${DIGEST}`),
      "/etc/kubernetes/kubeadm.yaml":
        "kind: ClusterConfiguration\nkubernetesVersion: v1.30.1\nimageRepository: a.example/k8s\n",
    }, ["same-image wrong /etc/kubernetes/kubeadm.yaml:3"]],
    ["k0s's image without its version", {
      "/etc/k0s/k0s.yaml":
        "kind: ClusterConfig\nspec:\n  images:\n    pause:\n      image: a.example/pause\n",
    }, ["digest wrong /etc/k0s/k0s.yaml:5"]],
    ["k0s's version without its image", {
      "/etc/k0s/k0s.yaml":
        "kind: ClusterConfig\nspec:\n  images:\n    pause:\n      version: '3.10'\n",
    }, ["digest wrong /etc/k0s/k0s.yaml:5"]],
    ["a mirror without TLS that may not resolve", {
      [MAIN]: WITH_MIRRORS,
      [MIRROR]: '[host."http://10.0.0.5:5000/v2/k8s"]\ncapabilities = ["pull"]\n',
    }, [`mirror-resolves wrong ${MIRROR}:2`]],
    ["a mirror at its root that may not resolve", {
      [MAIN]: WITH_MIRRORS,
      [MIRROR]: '[host."https://10.0.0.5:5000"]\ncapabilities = ["pull"]\n',
    }, [`mirror-resolves wrong ${MIRROR}:2`]],
    ["a mirror of another form that may not resolve", {
      [MAIN]: WITH_MIRRORS,
      [MIRROR]: '[host."https://a.example/k8s/"]\ncapabilities = ["pull"]\n',
    }, [`mirror-resolves wrong ${MIRROR}:2`]],
    ["a key of another version that is no name", { [MAIN]: v2("${PAUSE}").replace("2", "3") }, [
      `key-counts wrong ${MAIN}:3`,
    ]],
    ["a key of another version beside the one that counts", {
      [MAIN]: `${v3(GOOD)}[plugins."io.containerd.grpc.v1.cri"]\nsandbox_image = "a:1"\n`,
    }, []],
    ["a file that is imported from elsewhere, and counts", {
      [MAIN]: `imports = ["conf/*.toml", "/opt/last.toml"]\n${v3(TAGGED)}`,
      "/etc/containerd/conf/1.toml": v3(TAGGED),
      "/opt/last.toml": `imports = ["more.toml"]\nversion = 3\n`,
      "/opt/more.toml": v3(GOOD),
    }, []],
    ["a file that is imported from elsewhere, with a tag", {
      [MAIN]: `imports = ["/opt/*.toml"]\n${v3(GOOD)}`,
      "/opt/a.toml": v3(TAGGED),
    }, ["digest wrong /opt/a.toml:3"]],
    ["a unit that a package brought", { [VENDOR]: UNIT }, [`named wrong ${VENDOR}`]],
    ["a drop-in that starts cri-dockerd without the flag", {
      [VENDOR]: UNIT.replace("--x", `--pod-infra-container-image=${GOOD}`),
      [DROP_IN]: `[Service]\nExecStart=\n${UNIT}`,
    }, [`named wrong ${DROP_IN}`]],
    ["a drop-in that says nothing of how cri-dockerd starts", {
      [VENDOR]: UNIT.replace("--x", `--pod-infra-container-image=${TAGGED}`),
      [DROP_IN]: "[Service]\nRestart=no\n",
    }, [`digest wrong ${VENDOR}:1`]],
    ["a unit in the place of a package's", {
      [VENDOR]: UNIT,
      "/etc/systemd/system/cri-docker.service": UNIT.replace(
        "--x",
        `--pod-infra-container-image=${GOOD}`,
      ),
    }, []],
    ["the flag in a unit of a package", {
      [MAIN]: v3(GOOD),
      "/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf":
        `[Service]\nEnvironment="KUBELET_KUBEADM_ARGS=--pod-infra-container-image=${GOOD}"\n`,
      [SERVER]: server("v1.35.2"),
    }, ["kubelet-flag wrong /usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf:2"]],
    ["a drop-in that takes the section of the image", {
      [MAIN]: `imports = ["/etc/containerd/conf.d/*.toml"]\n${v2(GOOD)}`,
      "/etc/containerd/conf.d/10-more.toml":
        'version = 2\n\n[plugins."io.containerd.grpc.v1.cri"]\nenable_selinux = true\n',
      [FLAGS]: flag(GOOD),
      [SERVER]: server("v1.34.0"),
    }, ["section-whole unknown /etc/containerd/conf.d/10-more.toml:3"]],
    ["a drop-in with a section of its own", {
      [MAIN]: `imports = ["/etc/containerd/conf.d/*.toml"]\n${v2(GOOD)}`,
      "/etc/containerd/conf.d/10-more.toml": "version = 2\n[grpc]\nuid = 0\n",
      [FLAGS]: flag(GOOD),
      [SERVER]: server("v1.34.0"),
    }, []],
    ["k3s, RKE2, k0s and podman with digests", {
      "/etc/rancher/k3s/config.yaml": `pause-image: ${TAGGED}\n`,
      "/etc/rancher/k3s/config.yaml.d/90-pause.yaml": `pause-image: ${GOOD}\n`,
      "/etc/rancher/rke2/config.yaml": `pause-image: ${GOOD}\n`,
      "/etc/k0s/k0s.yaml":
        `kind: ClusterConfig\nspec:\n  images:\n    pause:\n      image: a.example/pause\n      version: 3.10@${DIGEST}\n`,
      "/etc/containers/containers.conf": `[engine]\ninfra_image = "${GOOD}"\n`,
    }, []],
  ];
