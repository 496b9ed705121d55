/**
 * Builds, saves, publishes and checks the pause image of Kubernetes: the same calls as the command
 * line's.
 *
 * @example Build two architectures into an OCI layout
 * ```ts
 * import { make } from "pause-image";
 *
 * const { saved } = await make({
 *   goals: ["all"],
 *   assignments: { ARCH: "amd64 arm64", OUTPUT: "oci:out" },
 *   directory: ".",
 * });
 * console.log(saved[0]?.references);
 * ```
 *
 * @example See why an image is no good pause image
 * ```ts
 * import { verify } from "pause-image";
 *
 * const { subjects } = await verify("registry.k8s.io/pause:3.10", { static: true });
 * for (const { name, rows } of subjects) {
 *   for (const { row, outcome, found } of rows) {
 *     if (outcome === "fail") console.log(`${name}: ${row.id}: ${found}`);
 *   }
 * }
 * ```
 *
 * @module
 */
import type { Report, VerifyOptions } from "./check/verify.ts";

export type { OpenOptions } from "./check/open.ts";
export type { Judged, Outcome, Statement } from "./check/row.ts";
export type { Checked, Report, VerifyOptions } from "./check/verify.ts";
export type { CopyEvent } from "./copy/copy.ts";
export { type ErrorCode, EXIT_CODES, PauseError } from "./error.ts";
export { type Goal, GOALS, type Step } from "./make/goals.ts";
export { make } from "./make/make.ts";
export { type Metadata, metadata } from "./make/metadata.ts";
export { plan } from "./make/plan.ts";
export type { MakeOptions } from "./make/prepare.ts";
export type { Assignments } from "./make/settings.ts";
export { type Variable, type VariableName, VARIABLES } from "./make/variables.ts";
export type { Delivered, Image, Made, MakeEvent, Program, Reference } from "./make/workshop.ts";
export type { Descriptor } from "./oci/descriptor.ts";
export type { Digest } from "./oci/digest.ts";
export type { Platform } from "./oci/platform.ts";

/**
 * Checks whether something is a good pause image, or a good pause program, row by row. Nothing is
 * written but temporary files. Programs are run, unless `options.static` is set, confined as
 * docs/verify.md says.
 *
 * @param name a program, an OCI layout, an archive, or an image on a registry: `bin/pause-amd64`,
 * `oci:out:3.10.2`, `pause.tar`, `registry.k8s.io/pause:3.10`
 * @throws PauseError `usage` when the name is none or names several images; `verification` for what
 * is no image, or is not for the wanted platforms; `registry`, `authentication`, `storage` when it
 * cannot be read; `interrupted`. A bad image is a result and no error
 */
export async function verify(name: string, options: VerifyOptions = {}): Promise<Report> {
  // Whoever builds does not load the checker.
  const checker = await import("./check/verify.ts");
  return await checker.verify(name, options);
}
