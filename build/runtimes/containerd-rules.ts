import { versionOf } from "./configure.ts";
import { at, configCommand, countingOf, filesOf, type Found, readName, saidBy } from "./finding.ts";
import { importsOf } from "./imports.ts";
import { CRI_V2, CRI_V3, MIRRORED, mirrorUrl } from "./keys.ts";
import type { Node, NodeFile } from "./node.ts";
import { matches } from "./pattern.ts";
import { DEFAULT_IMAGE } from "./table.ts";
import { readToml } from "./toml.ts";
import { valueAt } from "./value.ts";

const MAIN = "/etc/containerd/config.toml";
const CERTS = "/etc/containerd/certs.d";
const CONF_D = "/etc/containerd/conf.d/*.toml";

/** Keys of one version in a file of another, where nothing else of it counts. */
export function ignoredKeys(node: Node): Found[] {
  return ["containerd", "microk8s"].flatMap((name) => {
    const all = saidBy(node, name);
    return all.some(({ ignored }) => ignored === undefined) ? [] : all;
  }).flatMap((said) => {
    if (said.ignored === undefined) return [];
    const version = versionOf(readToml(said.file.text, said.file.path).value);
    return [{
      outcome: "wrong" as const,
      ...at(said),
      found:
        `the key is of version ${said.ignored}, the file of version ${version}: containerd passes over it`,
      fix: version === 1
        ? 'give the file its version: "containerd config migrate" prints it anew'
        : configCommand(said.file, readName(said.value) ? said.value : DEFAULT_IMAGE),
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
  const files = filesOf(node, "containerd");
  const imported = files.flatMap((file) => importsOf(file) ?? []);
  const saysSo = importsOf(main) !== undefined;
  return files.filter((file) => file !== main).flatMap((file): Found[] => {
    if (imported.some((pattern) => matches(pattern, file.path))) return [];
    const isTold = saysSo || versionOf(readToml(main.text, MAIN).value) < 3;
    return [{
      outcome: isTold ? "wrong" : "unknown",
      file: file.path,
      found: isTold
        ? `${MAIN} does not import it: nothing reads it`
        : `${MAIN} does not say imports: containerd 2.2 and newer may read it, others do not`,
      fix: saysSo
        ? `put "${CONF_D}" into the list that imports = is in ${MAIN}`
        : `write imports = ["${CONF_D}"] at the top of ${MAIN}`,
    }];
  });
}

/** Files behind the one that names the image that have the section which it is in, and not the image. */
export function sectionsTaken(node: Node): Found[] {
  const said = countingOf(node, "containerd");
  if (said === undefined) return [];
  const files = filesOf(node, "containerd");
  return files.slice(files.indexOf(said.file) + 1).flatMap((file): Found[] => {
    const { value, lineOf } = readToml(file.text, file.path);
    const section = ["plugins", CRI_V2];
    if (versionOf(value) !== 2 || valueAt(value, section) === undefined) return [];
    return [{
      outcome: "unknown",
      file: file.path,
      line: lineOf(section) ?? 1,
      found:
        `the section has no image here and stands behind ${said.file.path}:${said.line}, which has one: containerd 1 takes the last section whole`,
      fix: configCommand(file, said.value),
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
        fix: mirrorCommand(file, url) ?? 'write capabilities = ["pull", "resolve"]',
      }];
    });
  });
}

/** The command that writes just this mirror, where there is one. */
function mirrorCommand(file: NodeFile, url: string): string | undefined {
  if (file.path !== `${CERTS}/${MIRRORED}/hosts.toml`) return undefined;
  const name = `${url.replace(/^\w+:\/\//, "").replace(/\/v2(?=\/|$)/, "")}/pause`;
  const plainHttp = url.startsWith("http:");
  const reference = readName(name);
  const isIt = reference !== undefined && mirrorUrl({ reference, plainHttp }) === url;
  return isIt ? configCommand(file, name, ...(plainHttp ? ["--insecure"] : [])) : undefined;
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
