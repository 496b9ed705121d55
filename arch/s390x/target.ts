import type { Target } from "../../build/compile/target.ts";

export const target: Target = {
  arch: "s390x",
  platforms: [{ os: "linux", architecture: "s390x" }],
  llvm: { triple: "s390x-linux-gnu", flags: [] },
  gnu: { prefix: "s390x-linux-gnu-", debian: "gcc-s390x-linux-gnu", flags: [] },
  zig: { triple: "s390x-linux-musl", flags: [] },
  elf: { class: 64, endian: "big", machine: 22, maxPageSize: 0x1000 },
  qemu: "s390x",
  abi:
    "ELF Application Binary Interface s390x Supplement, 1.2 and 1.3.3: https://github.com/IBM/s390x-abi; Linux, arch/s390/kernel/syscall.c",
};
