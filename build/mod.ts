/**
 * Builds, saves and publishes the pause image of Kubernetes: the same calls as the command line's.
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
 * @module
 */
export { type ErrorCode, EXIT_CODES, PauseError } from "./error.ts";
export { type Goal, GOALS } from "./make/goals.ts";
export { make } from "./make/make.ts";
export { type Metadata, metadata } from "./make/metadata.ts";
export { plan } from "./make/plan.ts";
export type { MakeOptions } from "./make/prepare.ts";
export type { Assignments } from "./make/settings.ts";
export { type Variable, type VariableName, VARIABLES } from "./make/variables.ts";
export type { Made, MakeEvent } from "./make/workshop.ts";
