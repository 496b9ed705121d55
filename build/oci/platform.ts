import { PauseError } from "../error.ts";

/**
 * Where an image runs, in Go's names.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.0/image-index.md#platform-variants
 */
export interface Platform {
  /** GOARCH: `amd64`, `arm`, `arm64`, … */
  readonly architecture: string;
  /** GOOS: `linux` or `windows`. */
  readonly os: string;
  /** The Windows build, such as `10.0.20348.2700`. */
  readonly "os.version"?: string;
  /** What the kernel must be able to do: `win32k`. */
  readonly "os.features"?: readonly string[];
  /** `v6` or `v7` for arm, `v8` for arm64. */
  readonly variant?: string;
}

/** The platform in a record that holds more, its fields in the order in which an index has them. */
export function platformIn(
  { architecture, os, "os.version": version, "os.features": features, variant }: Platform,
): Platform {
  return {
    architecture,
    os,
    ...(version !== undefined && { "os.version": version }),
    ...(features !== undefined && { "os.features": features }),
    ...(variant !== undefined && { variant }),
  };
}

/** `os/architecture[/variant]`, as container tools write it. */
export function formatPlatform(platform: Platform): string {
  const { os, architecture, variant } = platform;
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join("/");
}

/** What an architecture without a variant means, to every container runtime. */
const DEFAULT_VARIANTS: Readonly<Record<string, string>> = { arm: "v7", arm64: "v8" };

/** The variant, written out or not. Undefined where an architecture has none. */
export function variantOf({ architecture, variant }: Platform): string | undefined {
  return variant ?? DEFAULT_VARIANTS[architecture];
}

/** Whether the platforms are the same, a variant that goes without saying being as good as one said. */
export function isSamePlatform(one: Platform, other: Platform): boolean {
  return one.os === other.os && one.architecture === other.architecture &&
    variantOf(one) === variantOf(other);
}

/**
 * Reads `os/architecture[/variant]`, or that without the OS, which is then Linux: `arm/v6`.
 * @throws PauseError `usage`
 */
export function readPlatform(text: string): Platform {
  const parts = text.split("/");
  const isWell = parts.length <= 3 && parts.every((part) => /^[a-z0-9_.]+$/.test(part));
  if (!isWell) {
    throw new PauseError(
      "usage",
      `Cannot use the platform "${text}": it is no os/architecture[/variant], such as linux/arm64.`,
    );
  }
  const isShort = parts.length === 1 || parts.length === 2 && /^v\d+$/.test(parts[1] ?? "");
  const [os = "", architecture = "", variant] = isShort ? ["linux", ...parts] : parts;
  return { os, architecture, ...(variant !== undefined && { variant }) };
}

/** Whether `platform` is among the wanted ones. Without a variant, all variants are wanted. */
export function isWanted(platform: Platform, wanted: Platform): boolean {
  return wanted.variant === undefined
    ? platform.os === wanted.os && platform.architecture === wanted.architecture
    : isSamePlatform(platform, wanted);
}

/**
 * Whether a Windows version is one of a build, as runtimes choose images: 10.0.20348.2113 is of
 * 10.0.20348, and so is 10.0.20348 itself.
 */
export function isOfBuild(version: string | undefined, build: string): boolean {
  return version === build || version?.startsWith(`${build}.`) === true;
}

/** The platform's name, the Windows build included. */
export function nameOf(platform: Platform): string {
  const version = platform["os.version"];
  return formatPlatform(platform) + (version === undefined ? "" : ` ${version}`);
}
