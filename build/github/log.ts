import { type Screen, screen } from "../terminal/screen.ts";
import type { Runner } from "./runner.ts";

/** The log of the step. */
export interface Log extends Screen {
  /** Folds what is logged by `act` under a name. */
  group<Value>(name: string, act: () => Promise<Value>): Promise<Value>;
}

/**
 * The runner's log as a screen, so that lines read as the command line's do.
 * @param environment decides on colours
 */
export function logOn(
  runner: Runner,
  environment: Readonly<Record<string, string | undefined>>,
): Log {
  const lines = screen({ write: (text) => tell(runner, text) }, environment);
  return {
    ...lines,
    async group(name, act) {
      runner.startGroup(name);
      try {
        return await act();
      } finally {
        runner.endGroup();
      }
    },
  };
}

function tell(runner: Runner, text: string): void {
  // The runner reads lines by any of these ends.
  for (const line of text.replace(/\n$/, "").split(/\r\n|\r|\n/)) runner.info(harmless(line));
}

/**
 * A line that the runner takes for no command to it: registries and images may hold any words.
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
 */
function harmless(line: string): string {
  return line.replace(/^(\s*):(?=:)/, "$1: ").replaceAll("##[", "# #[");
}
