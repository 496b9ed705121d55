import { didYouMean } from "../../did-you-mean.ts";
import { PauseError, reason } from "../../error.ts";
import { parseReference, parseRepository, readHost, type Reference } from "../../oci/reference.ts";
import { readGlob } from "../glob.ts";
import { readWanted } from "../subset.ts";
import type { TagRules } from "../tags.ts";
import { readRange } from "../versions.ts";
import type { CheckedFile, FileOptions, FileSource, RegistryEntry } from "./document.ts";
import { type Fault, faultError, type Path } from "../../yaml/faults.ts";
import { pauseTag } from "./presets.ts";
import { readTemplate, type Template } from "./template.ts";
import { validate } from "./validate.ts";
import { readYaml, type YamlFile } from "../../yaml/yaml.ts";

/** A sync file that holds together: every name, pattern and version in it can be read. */
export interface SyncFile {
  readonly keepGoing: boolean;
  readonly sources: readonly Source[];
  readonly destinations: readonly Template[];
  /** What is said about registries, by their host. */
  readonly registries: ReadonlyMap<string, RegistryEntry>;
}

/** Where images come from. */
export type Source =
  | {
    readonly kind: "image";
    /** With a tag or a digest, unless there are rules. */
    readonly reference: Reference;
    readonly rules?: TagRules;
    readonly as?: string;
    readonly options: ItemOptions;
  }
  | {
    readonly kind: "list";
    /** A path, or `-` for the standard input. */
    readonly list: string;
    readonly options: ItemOptions;
  };

/** How an image is mirrored. */
export type ItemOptions = Required<Omit<FileOptions, "platforms">> & Pick<FileOptions, "platforms">;

const DEFAULTS: ItemOptions = {
  index: "sparse",
  referrers: true,
  refresh: false,
  foreignLayers: "keep",
};

/** Where the images of presets are. */
const REGISTRY = "registry.k8s.io";

/**
 * Reads a sync file, and refuses it with all that is wrong.
 *
 * @param bytes UTF-8, YAML 1.2, see `schema.json` and docs/mirror-sync.md
 * @param name how messages name it: its path
 * @throws PauseError `usage`, with line, column and path of each fault
 */
export function readSyncFile(bytes: Uint8Array, name: string): SyncFile {
  const yaml = readYaml(bytes);
  const faults = yaml.faults.length > 0 ? yaml.faults : validate(yaml);
  if (faults.length > 0) throw faultError("the sync file", name, faults);
  const checker = checkerOf(yaml);
  const file = checkFile(yaml.value as CheckedFile, checker.attempt);
  if (file === undefined || checker.faults.length > 0) {
    throw faultError("the sync file", name, checker.faults);
  }
  return file;
}

/** Does something with what stands at `path`; what it throws is a fault there, and undefined. */
type Attempt = <Value>(path: Path, act: () => Value) => Value | undefined;

function checkerOf(
  yaml: YamlFile,
): { readonly faults: readonly Fault[]; readonly attempt: Attempt } {
  const faults: Fault[] = [];
  return {
    faults,
    attempt: (path, act) => {
      try {
        return act();
      } catch (error) {
        if (!(error instanceof PauseError)) throw error;
        faults.push({ path, place: yaml.placeOf(path), message: reason(error) });
        return undefined;
      }
    },
  };
}

function checkFile(file: CheckedFile, attempt: Attempt): SyncFile {
  const { keepGoing = false, defaults = {}, registries = {} } = file;
  checkPlatforms(defaults, ["defaults"], attempt);
  const sources = file.sources.flatMap((source, at) =>
    checkSource(source, { ...DEFAULTS, ...defaults }, ["sources", at], attempt)
  );
  const destinations = file.destinations.flatMap(({ to }, at) =>
    attempt(["destinations", at, "to"], () => readTemplate(to)) ?? []
  );
  checkHosts(Object.keys(registries), { sources, destinations }, attempt);
  checkLists(sources, attempt);
  const byHost = Object.entries(registries).map(([host, entry]) =>
    [readHost(host), entry] as const
  );
  return { keepGoing, sources, destinations, registries: new Map(byHost) };
}

function checkSource(
  source: FileSource,
  defaults: ItemOptions,
  path: Path,
  attempt: Attempt,
): Source[] {
  checkPlatforms(source, path, attempt);
  const options = optionsOf(source, defaults);
  if ("list" in source) return [{ kind: "list", list: source.list, options }];
  const { as } = source;
  if (as !== undefined) attempt([...path, "as"], () => readAs(as));
  const named = { ...(as !== undefined && { as }), options };
  if ("preset" in source) return presetSources(source, named, path, attempt);
  const { image, tags } = source;
  const rules = tags instanceof Array ? { names: tags } : tags as TagRules | undefined;
  if (rules !== undefined) checkRules(rules, [...path, "tags"], attempt);
  const reference = attempt([...path, "image"], () => readImage(image, rules !== undefined));
  if (reference === undefined) return [];
  return [{ kind: "image", reference, ...(rules && { rules }), ...named }];
}

