import type { Target } from "../../build/compile/target.ts";

export const target: Target = {
  arch: "loong64",
  platforms: [{ architecture: "loong64", os: "linux" }],
  llvm: { triple: "loongarch64-linux-gnu", flags: ["-mno-lsx"] },
  gnu: { prefix: "loongarch64-linux-gnu-", debian: "gcc-loongarch64-linux-gnu", flags: [] },
  zig: { triple: "loongarch64-linux-musl", flags: ["-mno-lsx"] },
  elf: { class: 64, endian: "little", machine: 258, maxPageSize: 65536 },
  qemu: "loongarch64",
  abi: "https://github.com/loongson/la-abi-specs",
};
