import type { Target } from "../../build/compile/target.ts";

export const target: Target = {
  arch: "mips64le",
  platforms: [{ architecture: "mips64le", os: "linux" }],
  llvm: {
    triple: "mips64el-linux-gnuabi64",
    flags: [
      "-march=mips3",
      "-mno-abicalls",
      "-Xclang",
      "-target-feature",
      "-Xclang",
      "+sym32",
      "-msoft-float",
    ],
  },
  gnu: {
    prefix: "mips64el-linux-gnuabi64-",
    debian: "gcc-mips64el-linux-gnuabi64",
    flags: ["-march=mips3", "-mno-abicalls", "-msym32", "-msoft-float"],
  },
  zig: {
    triple: "mips64el-linux-muslabi64",
    flags: [
      "-mcpu=mips3",
      "-mno-abicalls",
      "-Xclang",
      "-target-feature",
      "-Xclang",
      "+sym32",
      "-msoft-float",
    ],
  },
  elf: { class: 64, endian: "little", machine: 8, maxPageSize: 65536 },
  qemu: "mips64el",
  abi: "https://www.kernel.org/doc/html/latest/arch/mips/index.html",
};
