import type { Target } from "../../build/compile/target.ts";

export const target: Target = {
  arch: "arm64",
  platforms: [{ architecture: "arm64", os: "linux", variant: "v8" }],
  llvm: { triple: "aarch64-linux-gnu", flags: ["-mcmodel=tiny", "-mgeneral-regs-only"] },
  gnu: {
    prefix: "aarch64-linux-gnu-",
    debian: "gcc-aarch64-linux-gnu",
    flags: ["-mcmodel=tiny", "-mgeneral-regs-only"],
  },
  zig: { triple: "aarch64-linux-musl", flags: ["-mcmodel=tiny", "-mgeneral-regs-only"] },
  elf: { class: 64, endian: "little", machine: 183, maxPageSize: 65536 },
  qemu: "aarch64",
  abi: "https://github.com/ARM-software/abi-aa/blob/main/aapcs64/aapcs64.rst",
};
