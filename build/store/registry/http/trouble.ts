import { PauseError, reason } from "../../../error.ts";
import { redacted } from "./redaction.ts";
import type { Transport } from "./transport.ts";
import { troubleOf } from "./troubles.ts";

/**
 * What a request that got no answer is to the user. PauseErrors pass as they are: a redirect that
 * was refused, a source that could not be read.
 */
export function brokenConnection(
  transport: Pick<Transport, "task" | "signal" | "secrets" | "peer">,
  error: unknown,
): PauseError {
  if (error instanceof PauseError) return error;
  const { task, signal, secrets, peer = "registry" } = transport;
  if (signal?.aborted) {
    return new PauseError("interrupted", `Stopped while trying to ${task}.`, { cause: error });
  }
  const trouble = troubleOf(error);
  const { found = reason(error), hint, code = "registry" } = trouble ?? {
    found: "the connection failed",
    hint: "Run the command again.",
  };
  // The runtime's error may quote whole addresses, signed queries included.
  const [words, detail] = [redacted(found, secrets), redacted(innermost(error), secrets)];
  const next = hint.replaceAll("registry", peer);
  return new PauseError(code, `Cannot ${task}: ${words}. ${next}`, { cause: new Error(detail) });
}

/** What a source that broke while it was sent is to the user. PauseErrors pass as they are. */
export function brokenSource({ task }: Transport, error: unknown): PauseError {
  if (error instanceof PauseError) return error;
  return new PauseError(
    "storage",
    `Cannot ${task}: what was to be sent could not be read (${
      reason(error)
    }). Check where it comes from.`,
    { cause: error },
  );
}

function innermost(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause === undefined ? reason(error) : innermost(cause);
}
