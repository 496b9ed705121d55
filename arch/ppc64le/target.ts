import type { Target } from "../../build/compile/target.ts";

export const target: Target = {
  arch: "ppc64le",
  platforms: [{ architecture: "ppc64le", os: "linux" }],
  llvm: { triple: "powerpc64le-linux-gnu", flags: ["-mno-altivec", "-mno-vsx"] },
  gnu: {
    prefix: "powerpc64le-linux-gnu-",
    debian: "gcc-powerpc64le-linux-gnu",
    flags: ["-mno-altivec", "-mno-vsx"],
  },
  zig: { triple: "powerpc64le-linux-musl", flags: ["-mno-altivec", "-mno-vsx"] },
  elf: { class: 64, endian: "little", machine: 21, maxPageSize: 65536 },
  qemu: "ppc64le",
  abi: "https://www.kernel.org/doc/html/latest/arch/powerpc/syscall64-abi.html",
};
