import type { Descriptor } from "../../build/oci/descriptor.ts";

/*
 * How containerd on Windows chooses among the entries of an index, said again here, since no
 * containerd for Windows runs where these tests do.
 */

/** The build of a version: what stands before the update. */
function buildOf(version: string): readonly number[] {
  return version.split(".").slice(0, 3).map(Number);
}

function updateOf(version: string): number {
  return Number(version.split(".")[3] ?? 0);
}

const versionOf = ({ platform }: Descriptor): string => platform?.["os.version"] ?? "";

/** Chooses an entry for a host of `version`. */
export type Choose = (
  entries: readonly Descriptor[],
  version: string,
) => Descriptor | undefined;

const forWindows = (entries: readonly Descriptor[]): Descriptor[] =>
  entries.filter(({ platform }) => platform?.os === "windows" && platform.architecture === "amd64");

/**
 * containerd 1.6: the text of the host's build begins the entry's version. The host's own update goes
 * first, then the newest.
 * @see https://github.com/containerd/containerd/blob/release/1.6/platforms/defaults_windows.go
 */
const byPrefix: Choose = (entries, version) => {
  const build = version.split(".").slice(0, 3).join(".");
  const own = updateOf(version);
  const rank = (entry: Descriptor): number =>
    updateOf(versionOf(entry)) === own ? Infinity : updateOf(versionOf(entry));
  return forWindows(entries).filter((entry) => versionOf(entry).startsWith(build))
    .sort((one, other) => rank(other) - rank(one))[0];
};

/** The first build whose images run on all later ones: Windows Server 2022. */
const STABLE = 20348;

/**
 * containerd 2: before {@link STABLE} the same build, from there on any from it up to the host's own.
 * The version that comes last as a text goes first.
 * @see https://github.com/containerd/platforms/blob/main/platform_windows_compat.go
 */
const byCompatibility: Choose = (entries, version) => {
  const [major, minor, host = 0] = buildOf(version);
  const runs = (entry: Descriptor): boolean => {
    const [itsMajor, itsMinor, build = 0] = buildOf(versionOf(entry));
    if (itsMajor !== major || itsMinor !== minor) return false;
    return host < STABLE ? build === host : build >= STABLE && build <= host;
  };
  return forWindows(entries).filter(runs)
    .sort((one, other) => versionOf(one) < versionOf(other) ? 1 : -1)[0];
};

export const CONTAINERDS: Readonly<Record<string, Choose>> = {
  "containerd 1.6": byPrefix,
  "containerd 2": byCompatibility,
};
