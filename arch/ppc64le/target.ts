import type { Target } from "../../build/compile/target.ts";

export const target: Target = {
  arch: "ppc64le",
  platforms: [{ os: "linux", architecture: "ppc64le" }],
  // The base of the architecture, for hosts where the newer half is switched off.
  llvm: { triple: "powerpc64le-linux-gnu", flags: ["-mno-altivec", "-mno-vsx"] },
  gnu: {
    prefix: "powerpc64le-linux-gnu-",
    debian: "gcc-powerpc64le-linux-gnu",
    flags: ["-mno-altivec", "-mno-vsx"],
  },
  zig: { triple: "powerpc64le-linux-musl", flags: [] },
  elf: { class: 64, endian: "little", machine: 21, maxPageSize: 0x10000 },
  qemu: "ppc64le",
  abi:
    "64-Bit ELF V2 ABI Specification, Power Architecture, 2.2 and 2.3: https://openpowerfoundation.org/specifications/64bitelfabi; Linux, Documentation/arch/powerpc/syscall64-abi.rst",
};
