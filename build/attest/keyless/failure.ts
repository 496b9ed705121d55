import { PauseError, reason } from "../../error.ts";
import { redacted } from "../../store/registry/http/redaction.ts";
import { brokenConnection } from "../../store/registry/http/trouble.ts";
import { troubleOf } from "../../store/registry/http/troubles.ts";

/** What was being done when one of sigstore's packages failed. */
export interface Circumstances {
  /** As it stands after "Cannot". */
  readonly task: string;
  readonly signal?: AbortSignal;
  /** What no message may hold: the packages quote what they were given. */
  readonly secrets?: readonly string[];
}

/** An error and what caused it, the outermost first. */
export function causesOf(error: unknown): readonly unknown[] {
  const causes = [error];
  while (causes.length < 8) {
    const last = causes.at(-1);
    const next = last instanceof Error ? last.cause : undefined;
    if (next === undefined) break;
    causes.push(next);
  }
  return causes;
}

/**
 * What a service of Sigstore that could not be asked is to the user.
 * @returns undefined when it is not the way to the service that failed
 */
export function unreachable(error: unknown, circumstances: Circumstances): PauseError | undefined {
  const { task, signal, secrets = [] } = circumstances;
  const causes = causesOf(error);
  const own = causes.find((cause) => cause instanceof PauseError) ?? quoted(causes);
  if (own !== undefined && !signal?.aborted) {
    // Of our own HTTP client, which bundles have in place of the packages'.
    const found = own.message.replace(/^Cannot ask /, "");
    return new PauseError(own.code, `Cannot ${task}: ${found}`, { cause: error });
  }
  // What the packages say themselves is about certificates without being TLS's.
  const bottom = causes.at(-1);
  const isLost = statusIn(error) === undefined && troubleOf(bottom) !== undefined;
  if (!isLost && !signal?.aborted) return undefined;
  return brokenConnection({ task, signal, secrets: new Set(secrets), peer: "service" }, bottom);
}

/** tuf-js keeps of some errors the text alone. */
function quoted(causes: readonly unknown[]): PauseError | undefined {
  const texts = causes.map((cause) => /PauseError: (.*)/s.exec(reason(cause))?.[1]);
  const text = texts.find((text) => text !== undefined);
  return text === undefined ? undefined : new PauseError("registry", text);
}

/** The status of the answer that an error is about, if it is about one. */
export function statusIn(error: unknown): number | undefined {
  const codes = causesOf(error).map((cause) => (cause as { statusCode?: unknown }).statusCode);
  return codes.find((code) => typeof code === "number");
}

/** What an error says at its bottom, fit for a message. */
export function wordsOf(error: unknown, secrets: readonly string[] = []): string {
  return redacted(reason(causesOf(error).at(-1)), secrets);
}
