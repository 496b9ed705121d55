import SemVer from "semver/classes/semver.js";

/** What a release is made of and called. */
export interface Release {
  readonly version: string;
  readonly prerelease: boolean;
  /**
   * The tag that moves along with the newest release of a major version, `v0`: whoever writes
   * `uses: pause-image/pause-image@v0` follows it. Undefined when it stays where it is, for a
   * pre-release and for a release that is older than another one.
   */
  readonly major: string | undefined;
  /** What CHANGELOG.md says about it. */
  readonly notes: string;
}

/** What a tag is compared with. */
export interface Found {
  /** Versions by the file that they stand in. */
  readonly versions: Readonly<Record<string, string>>;
  /** The text of CHANGELOG.md. */
  readonly changelog: string;
  /** The tags that there are, of any kind. */
  readonly tags: readonly string[];
}

/**
 * Compares a tag with what the files say.
 *
 * @param tag `v0.1.0`
 * @throws Error with everything that keeps the tag from being a release, a line each
 */
export function readRelease(tag: string, { versions, changelog, tags }: Found): Release {
  const version = versionOf(tag);
  if (version === undefined) {
    throw new Error(`Cannot release ${tag}: it is no version. Name the tag like v1.2.3.`);
  }
  const notes = notesOf(version.version, changelog);
  const wrong = [
    ...Object.entries(versions).filter(([, said]) => said !== version.version)
      .map(([file, said]) => `${file} says ${said}`),
    ...(notes === "" ? [`CHANGELOG.md has no "## ${version.version} - YYYY-MM-DD" with text`] : []),
  ];
  if (wrong.length > 0) {
    const hint = "Correct the files, and tag the commit that does.";
    throw new Error(`Cannot release ${tag}: ${wrong.join("; ")}. ${hint}`);
  }
  const prerelease = version.prerelease.length > 0;
  const isNewest = tags.every((other) => !isNewer(versionOf(other), version));
  return {
    version: version.version,
    prerelease,
    major: prerelease || !isNewest ? undefined : `v${version.major}`,
    notes,
  };
}

/** The version that a tag names; undefined for any other tag. */
function versionOf(tag: string): SemVer | undefined {
  try {
    const version = new SemVer(tag.slice(1));
    return tag === `v${version.version}` ? version : undefined;
  } catch {
    return undefined;
  }
}

/** Whether `other` is a release of the same major version, and a later one. */
function isNewer(other: SemVer | undefined, version: SemVer): boolean {
  return other !== undefined && other.prerelease.length === 0 && other.major === version.major &&
    other.compare(version) > 0;
}

/** The text between the heading of a version and the next one. */
function notesOf(version: string, changelog: string): string {
  const [, ...sections] = changelog.split(/^## /m);
  const isMeant = (section: string): boolean =>
    section.startsWith(`${version} - `) && /^\S+ - \d{4}-\d\d-\d\d\n/.test(section);
  return (sections.find(isMeant) ?? "").replace(/^.*\n/, "").trim();
}
