import type { Target } from "../../build/compile/target.ts";

export const target: Target = {
  arch: "riscv64",
  platforms: [{ architecture: "riscv64", os: "linux" }],
  llvm: { triple: "riscv64-linux-gnu", flags: ["-march=rv64imac", "-mabi=lp64"] },
  gnu: {
    prefix: "riscv64-linux-gnu-",
    debian: "gcc-riscv64-linux-gnu",
    flags: ["-march=rv64imac", "-mabi=lp64"],
  },
  zig: { triple: "riscv64-linux-musl", flags: ["-mcpu=generic_rv64+m+a+c", "-mabi=lp64"] },
  elf: { class: 64, endian: "little", machine: 243, maxPageSize: 4096 },
  qemu: "riscv64",
  abi: "https://github.com/riscv-non-isa/riscv-elf-psabi-doc",
};