function presetSources(
  { kubernetes, registry = REGISTRY }: Extract<FileSource, { preset: string }>,
  named: Pick<Extract<Source, { kind: "image" }>, "as" | "options">,
  path: Path,
  attempt: Attempt,
): Source[] {
  const repository = attempt(
    [...path, "registry"],
    () => parseRepository(`${registry.replace(/\/$/, "")}/pause`),
  );
  const tags = kubernetes.map((version, at) =>
    attempt([...path, "kubernetes", at], () => pauseTag(version))
  );
  return [...new Set(tags)].flatMap((tag) =>
    repository === undefined || tag === undefined
      ? []
      : [{ kind: "image", reference: { ...repository, tag }, ...named }]
  );
}

function optionsOf(source: FileOptions, defaults: ItemOptions): ItemOptions {
  const { platforms, index, referrers, refresh, foreignLayers } = { ...defaults, ...source };
  return { index, referrers, refresh, foreignLayers, ...(platforms && { platforms }) };
}

function readImage(image: string, hasRules: boolean): Reference {
  const reference = parseReference(image);
  const isOne = reference.tag !== undefined || reference.digest !== undefined;
  if (isOne === !hasRules) return reference;
  throw new PauseError(
    "usage",
    isOne
      ? `Cannot use "${image}" with tags: it names a tag or a digest itself. Leave one of them out.`
      : `Cannot use "${image}" alone: it names no tag. Write which ones under tags; "tags: { all: true }" takes them all.`,
  );
}

function readAs(path: string): void {
  const { repository } = parseRepository(`registry.example.com/${path}`);
  if (repository === path) return;
  throw new PauseError("usage", `Cannot use "${path}": it is no path such as k8s/pause.`);
}

function checkPlatforms({ platforms = [] }: FileOptions, path: Path, attempt: Attempt): void {
  for (const [at, platform] of platforms.entries()) {
    attempt([...path, "platforms", at], () => readWanted(platform));
  }
}

function checkRules(rules: TagRules, path: Path, attempt: Attempt): void {
  const readers = { match: readGlob, semver: readRange, exclude: readGlob } as const;
  for (const [key, read] of Object.entries(readers)) {
    for (const [at, text] of (rules[key as keyof typeof readers] ?? []).entries()) {
      attempt([...path, key, at], () => (read as (text: string) => unknown)(text));
    }
  }
  const { names, match, semver, all, newest, exclude, prereleases } = rules;
  if (names ?? match ?? semver ?? all ?? newest) {
    if (semver ?? newest ?? !prereleases) return;
    return void attempt([...path, "prereleases"], () => idle("prereleases", "semver or newest"));
  }
  attempt(
    path,
    () => idle(exclude ? "exclude" : "prereleases", "names, match, semver, all or newest"),
  );
}

function idle(key: string, others: string): never {
  throw new PauseError(
    "usage",
    `Cannot select tags by ${key} alone: it needs ${others} beside it.`,
  );
}

/** A limit for a host that nobody asks would be a limit that nobody keeps. */
function checkHosts(
  hosts: readonly string[],
  { sources, destinations }: Pick<SyncFile, "sources" | "destinations">,
  attempt: Attempt,
): void {
  // What comes on the standard input is not known yet.
  if (sources.some(({ kind }) => kind === "list")) return;
  const references = sources.flatMap((source) => source.kind === "image" ? [source.reference] : []);
  const targets = destinations.flatMap((to, at) =>
    references.flatMap((source) => attempt(["destinations", at, "to"], () => to(source)) ?? [])
  );
  const known = [...new Set([...references, ...targets].map(({ host }) => host))];
  for (const host of hosts.filter((host) => !known.includes(readHost(host)))) {
    attempt(["registries", host], () => {
      throw new PauseError(
        "usage",
        `No source and no destination is on ${host}.${didYouMean(host, known)}`,
      );
    });
  }
}

/** The standard input can be read once. */
function checkLists(sources: readonly Source[], attempt: Attempt): void {
  const stdin = sources.filter((source) => source.kind === "list" && source.list === "-");
  if (stdin.length < 2) return;
  attempt(["sources"], () => {
    throw new PauseError("usage", `The standard input is read by ${stdin.length} lists. Keep one.`);
  });
}
