import { versionOf } from "./configure.ts";
import { at, configCommand, countingOf, filesOf, type Found, saidBy } from "./finding.ts";
import { CRI_V2, CRI_V3, MIRRORED } from "./keys.ts";
import type { Node, NodeFile } from "./node.ts";
import { readToml } from "./toml.ts";
import { valueAt } from "./value.ts";

const MAIN = "/etc/containerd/config.toml";
const CERTS = "/etc/containerd/certs.d";

/** Keys of one version in a file of another. */
export function ignoredKeys(node: Node): Found[] {
  return ["containerd", "microk8s"].flatMap((name) => saidBy(node, name)).flatMap((said) => {
    if (said.ignored === undefined) return [];
    const version = versionOf(readToml(said.file.text, said.file.path).value);
    return [{
      outcome: "wrong" as const,
      ...at(said),
      found:
        `the key is of version ${said.ignored}, the file of version ${version}: containerd passes over it`,
      fix: version === 1
        ? 'give the file its version: "containerd config migrate" prints it anew'
        : configCommand(said.file, said.value),
    }];
  });
}

/** A CRI plugin that is off, on a node that has a kubelet. Docker's package of containerd comes so. */
export function disabledPlugin(node: Node): Found[] {
  if (!hasKubelet(node)) return [];
  return filesOf(node, "containerd").flatMap((file) => {
    if (!isDisabled(file)) return [];
    return [{
      outcome: "wrong" as const,
      file: file.path,
      line: lineOf(file, ["disabled_plugins"]),
      found: "the CRI plugin is disabled: the kubelet cannot use this containerd",
      fix: 'take "cri" out of disabled_plugins, and restart containerd',
    }];
  });
}

/** Whether anything of containerd's here starts pods. */
export function hasCri(node: Node): boolean {
  const files = filesOf(node, "containerd");
  return files.length > 0 && (hasKubelet(node) || !files.some(isDisabled));
}

function hasKubelet(node: Node): boolean {
  return ["kubelet", "kubeadm", "kubernetes"].some((name) => filesOf(node, name).length > 0);
}

function isDisabled(file: NodeFile): boolean {
  const off = valueAt(readToml(file.text, file.path).value, ["disabled_plugins"]);
  return Array.isArray(off) && ["cri", CRI_V2, CRI_V3].some((name) => off.includes(name));
}

/** Files in conf.d/ that nothing reads. */
export function notImported(node: Node): Found[] {
  const main = mainOf(node);
  if (main === undefined) return [];
  const value = readToml(main.text, MAIN).value;
  const imports = valueAt(value, ["imports"]);
  const patterns = Array.isArray(imports) ? imports.map(String) : undefined;
  return filesOf(node, "containerd").filter((file) => file !== main).flatMap((file): Found[] => {
    if (patterns?.some((pattern) => isMatch(pattern, file.path))) return [];
    const isTold = patterns !== undefined || versionOf(value) < 3;
    return [{
      outcome: isTold ? "wrong" : "unknown",
      file: file.path,
      found: isTold
        ? `${MAIN} does not import it: nothing reads it`
        : `${MAIN} does not say imports: containerd 2.2 and newer may read it, others do not`,
      fix: `write imports = ["/etc/containerd/conf.d/*.toml"] at the top of ${MAIN}`,
    }];
  });
}

/** Mirrors that may not say what a tag means. */
export function mirrorsWithoutResolve(node: Node): Found[] {
  return filesOf(node, "containerd-mirror").flatMap((file) => {
    const hosts = valueAt(readToml(file.text, file.path).value, ["host"]);
    return Object.entries(hosts ?? {}).flatMap(([url, host]): Found[] => {
      const able = valueAt(host, ["capabilities"]);
      if (!Array.isArray(able) || able.includes("resolve")) return [];
      return [{
        outcome: "wrong",
        file: file.path,
        line: lineOf(file, ["host", url, "capabilities"]),
        found: `${url} may not resolve tags: they are asked at the registry itself`,
        fix: file.path === `${CERTS}/${MIRRORED}/hosts.toml`
          ? configCommand(file, `${url.replace(/^\w+:\/\//, "").replace(/\/v2(?=\/|$)/, "")}/pause`)
          : 'write capabilities = ["pull", "resolve"]',
      }];
    });
  });
}

/** Mirrors in a folder that containerd is not told to look into. */
export function mirrorsNotRead(node: Node): Found[] {
  const [mirror] = filesOf(node, "containerd-mirror");
  if (mirror === undefined || filesOf(node, "containerd").length === 0) return [];
  const isSaid = filesOf(node, "containerd").some((file) => {
    const { value } = readToml(file.text, file.path);
    return [CRI_V2, CRI_V3].some((plugin) =>
      String(valueAt(value, ["plugins", plugin, "registry", "config_path"]) ?? "")
        .split(":").includes(CERTS)
    );
  });
  if (isSaid) return [];
  const main = mainOf(node);
  const isV3 = main !== undefined && versionOf(readToml(main.text, MAIN).value) >= 3;
  const table = isV3 ? CRI_V3 : CRI_V2;
  return [{
    outcome: isV3 ? "unknown" : "wrong",
    file: mirror.path,
    found: isV3
      ? `${MAIN} does not say config_path: whether ${CERTS} is its default depends on containerd's version`
      : `${MAIN} does not say config_path: containerd does not look into ${CERTS}`,
    fix: `write config_path = "${CERTS}" under [plugins."${table}".registry]`,
  }];
}

/** Whether the kubelet's collection spares the image, where files do not tell. */
export function maybeCollected(node: Node): Found[] {
  const said = countingOf(node, "containerd");
  if (said === undefined || versionOf(readToml(said.file.text, said.file.path).value) !== 2) {
    return [];
  }
  if (countingOf(node, "kubelet")?.value === said.value) return [];
  return [{
    outcome: "unknown",
    ...at(said),
    found:
      "whether the image is pinned: containerd 1.6 pins none, and no version pins what was imported",
    fix: `ctr -n k8s.io images label ${said.value} io.cri-containerd.pinned=pinned`,
  }];
}

function mainOf(node: Node): NodeFile | undefined {
  return filesOf(node, "containerd").find(({ path }) => path === MAIN);
}

function lineOf(file: NodeFile, path: readonly string[]): number {
  return readToml(file.text, file.path).lineOf(path) ?? 1;
}

/** A pattern of `imports`, in which `*` stands for a part of a name. */
function isMatch(pattern: string, path: string): boolean {
  const source = pattern.split("*").map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${source.join("[^/]*")}$`).test(path);
}
