import { PauseError } from "../error.ts";
import { readFlags, setFlag } from "./flags.ts";
import type { Image } from "./image.ts";
import type { FlagKey, Key, Runtime, TomlKey, YamlKey } from "./runtime.ts";
import { readToml, setToml } from "./toml.ts";
import { type File, valueAt } from "./value.ts";
import { readYaml, setYaml } from "./yaml.ts";

/**
 * The text of a file with the image in it. Comments, and whatever else there is, stay as they are.
 *
 * @param text that of the file; "" for a new one
 * @param image undefined: takes the setting out, which is done for flags alone
 * @returns the same text when it says so already
 * @throws PauseError `usage` for a file that is not in its format or is of another version, and for
 * an image that cannot be named there
 */
export function configure(runtime: Runtime, image: Image | undefined, file: File): string {
  const start = { ...file, text: file.text === "" && image ? runtime.base : file.text };
  const keys = countingKeys(runtime, runtime.keys(image), start);
  return keys.reduce((text, key) => setKey({ path: file.path, text }, key, image), start.text);
}

/** What a new file says: where it goes, what to do then, and the setting. */
export function dropIn(runtime: Runtime, image: Image): string {
  const text = configure(runtime, image, { path: runtime.dropIn, text: "" });
  const of = image.digest !== undefined && image.tag !== undefined
    ? [`${image.name}:${image.tag}, by pause-image config ${runtime.name}`]
    : [];
  return [...of, runtime.dropIn, `Then: ${runtime.restart}`].map((line) => `# ${line}\n`).join("") +
    text;
}

/** The keys that the file's version has; all of those that know no version. */
function countingKeys(runtime: Runtime, keys: readonly Key[], file: File): readonly Key[] {
  const versions = keys.flatMap((key) => key.format === "TOML" ? key.version ?? [] : []);
  if (versions.length === 0) return keys;
  const version = versionOf(readToml(file.text, file.path).value);
  if (versions.includes(version)) {
    return keys.filter((key) => key.format === "TOML" && key.version === version);
  }
  throw new PauseError(
    "usage",
    `Cannot configure ${runtime.title} in ${file.path}: the file is of version ${version}, and ${runtime.name} is ${
      versions.join(" or ")
    }. ${
      version === 1
        ? 'Have it written anew with "containerd config migrate".'
        : 'Use "pause-image config containerd".'
    }`,
  );
}

/** The version of a configuration of containerd's; without a word it is the first one. */
export function versionOf(value: unknown): number {
  return Number(valueAt(value, ["version"]) ?? 1);
}

function setKey(file: File, key: Key, image: Image | undefined): string {
  if (key.format === "flags") return setFlag(file, key, image && key.value(image));
  if (image === undefined) return file.text;
  return key.format === "TOML" ? setTomlKey(file, key, image) : setYamlKey(file, key, image);
}

function setTomlKey({ path: file, text }: File, key: TomlKey, image: Image): string {
  const path = key.path(image);
  const found = valueAt(readToml(text, file).value, path);
  return key.keep && found !== undefined ? text : setToml(text, file, path, key.value(image));
}

function setYamlKey({ path: file, text }: File, key: YamlKey, image: Image): string {
  const { kind, path, within } = key;
  if (within === undefined) return setYaml(text, file, { kind, path, value: key.value(image) });
  const old = valueAt(readYaml(text, file, kind).value, path);
  const inner = setTomlKey({ path: file, text: typeof old === "string" ? old : "" }, within, image);
  return setYaml(text, file, { kind, path, value: inner });
}

/** An image's name that a file says, and where. */
export interface Said {
  /** `registry.k8s.io/pause:3.10`; of kubeadm the repository above it. */
  readonly value: string;
  readonly line: number;
  /** The version that the file would have to have for it to count, when that is another one. */
  readonly ignored?: number;
}

interface ByKey {
  readonly key: Key;
  readonly said: Said;
}

/**
 * What a file says of the image, by the keys of a runtime. Of several the last one counts.
 * @throws PauseError `usage` for a file that is not in its format
 */
export function readSaid({ keys }: Runtime, file: File): Said[] {
  const found = keys().flatMap((key): ByKey[] => readKey(file, key).map((said) => ({ key, said })));
  return isInTwoParts(keys()) ? inOnePart(keys(), found) : found.map(({ said }) => said);
}

/** An image that is named in two parts, of which one alone is no name. */
function inOnePart(keys: readonly Key[], found: readonly ByKey[]): Said[] {
  const [first] = found;
  if (first === undefined) return [];
  const [name = "", version = ""] = keys.map((key) =>
    found.find((one) => one.key === key)?.said.value
  );
  return [{ ...first.said, value: `${name}:${version}` }];
}

function isInTwoParts(keys: readonly Key[]): boolean {
  return keys.length === 2 && keys.every(({ format }) => format === "YAML");
}

function readKey(file: File, key: Key): Said[] {
  if (key.format === "flags") return readFlags(file.text, key.flag);
  return key.format === "TOML" ? readTomlKey(file, key) : readYamlKey(file, key);
}

function readTomlKey({ path: file, text }: File, key: TomlKey): Said[] {
  const path = key.path(ANY);
  const { value, lineOf } = readToml(text, file);
  const found = valueAt(value, path);
  if (typeof found !== "string") return [];
  const counts = key.version === undefined || key.version === versionOf(value);
  return [{
    value: found,
    line: lineOf(path) ?? 1,
    ...(!counts && key.version !== undefined && { ignored: key.version }),
  }];
}

function readYamlKey({ path: file, text }: File, { kind, path, within }: YamlKey): Said[] {
  const { value, lineOf } = readYaml(text, file, kind);
  const found = valueAt(value, path);
  if (typeof found !== "string") return [];
  const line = lineOf(path) ?? 1;
  if (within === undefined) return [{ value: found, line }];
  return readTomlKey({ path: file, text: found }, within)
    .map((said) => ({ ...said, line: line + said.line }));
}

/** For the keys whose place does not depend on the image. */
const ANY: Image = {
  name: "registry.k8s.io/pause",
  reference: { host: "registry.k8s.io", repository: "pause" },
  pinned: "registry.k8s.io/pause",
  plainHttp: false,
};

/** Whether a runtime's setting is a flag. */
export function isFlag(key: Key): key is FlagKey {
  return key.format === "flags";
}
