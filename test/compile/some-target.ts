import type { Target } from "../../build/compile/target.ts";

/** A target for tests that are about no architecture in particular. */
export function someTarget(changes: Partial<Target> = {}): Target {
  return {
    arch: "amd64",
    platforms: [{ os: "linux", architecture: "amd64" }],
    llvm: { triple: "x86_64-unknown-linux-gnu", flags: ["-mllvm-flag"] },
    gnu: { prefix: "x86_64-linux-gnu-", debian: "gcc-x86-64-linux-gnu", flags: ["-mgnu-flag"] },
    zig: { triple: "x86_64-linux-none", flags: ["-mzig-flag"] },
    elf: { class: 64, endian: "little", machine: 62, maxPageSize: 0x1_0000 },
    qemu: "x86_64",
    abi: "https://gitlab.com/x86-psABIs/x86-64-ABI",
    ...changes,
  };
}
