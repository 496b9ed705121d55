import type { Target } from "../../build/compile/target.ts";

export const target: Target = {
  arch: "amd64",
  platforms: [{ architecture: "amd64", os: "linux" }],
  llvm: { triple: "x86_64-linux-gnu", flags: ["-mno-red-zone", "-mgeneral-regs-only"] },
  gnu: {
    prefix: "x86_64-linux-gnu-",
    debian: "gcc",
    flags: ["-mno-red-zone", "-mgeneral-regs-only"],
  },
  zig: { triple: "x86_64-linux-musl", flags: ["-mno-red-zone", "-mgeneral-regs-only"] },
  elf: { class: 64, endian: "little", machine: 62, maxPageSize: 4096 },
  qemu: "x86_64",
  abi: "https://gitlab.com/x86-psABIs/x86-64-ABI",
};
