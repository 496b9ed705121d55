import { readWanted, type Subset } from "../mirror/subset.ts";
import { isNamesOnly, type TagRules } from "../mirror/tags.ts";
import { type CommandOptions, parseWords, readRate, wrongWords } from "./options.ts";

/** What the commands that move images have in common. */
export interface CarryWords {
  readonly subset?: Subset;
  readonly referrers: boolean;
  readonly refresh: boolean;
  readonly includeForeign: boolean;
  readonly clobber: boolean;
  readonly keepGoing: boolean;
  /** > 0 */
  readonly requestsPerSecond?: number;
  readonly plainHttp: boolean;
  readonly certDir?: string;
  readonly json: boolean;
  readonly quiet: boolean;
}

export interface MirrorWords extends CarryWords {
  readonly source: string;
  readonly destinations: readonly string[];
  /** Which tags of the source's repository. Undefined: the one that the source names. */
  readonly rules?: TagRules;
}

export interface SaveWords extends CarryWords {
  readonly images: readonly string[];
  readonly file: string;
  readonly form: "oci" | "docker";
}

export interface LoadWords extends CarryWords {
  readonly file: string;
  readonly registry: string;
  /** None: all of the archive. */
  readonly names: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

const GENERAL: CommandOptions = {
  "max-requests-per-second": { type: "string" },
  insecure: { type: "boolean" },
  "cert-dir": { type: "string" },
  json: { type: "boolean" },
  quiet: { type: "boolean", short: "q" },
  help: { type: "boolean", short: "h" },
};

const CONTENT: CommandOptions = {
  platform: { type: "string", multiple: true },
  sparse: { type: "boolean" },
  rewrite: { type: "boolean" },
  "no-referrers": { type: "boolean" },
  "include-foreign": { type: "boolean" },
};

const TARGET: CommandOptions = {
  refresh: { type: "boolean" },
  "no-clobber": { type: "boolean" },
  "keep-going": { type: "boolean", short: "k" },
};

export const MIRROR_OPTIONS: CommandOptions = {
  tag: { type: "string", multiple: true },
  semver: { type: "string", multiple: true },
  "all-tags": { type: "boolean" },
  exclude: { type: "string", multiple: true },
  newest: { type: "string" },
  prereleases: { type: "boolean" },
  ...CONTENT,
  ...TARGET,
  ...GENERAL,
};

export const SAVE_OPTIONS: CommandOptions = {
  format: { type: "string" },
  ...CONTENT,
  ...GENERAL,
};

export const LOAD_OPTIONS: CommandOptions = {
  "no-referrers": { type: "boolean" },
  ...TARGET,
  ...GENERAL,
};

type Values = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

/**
 * Reads the words after `mirror`.
 * @throws PauseError `usage`
 */
export function readMirrorWords(
  words: readonly string[],
  environment: Environment = {},
): MirrorWords | "help" {
  const read = readWords("mirror", MIRROR_OPTIONS, words);
  if (read === "help") return "help";
  const [source, ...destinations] = read.positionals;
  if (source === undefined || destinations.length === 0) {
    throw wrongWords("mirror", "it takes a source and at least one destination");
  }
  const rules = tagRules(read.values);
  return {
    source,
    destinations,
    ...carryWords("mirror", read.values, environment),
    ...(rules !== undefined && { rules }),
  };
}

/**
 * Reads the words after `save`.
 * @throws PauseError `usage`
 */
export function readSaveWords(
  words: readonly string[],
  environment: Environment = {},
): SaveWords | "help" {
  const read = readWords("save", SAVE_OPTIONS, words);
  if (read === "help") return "help";
  const images = read.positionals.slice(0, -1);
  const file = read.positionals.at(-1);
  if (file === undefined || images.length === 0) {
    throw wrongWords("save", "it takes at least one image, and a file");
  }
  const { format: form = "oci" } = read.values;
  if (form !== "oci" && form !== "docker") {
    throw wrongWords("save", `there is no format "${form}", only oci and docker`);
  }
  return { images, file, form, ...carryWords("save", read.values, environment) };
}

/**
 * Reads the words after `load`.
 * @throws PauseError `usage`
 */
export function readLoadWords(
  words: readonly string[],
  environment: Environment = {},
): LoadWords | "help" {
  const read = readWords("load", LOAD_OPTIONS, words);
  if (read === "help") return "help";
  const [file, registry, ...names] = read.positionals;
  if (file === undefined || registry === undefined) {
    throw wrongWords("load", "it takes a file and a registry");
  }
  return { file, registry, names, ...carryWords("load", read.values, environment) };
}

function readWords(
  command: string,
  options: CommandOptions,
  words: readonly string[],
): { readonly values: Values; readonly positionals: readonly string[] } | "help" {
  const { values, positionals } = parseWords(command, options, words);
  return values.help === true ? "help" : { values, positionals };
}

function carryWords(command: string, values: Values, environment: Environment): CarryWords {
  const subset = readSubset(command, values);
  const rate = values["max-requests-per-second"];
  return {
    ...(subset !== undefined && { subset }),
    referrers: values["no-referrers"] !== true,
    refresh: values.refresh === true,
    includeForeign: values["include-foreign"] === true,
    clobber: values["no-clobber"] !== true,
    keepGoing: values["keep-going"] === true,
    ...(rate !== undefined && { requestsPerSecond: readRate(command, String(rate)) }),
    plainHttp: values.insecure === true || environment.INSECURE === "1",
    ...(typeof values["cert-dir"] === "string" && { certDir: values["cert-dir"] }),
    json: values.json === true,
    quiet: values.quiet === true,
  };
}

function readSubset(command: string, values: Values): Subset | undefined {
  const platforms = listOf(values.platform).map(readWanted);
  const { sparse, rewrite } = values;
  if (sparse && rewrite) {
    throw wrongWords(command, "--sparse and --rewrite exclude each other");
  }
  if (platforms.length > 0) return { platforms, form: rewrite ? "rewritten" : "sparse" };
  if (!sparse && !rewrite) return undefined;
  throw wrongWords(
    command,
    "--sparse and --rewrite say how platforms are left out: add --platform",
  );
}

/** What a tag has when it is a pattern. */
const PATTERN = /[*?[\]{}!]/;

function tagRules(values: Values): TagRules | undefined {
  const tags = listOf(values.tag);
  const newest = values.newest === undefined ? undefined : readCount(String(values.newest));
  const rules: TagRules = {
    names: tags.filter((tag) => !PATTERN.test(tag)),
    match: tags.filter((tag) => PATTERN.test(tag)),
    // A range has spaces and may have commas of its own.
    semver: manyOf(values.semver),
    all: values["all-tags"] === true,
    exclude: listOf(values.exclude),
    prereleases: values.prereleases === true,
    ...(newest !== undefined && { newest }),
  };
  if (!isNamesOnly(rules)) return rules;
  const { names = [], exclude = [] } = rules;
  if (exclude.length > 0 || rules.prereleases) {
    throw wrongWords("mirror", "--exclude and --prereleases go with --tag, --semver or --all-tags");
  }
  return names.length > 0 ? rules : undefined;
}

function readCount(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw wrongWords("mirror", `--newest ${text} is no number from 1 on`);
}

function manyOf(value: Values[string]): string[] {
  return (Array.isArray(value) ? value : value === undefined ? [] : [value]).map(String);
}

function listOf(value: Values[string]): string[] {
  return manyOf(value).flatMap((list) => list.split(/,(?![^{]*})/)).map((text) => text.trim())
    .filter((text) => text !== "");
}
