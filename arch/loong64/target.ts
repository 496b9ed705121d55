import type { Target } from "../../build/compile/target.ts";

export const target: Target = {
  arch: "loong64",
  platforms: [{ os: "linux", architecture: "loong64" }],
  // clang clears memory with vectors, which not every processor has.
  llvm: { triple: "loongarch64-linux-gnu", flags: ["-mno-lsx"] },
  gnu: { prefix: "loongarch64-linux-gnu-", debian: "gcc-loongarch64-linux-gnu", flags: [] },
  zig: { triple: "loongarch64-linux-musl", flags: [] },
  elf: { class: 64, endian: "little", machine: 258, maxPageSize: 0x10000 },
  qemu: "loongarch64",
  abi:
    "LoongArch ELF psABI, Register Convention: https://github.com/loongson/la-abi-specs; Linux, arch/loongarch/kernel/entry.S",
};
