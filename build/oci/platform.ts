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
  /** `v6` or `v7` for arm, `v8` for arm64. */
  readonly variant?: string;
}

/** `os/architecture[/variant]`, as container tools write it. */
export function formatPlatform(platform: Platform): string {
  const { os, architecture, variant } = platform;
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join("/");
}
