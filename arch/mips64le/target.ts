import type { Target } from "../../build/compile/target.ts";

export const target: Target = {
  arch: "mips64le",
  platforms: [{ os: "linux", architecture: "mips64le" }],
  // The oldest 64-bit MIPS. Addresses have 32 bits: two instructions load one instead of six.
  llvm: {
    triple: "mips64el-linux-gnuabi64",
    flags: [
      "-march=mips3",
      "-mno-abicalls",
      "-msoft-float",
      "-Xclang",
      "-target-feature",
      "-Xclang",
      "+sym32",
    ],
  },
  gnu: {
    prefix: "mips64el-linux-gnuabi64-",
    debian: "gcc-mips64el-linux-gnuabi64",
    flags: ["-march=mips3", "-mno-abicalls", "-msym32", "-msoft-float"],
  },
  zig: { triple: "mips64el-linux-muslabi64", flags: ["-mcpu=mips3", "-mno-abicalls"] },
  elf: { class: 64, endian: "little", machine: 8, maxPageSize: 0x10000 },
  qemu: "mips64el",
  abi: "MIPSpro N32 ABI Handbook, 2 (n64 calls as n32 does); Linux, arch/mips/kernel/scall64-n64.S",
};
