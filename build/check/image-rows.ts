import { isSamePlatform, nameOf } from "../oci/platform.ts";
import { all, type Row, row } from "./row.ts";
import { walk } from "./tree.ts";

/** The permission bits that are asked about. */
const BITS = { setuid: 0o4000, setgid: 0o2000, othersExecute: 0o001, othersWrite: 0o022 } as const;

/** What holds for an image of one platform. */
export const IMAGE_ROWS: readonly Row[] = [
  row({
    id: "content",
    states:
      "manifest, configuration and layers are there, with the digests and sizes they are said to have",
    why:
      "Runtimes refuse the image in the middle of a pull, or run other bytes than those that were pinned.",
    link: "https://github.com/opencontainers/image-spec/blob/v1.1.0/descriptor.md#verification",
    needs: ["parts"],
    check: ({ parts }) => all(parts),
  }),
  row({
    id: "documents",
    states: "manifest and configuration are JSON of the shape that the specification gives them",
    why: "Each runtime reads a malformed document in its own way, or not at all.",
    link: "https://github.com/opencontainers/image-spec/blob/v1.1.0/manifest.md",
    needs: ["documents"],
    check: ({ documents }) => all(documents),
  }),
  row({
    id: "layer-size",
    states:
      "there are at most 127 layers, of at most 64 MiB in all, packed and unpacked, Windows itself not counted",
    why: "A pause image is on every node. What unpacks to much more fills its disk.",
    needs: ["layerSizes"],
    check: ({ layerSizes }) => all(layerSizes),
  }),
  row({
    id: "layers",
    states: "every layer is a whole tar, compressed with gzip or not at all",
    why: "A damaged layer is found at the first pull on a node, when a pod waits for it.",
    link: "https://github.com/opencontainers/image-spec/blob/v1.1.0/layer.md",
    needs: ["layerFormats"],
    check: ({ layerFormats }) => all(layerFormats),
  }),
  row({
    id: "diff-ids",
    states: "the configuration names the digest of every layer before compression",
    why: "Runtimes compare them after unpacking, and refuse the image.",
    link: "https://github.com/opencontainers/image-spec/blob/v1.1.0/config.md#layer-diffid",
    needs: ["config", "diffIds"],
    check: ({ config, diffIds }) => differences(config.rootfs.diff_ids, diffIds),
  }),
  row({
    id: "history",
    states: "the history, when there is one, has one line for each layer that is not empty",
    why: "Tools that rewrite images pair the two, and fail or lose a layer.",
    link: "https://github.com/opencontainers/image-spec/blob/v1.1.0/config.md#properties",
    needs: ["manifest", "config"],
    check: ({ manifest, config: { history = [] } }) => {
      const lines = history.filter((line) => line.empty_layer !== true).length;
      const layers = manifest.layers.length;
      return history.length === 0 || lines === layers
        ? undefined
        : `${lines} lines for ${layers} layers`;
    },
  }),
  row({
    id: "platform",
    states: "the configuration says the same platform as the index",
    why:
      "A wrong architecture in the configuration makes some engines refuse the image or warn at every start.",
    link: "https://github.com/kubernetes/kubernetes/issues/87325",
    needs: ["config", "indexPlatform"],
    check: ({ config, indexPlatform }) =>
      isSamePlatform(config, indexPlatform)
        ? undefined
        : `${nameOf(config)} in the configuration, ${nameOf(indexPlatform)} in the index`,
  }),
  row({
    id: "user",
    states: "the image's user is a number, and not root's",
    why:
      "The sandbox's process runs as that user; a pod with runAsNonRoot cannot start with root or with a name.",
    link: "https://github.com/kubernetes/kubernetes/issues/100292",
    os: "linux",
    needs: ["config"],
    check: ({ config }) => userFault(config.config?.User ?? ""),
  }),
  row({
    id: "entrypoint",
    states: "the program that the configuration names is a file of the image",
    why: "Without it no pod starts: the sandbox cannot be created.",
    link: "https://github.com/opencontainers/image-spec/blob/v1.1.0/layer.md#whiteouts",
    needs: ["entry"],
    check: ({ entry }) => "fault" in entry ? entry.fault : undefined,
  }),
  row({
    id: "executable",
    states: "everybody may execute the program",
    why:
      "The image's user is neither its owner nor in its group, and a pod's runAsUser may be any other.",
    os: "linux",
    needs: ["entryFile"],
    check: ({ entryFile: { path, node } }) =>
      node.mode & BITS.othersExecute ? undefined : `${path} has the mode ${octal(node.mode)}`,
  }),
  row({
    id: "protected",
    states: "only root may change the program",
    why: "Who can write to it changes what holds the namespaces of the next pod.",
    os: "linux",
    needs: ["entryFile"],
    check: ({ entryFile: { path, node } }) =>
      node.uid !== 0 || node.mode & BITS.othersWrite
        ? `${path} belongs to user ${node.uid} and has the mode ${octal(node.mode)}`
        : undefined,
  }),
  row({
    id: "set-id",
    states: "no file has set-user-ID, set-group-ID or capabilities of its own",
    why: "They give rights to whoever runs the file, in an image that has no use for any.",
    os: "linux",
    needs: ["files"],
    check: ({ files }) =>
      some(
        walk(files),
        ([, { kind, mode, attributes }]) =>
          kind !== "folder" && (mode & (BITS.setuid | BITS.setgid)) !== 0 ||
          attributes.includes("security.capability"),
      ),
  }),
  row({
    id: "extra-files",
    states: "there is nothing in the image but the program and the folders on the way to it",
    why:
      "All else is there to be scanned, patched and misused: a shell, a libc, a package database.",
    link: "https://github.com/kyma-project/kyma/issues/12897",
    os: "linux",
    needs: ["files", "entryFile"],
    check: ({ files, entryFile }) =>
      some(
        walk(files),
        ([path, { kind }]) =>
          kind === "folder" ? !entryFile.path.startsWith(`${path}/`) : path !== entryFile.path,
      ),
  }),
];

function userFault(text: string): string | undefined {
  const [user = "", group] = text.split(":");
  if (user === "") return "none is set, so it is root";
  if (user === "root" || /^0+$/.test(user)) return `it is "${text}"`;
  if (!/^\d+$/.test(user)) return `"${user}" is a name, which Kubernetes cannot tell from root`;
  return group === "root" || /^0+$/.test(group ?? "")
    ? `its group is root's: "${text}"`
    : undefined;
}

function differences(
  said: readonly string[],
  found: readonly (string | undefined)[],
): string | undefined {
  if (said.length !== found.length) return `${said.length} for ${found.length} layers`;
  const at = said.findIndex((digest, index) => digest !== (found[index] ?? digest));
  return at < 0 ? undefined : `layer ${at + 1} is ${found[at]}, not ${said[at]}`;
}

/** The paths for which `is` holds, the first few of them. */
function some<Item extends readonly [path: string, ...unknown[]]>(
  items: Iterable<Item>,
  is: (item: Item) => boolean,
): string | undefined {
  const paths = [...items].filter(is).map(([path]) => path);
  if (paths.length === 0) return undefined;
  return paths.slice(0, 3).join(", ") + (paths.length > 3 ? ` and ${paths.length - 3} more` : "");
}

function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, "0");
}
