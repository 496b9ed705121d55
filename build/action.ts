import process from "node:process";
import {
  endGroup,
  error,
  info,
  setFailed,
  setOutput,
  setSecret,
  startGroup,
  summary,
  warning,
} from "@actions/core";
import { runStep } from "./github/run.ts";
import { onSignals } from "./terminal/signals.ts";

/** The door of GitHub Actions: action.yml names the bundle of this. */
async function main(): Promise<void> {
  const { signal, obey } = onSignals();
  await runStep({
    runner: {
      setSecret,
      info,
      startGroup,
      endGroup,
      error,
      warning,
      setFailed,
      setOutput,
      summarize: async (markdown) => void await summary.addRaw(markdown).write(),
    },
    environment: process.env,
    signal,
  });
  // A look-up of a name cannot be ended, and Node waits for it even in process.exit.
  obey();
}

void main();
