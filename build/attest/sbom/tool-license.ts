/** The licences that tools are given out under, by their names, as SPDX writes them. */
const LICENSES: Readonly<Record<string, string>> = {
  clang: "Apache-2.0 WITH LLVM-exception",
  "ld.lld": "Apache-2.0 WITH LLVM-exception",
  "lld-link": "Apache-2.0 WITH LLVM-exception",
  gcc: "GPL-3.0-or-later WITH GCC-exception-3.1",
  ld: "GPL-3.0-or-later",
  zig: "MIT",
};

/** The licence of a compiler or linker; undefined for one that nobody here knows. */
export function licenseOfTool(name: string): string | undefined {
  return Object.hasOwn(LICENSES, name) ? LICENSES[name] : undefined;
}
