import { target as amd64 } from "../../arch/amd64/target.ts";
import { target as arm } from "../../arch/arm/target.ts";
import { target as arm64 } from "../../arch/arm64/target.ts";
import { target as i386 } from "../../arch/386/target.ts";
import { target as loong64 } from "../../arch/loong64/target.ts";
import { target as mips64le } from "../../arch/mips64le/target.ts";
import { target as ppc64le } from "../../arch/ppc64le/target.ts";
import { target as riscv64 } from "../../arch/riscv64/target.ts";
import { target as s390x } from "../../arch/s390x/target.ts";
import type { Target } from "./target.ts";

/** Every architecture, in the order in which they are listed everywhere. */
export const TARGETS: readonly Target[] = [
  amd64,
  arm,
  arm64,
  ppc64le,
  s390x,
  riscv64,
  loong64,
  i386,
  mips64le,
];

/** The target of Go's name `arch`, or undefined when there is none. */
export function findTarget(arch: string): Target | undefined {
  return TARGETS.find((target) => target.arch === arch);
}
