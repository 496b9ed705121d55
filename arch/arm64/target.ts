import type { Target } from "../../build/compile/target.ts";

export const target: Target = {
  arch: "arm64",
  platforms: [{ os: "linux", architecture: "arm64", variant: "v8" }],
  // All is within 1 MiB: an address takes one instruction.
  llvm: { triple: "aarch64-linux-gnu", flags: ["-mcmodel=tiny", "-mgeneral-regs-only"] },
  gnu: {
    prefix: "aarch64-linux-gnu-",
    debian: "gcc-aarch64-linux-gnu",
    flags: ["-mcmodel=tiny", "-mgeneral-regs-only"],
  },
  zig: { triple: "aarch64-linux-musl", flags: ["-mcmodel=tiny"] },
  elf: { class: 64, endian: "little", machine: 183, maxPageSize: 0x10000 },
  windows: { triple: "aarch64-pc-windows-msvc", linker: "arm64", machine: 0xaa64 },
  qemu: "aarch64",
  abi:
    "Procedure Call Standard for the Arm 64-bit Architecture, 6.1: https://github.com/ARM-software/abi-aa; Linux, arch/arm64/kernel/entry.S",
};
