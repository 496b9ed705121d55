import type { Target } from "../../build/compile/target.ts";

export const target: Target = {
  arch: "riscv64",
  platforms: [{ os: "linux", architecture: "riscv64" }],
  // Compressed code, and no floating point.
  llvm: { triple: "riscv64-linux-gnu", flags: ["-march=rv64imac", "-mabi=lp64"] },
  gnu: {
    prefix: "riscv64-linux-gnu-",
    debian: "gcc-riscv64-linux-gnu",
    flags: ["-march=rv64imac", "-mabi=lp64"],
  },
  zig: { triple: "riscv64-linux-musl", flags: ["-mcpu=generic_rv64+m+a+c"] },
  elf: { class: 64, endian: "little", machine: 243, maxPageSize: 0x1000 },
  qemu: "riscv64",
  abi:
    "RISC-V ABIs Specification, Integer Calling Convention: https://github.com/riscv-non-isa/riscv-elf-psabi-doc; Linux, arch/riscv/kernel/entry.S",
};
