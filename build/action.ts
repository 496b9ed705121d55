import process from "node:process";
import * as core from "@actions/core";
import { runStep } from "./github/run.ts";
import { onSignals } from "./terminal/signals.ts";

/** The door of GitHub Actions: action.yml names the bundle of this. */
async function main(): Promise<void> {
  const { signal, obey } = onSignals();
  await runStep({
    runner: {
      ...core,
      summarize: async (markdown) => void await core.summary.addRaw(markdown).write(),
    },
    environment: process.env,
    signal,
  });
  // A look-up of a name cannot be ended, and Node waits for it even in process.exit.
  obey();
}

void main();
