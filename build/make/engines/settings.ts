import type { System } from "../../compile/target.ts";
import { PauseError } from "../../error.ts";
import { BUILDER_NAMES, type BuilderName } from "../../image/engine/builders.ts";
import type { Containerd } from "../../store/engine/engine.ts";

/** What the variables say of container engines. */
export interface EngineSettings {
  /** What builds the images; undefined: the embedded builder. */
  readonly builder?: BuilderName;
  /** Where OUTPUT=containerd imports to. */
  readonly containerd: Containerd;
}

/**
 * Reads ENGINE, CONTAINERD_ADDRESS and CONTAINERD_NAMESPACE.
 * @throws PauseError `usage`
 */
export function readEngines(
  value: (name: "ENGINE" | "CONTAINERD_ADDRESS" | "CONTAINERD_NAMESPACE") => string,
  systems: readonly System[],
): EngineSettings {
  const builder = BUILDER_NAMES.find((name) => name === value("ENGINE"));
  if (builder !== undefined && systems.includes("windows")) {
    throw new PauseError(
      "usage",
      `Cannot build for OS="windows" with ENGINE=${builder}: the embedded builder alone builds on the base that is locked. Leave ENGINE or OS out.`,
    );
  }
  const address = value("CONTAINERD_ADDRESS");
  const namespace = readNamespace(value("CONTAINERD_NAMESPACE"));
  return { ...(builder && { builder }), containerd: { address, namespace } };
}

/** @see https://github.com/containerd/containerd/blob/v1.6.20/identifiers/validate.go */
function readNamespace(namespace: string): string {
  if (/^[A-Za-z0-9]+([._-][A-Za-z0-9]+)*$/.test(namespace) && namespace.length <= 76) {
    return namespace;
  }
  throw new PauseError(
    "usage",
    `Cannot use CONTAINERD_NAMESPACE="${namespace}": it is up to 76 letters and digits, with a "_", "." or "-" here and there between them, such as k8s.io.`,
  );
}
