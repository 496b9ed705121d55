import type { Target } from "../../build/compile/target.ts";

export const target: Target = {
  arch: "arm",
  platforms: [{ os: "linux", architecture: "arm", variant: "v7" }, {
    os: "linux",
    architecture: "arm",
    variant: "v6",
  }],
  // One binary for v7 and v6: Thumb code as ARMv6 knows it (a Pi Zero runs it), half as long as ARM code.
  // GNU's compilers refuse hard float there; the program has no floating point.
  llvm: { triple: "arm-linux-gnueabi", flags: ["-march=armv6", "-mthumb", "-mfloat-abi=soft"] },
  gnu: {
    prefix: "arm-linux-gnueabi-",
    debian: "gcc-arm-linux-gnueabi",
    flags: ["-march=armv6", "-mthumb", "-mfloat-abi=soft"],
  },
  zig: { triple: "arm-linux-musleabi", flags: ["-mcpu=arm1176jz_s"] },
  elf: { class: 32, endian: "little", machine: 40, maxPageSize: 0x1000 },
  qemu: "arm",
  abi:
    "Procedure Call Standard for the Arm Architecture, 6.1: https://github.com/ARM-software/abi-aa; Linux, arch/arm/kernel/entry-common.S",
};
