/** The architectures whose kernels can have pages of 16 or 64 KiB. */
export const LARGE_PAGES: readonly string[] = ["arm64", "ppc64le", "loong64", "mips64le"];
