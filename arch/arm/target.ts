import type { Target } from "../../build/compile/target.ts";

export const target: Target = {
  arch: "arm",
  platforms: [{ architecture: "arm", os: "linux", variant: "v7" }, {
    architecture: "arm",
    os: "linux",
    variant: "v6",
  }],
  llvm: { triple: "arm-linux-gnueabi", flags: ["-march=armv6", "-mthumb", "-mfloat-abi=soft"] },
  gnu: {
    prefix: "arm-linux-gnueabi-",
    debian: "gcc-arm-linux-gnueabi",
    flags: ["-march=armv6", "-mthumb", "-mfloat-abi=soft"],
  },
  zig: { triple: "arm-linux-musleabi", flags: ["-mcpu=arm1176jz_s", "-mthumb"] },
  elf: { class: 32, endian: "little", machine: 40, maxPageSize: 4096 },
  qemu: "arm",
  abi: "https://github.com/ARM-software/abi-aa/blob/main/aapcs32/aapcs32.rst",
};
