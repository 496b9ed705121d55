import type { Target } from "../../build/compile/target.ts";

export const target: Target = {
  arch: "amd64",
  platforms: [{ os: "linux", architecture: "amd64" }],
  // The system calls are made with push and pop, so nothing may live below the stack pointer. Vector
  // registers would cost a move of six bytes to clear sixteen.
  llvm: { triple: "x86_64-linux-gnu", flags: ["-mno-red-zone", "-mgeneral-regs-only"] },
  gnu: {
    prefix: "x86_64-linux-gnu-",
    debian: "gcc",
    flags: ["-mno-red-zone", "-mgeneral-regs-only", "-fcf-protection=none"],
  },
  zig: { triple: "x86_64-linux-musl", flags: ["-mno-red-zone", "-mgeneral-regs-only"] },
  elf: { class: 64, endian: "little", machine: 62, maxPageSize: 0x1000 },
  windows: { triple: "x86_64-pc-windows-msvc", linker: "x64", machine: 0x8664 },
  qemu: "x86_64",
  abi:
    "System V ABI, AMD64 Architecture Processor Supplement 1.0, A.2.1 and 3.4.1: https://gitlab.com/x86-psABIs/x86-64-ABI",
};
