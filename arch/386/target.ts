import type { Target } from "../../build/compile/target.ts";

export const target: Target = {
  arch: "386",
  platforms: [{ architecture: "386", os: "linux" }],
  llvm: { triple: "i386-linux-gnu", flags: ["-march=i486"] },
  gnu: { prefix: "i686-linux-gnu-", debian: "gcc-i686-linux-gnu", flags: ["-march=i486"] },
  zig: { triple: "x86-linux-musl", flags: ["-mcpu=i486"] },
  elf: { class: 32, endian: "little", machine: 3, maxPageSize: 4096 },
  qemu: "i386",
  abi: "https://gitlab.com/x86-psABIs/i386-ABI",
};
