import type { Target } from "../../build/compile/target.ts";

export const target: Target = {
  arch: "s390x",
  platforms: [{ architecture: "s390x", os: "linux" }],
  llvm: { triple: "s390x-linux-gnu", flags: [] },
  gnu: { prefix: "s390x-linux-gnu-", debian: "gcc-s390x-linux-gnu", flags: [] },
  zig: { triple: "s390x-linux-musl", flags: [] },
  elf: { class: 64, endian: "big", machine: 22, maxPageSize: 4096 },
  qemu: "s390x",
  abi: "https://github.com/IBM/s390x-abi",
};
