import { didYouMean } from "../did-you-mean.ts";
import { PauseError } from "../error.ts";
import { isAttachmentTag } from "../oci/attachment-tag.ts";
import { isTag } from "../oci/reference.ts";
import { readGlob } from "./glob.ts";
import { newestFirst, readRange, readVersion, type Version } from "./versions.ts";

/** Which tags of a repository are wanted: those of `names`, and what any of the patterns selects. */
export interface TagRules {
  /** Tags that must be there. Nothing below takes them away. */
  readonly names?: readonly string[];
  /** Globs, see `readGlob`. */
  readonly match?: readonly string[];
  /** Version ranges, see `readRange`. */
  readonly semver?: readonly string[];
  /** Every tag. @default false */
  readonly all?: boolean;
  /** Globs of tags that no pattern selects. */
  readonly exclude?: readonly string[];
  /**
   * Of what the patterns select (of all tags, when there are none), this many versions, ≥ 1, the
   * highest ones. Tags that are no versions are none of them: a list of tags tells no times.
   */
  readonly newest?: number;
  /** Whether `semver` and `newest` take pre-releases like any other version. @default false */
  readonly prereleases?: boolean;
}

/** A rule that selects tags by what they are like. */
interface Pattern {
  readonly says: string;
  readonly takes: (tag: string, version: Version | undefined) => boolean;
}

/** Whether the rules name every tag, so that nobody needs the list of those that are there. */
export function isNamesOnly({ match, semver, all, newest }: TagRules): boolean {
  return [match, semver].every((list = []) => list.length === 0) && !all && newest === undefined;
}

/**
 * Sees that rules can be kept, before anybody is asked for tags.
 * @throws PauseError `usage` for a name that is no tag, a pattern or range that is none, and a
 * `newest` that is no number from 1 on
 */
export function requireRules({ names = [], newest, ...rules }: TagRules): void {
  const wrong = names.find((name) => !isTag(name));
  if (wrong !== undefined) throw unusable(`the tag "${wrong}"`, "it is no tag");
  if (newest !== undefined && !(Number.isSafeInteger(newest) && newest >= 1)) {
    throw unusable(`newest ${newest}`, "it is no number from 1 on");
  }
  patternsOf(rules);
  (rules.exclude ?? []).forEach(readGlob);
}

function unusable(what: string, found: string): PauseError {
  return new PauseError("usage", `Cannot choose tags by ${what}: ${found}.`);
}

/**
 * Selects tags.
 *
 * @param repository how messages name it
 * @param tags all tags of the repository, in any order
 * @returns the wanted tags in the order of their code points, each once; never one that hangs on an
 * image, unless it is named
 * @throws PauseError `registry` when a name, or anything that a pattern selects, is not there;
 * `usage` when a pattern is none
 */
export function selectTags(
  repository: string,
  tags: readonly string[],
  rules: TagRules,
): string[] {
  const { names = [] } = rules;
  const missing = names.find((name) => !tags.includes(name));
  if (missing !== undefined) throw missingTag(repository, missing, tags);
  const selected = isNamesOnly(rules) ? [] : selectByPattern(repository, tags, rules);
  return [...new Set([...names, ...selected])].sort();
}

/** The error for a tag that was asked for by its name and is not there. */
export function missingTag(repository: string, tag: string, tags: readonly string[]): PauseError {
  const images = tags.filter((other) => !isAttachmentTag(other));
  return new PauseError(
    "registry",
    `Cannot mirror ${repository}:${tag}: there is no such tag among ${images.length}.${
      didYouMean(tag, images)
    }`,
  );
}

function selectByPattern(
  repository: string,
  tags: readonly string[],
  rules: TagRules,
): readonly string[] {
  const excluded = (rules.exclude ?? []).map(readGlob);
  const images = tags.filter((tag) => !isAttachmentTag(tag))
    .map((tag) => [tag, readVersion(tag)] as const);
  const patterns = patternsOf(rules);
  for (const { says, takes } of patterns) {
    if (!images.some((image) => takes(...image))) throw nothing(repository, says, images, rules);
  }
  const left = images.filter(([tag, version]) =>
    patterns.some(({ takes }) => takes(tag, version)) && !excluded.some((glob) => glob(tag))
  );
  const picked = rules.newest === undefined
    ? left.map(([tag]) => tag)
    : newest(left.flatMap(([, version]) => version ?? []), rules, rules.newest);
  if (picked.length > 0) return picked;
  throw nothing(
    repository,
    left.length > 0 ? "newest" : "what the patterns select and exclude leaves",
    images,
    rules,
  );
}

function patternsOf(
  { match = [], semver = [], all = false, newest, prereleases = false }: TagRules,
): Pattern[] {
  const patterns = [
    ...match.map((glob): Pattern => ({ says: `the pattern "${glob}"`, takes: readGlob(glob) })),
    ...semver.map((text): Pattern => {
      const isIn = readRange(text, prereleases);
      return {
        says: `the range "${text}"`,
        takes: (_, version) => version !== undefined && isIn(version),
      };
    }),
  ];
  const takesAll = all || (patterns.length === 0 && newest !== undefined);
  return takesAll ? [...patterns, { says: "every tag", takes: () => true }] : patterns;
}

/** A range that names a pre-release asks for it; a glob that happens to match one does not. */
function newest(
  versions: readonly Version[],
  { semver = [], prereleases = false }: TagRules,
  count: number,
): string[] {
  const ranges = semver.map((text) => readRange(text));
  return versions.filter((version) =>
    prereleases || !version.isPrerelease || ranges.some((isIn) => isIn(version))
  ).sort(newestFirst).slice(0, count).map(({ tag }) => tag);
}

function nothing(
  repository: string,
  says: string,
  images: readonly (readonly [string, Version | undefined])[],
  { prereleases = false }: TagRules,
): PauseError {
  const before = images.filter(([, version]) => version?.isPrerelease).map(([tag]) => tag);
  // Globs go by letters alone.
  const isByVersion = says.startsWith("the range") || says === "newest";
  const hint = !isByVersion || before.length === 0 || prereleases
    ? ""
    : ` ${before.length} of them ${
      before.length === 1 ? "is a pre-release" : "are pre-releases"
    }, such as ${before[0]}, which "prereleases" lets in.`;
  return new PauseError(
    "registry",
    `Cannot mirror ${repository}: ${says} takes none of its ${images.length} tags.${hint}`,
  );
}
