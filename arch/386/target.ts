import type { Target } from "../../build/compile/target.ts";

export const target: Target = {
  arch: "386",
  platforms: [{ os: "linux", architecture: "386" }],
  // The oldest processor that kernels of this century run on.
  llvm: { triple: "i386-linux-gnu", flags: ["-march=i486"] },
  gnu: {
    prefix: "i686-linux-gnu-",
    debian: "gcc-i686-linux-gnu",
    flags: ["-march=i486", "-fcf-protection=none"],
  },
  zig: { triple: "x86-linux-musl", flags: ["-mcpu=i486"] },
  elf: { class: 32, endian: "little", machine: 3, maxPageSize: 0x1000 },
  qemu: "i386",
  abi:
    "System V ABI, Intel386 Architecture Processor Supplement 4th edition, 3-28: https://www.sco.com/developers/devspecs/abi386-4.pdf; Linux, arch/x86/entry/entry_32.S",
};
