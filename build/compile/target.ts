import type { Platform } from "../oci/platform.ts";

/** An operating system that programs are compiled for. */
export type System = "linux" | "windows";

/** All that is particular to one architecture. One constant of this type in each `arch/<ARCH>/target.ts`. */
export interface Target {
  /** Go's name, as in `bin/pause-$ARCH`: the name of the folder. */
  readonly arch: string;
  /** The platforms that the one binary serves; the first one owns the tag `TAG-linux-ARCH`. */
  readonly platforms: readonly [Platform, ...Platform[]];
  /** LLVM's target triple, with the flags that choose CPU and ABI. */
  readonly llvm: { readonly triple: string; readonly flags: readonly string[] };
  /** The prefix of GNU's cross tools (`aarch64-linux-gnu-`), the Debian package of the compiler, its flags. */
  readonly gnu: {
    readonly prefix: string;
    readonly debian: string;
    readonly flags: readonly string[];
  };
  /** Zig's target. */
  readonly zig: { readonly triple: string; readonly flags: readonly string[] };
  readonly elf: {
    /** EI_CLASS. */
    readonly class: 32 | 64;
    /** EI_DATA. */
    readonly endian: "little" | "big";
    /** e_machine. */
    readonly machine: number;
    /** The largest page size, in bytes, of the kernels it runs on. */
    readonly maxPageSize: number;
  };
  /** For an architecture that Windows containers run on. */
  readonly windows?: {
    /** LLVM's target triple. */
    readonly triple: string;
    /** The machine in the words of Microsoft's linker. */
    readonly linker: string;
    /** The machine in the file header, IMAGE_FILE_MACHINE_*. */
    readonly machine: number;
  };
  /** The suffix of QEMU's user emulator: `qemu-aarch64-static`. */
  readonly qemu: string;
  /** The document that the syscall convention was taken from. */
  readonly abi: string;
}

/** Whether programs for a system are compiled for the architecture too. Linux runs on all of them. */
export function hasSystem({ windows }: Target, system: System): boolean {
  return system === "linux" || windows !== undefined;
}
