import { readWanted, type Subset } from "../mirror/subset.ts";
import { isNamesOnly, type TagRules } from "../mirror/tags.ts";
import { LOAD } from "./manual/load.ts";
import { MIRROR, type MirrorOptions } from "./manual/mirror.ts";
import { SAVE } from "./manual/save.ts";
import { listOf, parseWords, readRate, type Values, wrongWords } from "./options.ts";

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

/** What the words of these commands give; mirror has all of their options. */
type CarryValues = Values<Omit<MirrorOptions, "tag" | "semver">>;

/** How platforms are left out where nobody says how. */
type Form = Subset["form"];

/**
 * Reads the words after `mirror`.
 * @throws PauseError `usage`
 */
export function readMirrorWords(
  words: readonly string[],
  environment: Environment = {},
): MirrorWords | "help" {
  const { values, positionals } = parseWords(MIRROR, words);
  if (values.help) return "help";
  const [source, ...destinations] = positionals;
  if (source === undefined || destinations.length === 0) {
    throw wrongWords("mirror", "it takes a source and at least one destination");
  }
  const rules = tagRules(values);
  return {
    source,
    destinations,
    ...carryWords("mirror", values, environment),
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
  const { values, positionals } = parseWords(SAVE, words);
  if (values.help) return "help";
  const images = positionals.slice(0, -1);
  const file = positionals.at(-1);
  if (file === undefined || images.length === 0) {
    throw wrongWords("save", "it takes at least one image, and a file");
  }
  if (values.sparse) {
    throw wrongWords(
      "save",
      "--sparse is for registries, and an archive holds all that its index names",
    );
  }
  const { format: form = "oci" } = values;
  return { images, file, form, ...carryWords("save", values, environment, "rewritten") };
}

/**
 * Reads the words after `load`.
 * @throws PauseError `usage`
 */
export function readLoadWords(
  words: readonly string[],
  environment: Environment = {},
): LoadWords | "help" {
  const { values, positionals } = parseWords(LOAD, words);
  if (values.help) return "help";
  const [file, registry, ...names] = positionals;
  if (file === undefined || registry === undefined) {
    throw wrongWords("load", "it takes a file and a registry");
  }
  return { file, registry, names, ...carryWords("load", values, environment) };
}

function carryWords(
  command: string,
  values: CarryValues,
  environment: Environment,
  form: Form = "sparse",
): CarryWords {
  const subset = readSubset(command, values, form);
  const { "max-requests-per-second": rate, "cert-dir": certDir } = values;
  return {
    ...(subset !== undefined && { subset }),
    referrers: values["no-referrers"] !== true,
    refresh: values.refresh === true,
    includeForeign: values["include-foreign"] === true,
    clobber: values["no-clobber"] !== true,
    keepGoing: values["keep-going"] === true,
    ...(rate !== undefined && { requestsPerSecond: readRate(command, rate) }),
    plainHttp: values.insecure === true || environment.INSECURE === "1",
    ...(certDir !== undefined && { certDir }),
    json: values.json === true,
    quiet: values.quiet === true,
  };
}

function readSubset(command: string, values: CarryValues, form: Form): Subset | undefined {
  const platforms = (values.platform ?? []).flatMap(listOf).map(readWanted);
  const { sparse, rewrite } = values;
  if (sparse && rewrite) {
    throw wrongWords(command, "--sparse and --rewrite exclude each other");
  }
  if (platforms.length > 0) return { platforms, form: rewrite ? "rewritten" : form };
  if (!sparse && !rewrite) return undefined;
  throw wrongWords(
    command,
    "--sparse and --rewrite say how platforms are left out: add --platform",
  );
}

/** What a tag has when it is a pattern. */
const PATTERN = /[*?[\]{}!]/;

function tagRules(values: Values<MirrorOptions>): TagRules | undefined {
  const tags = (values.tag ?? []).flatMap(listOf);
  const newest = values.newest === undefined ? undefined : readCount(values.newest);
  const rules: TagRules = {
    names: tags.filter((tag) => !PATTERN.test(tag)),
    match: tags.filter((tag) => PATTERN.test(tag)),
    // A range has spaces and may have commas of its own.
    semver: values.semver ?? [],
    all: values["all-tags"] === true,
    exclude: (values.exclude ?? []).flatMap(listOf),
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
