/** What the build type of our provenance means is written there. */
export const BUILD_TYPE =
  "https://github.com/pause-image/pause-image/blob/main/docs/provenance.md#v1";

/** Digests by algorithm, in hexadecimal or as git has them, as in-toto writes them. */
export interface DigestSet {
  readonly sha256?: string;
  readonly sha512?: string;
  readonly gitCommit?: string;
}

/**
 * One thing that went into a build or came out of it.
 * @see https://github.com/in-toto/attestation/blob/main/spec/v1/resource_descriptor.md
 */
export interface ResourceDescriptor {
  /** A path below the root of the sources with `/` (`src/linux/pause.c`), a tool (`clang`), or what a base is called. */
  readonly name?: string;
  readonly uri?: string;
  readonly digest?: DigestSet;
  /** Of a tool: `version`, `19.1.7`, and `told`, all that it says of it. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * The variables that change bytes, as they were resolved: `./make all NAME=value …` with all of them
 * makes the same images of the same sources with the same tools. Lists are joined by a space.
 */
export interface ByteVariables {
  /** Only where a Windows image is built on it, by its digest where it was locked. */
  readonly BASE?: string;
  readonly TAG: string;
  readonly VERSION: string;
  /** The commit that the annotations name; absent where there was none. */
  readonly REV?: string;
  readonly ARCH: string;
  readonly OS: string;
  readonly ALL_ARCH_WINDOWS?: string;
  readonly OSVERSION?: string;
  readonly FORMAT: string;
  readonly ENGINE: string;
  readonly CFLAGS: string;
  /** Seconds since 1970, in decimal. */
  readonly SOURCE_DATE_EPOCH: string;
  readonly TOOLCHAIN: string;
  readonly TOOLCHAIN_IMAGE?: string;
}

/**
 * The predicate of our provenance.
 * @see https://slsa.dev/spec/v1.0/provenance
 */
export interface Provenance {
  readonly buildDefinition: {
    readonly buildType: typeof BUILD_TYPE;
    readonly externalParameters: { readonly variables: ByteVariables };
    readonly internalParameters: { readonly builder: string };
    readonly resolvedDependencies: readonly ResourceDescriptor[];
  };
  readonly runDetails: {
    readonly builder: {
      readonly id: string;
      readonly version: { readonly "pause-image": string };
    };
    readonly metadata: { readonly invocationId?: string };
    /** The programs, by their paths below the working directory: `bin/pause-arm64`. */
    readonly byproducts: readonly ResourceDescriptor[];
  };
}
