import type { Runner } from "../../build/github/runner.ts";

/** A runner that notes what it is told, a line each. */
export interface FakeRunner extends Runner {
  readonly told: string[];
}

export function fakeRunner(): FakeRunner {
  const told: string[] = [];
  const note = (what: string) => (text = ""): void => void told.push(`${what} ${text}`.trim());
  return {
    told,
    setSecret: note("secret"),
    info: note("info"),
    startGroup: note("group"),
    endGroup: note("end"),
    error: (message, place = {}) => void told.push(`error ${JSON.stringify(place)} ${message}`),
    warning: note("warning"),
    setFailed: note("failed"),
    setOutput: (name, value) => void told.push(`output ${name}=${value}`),
    summarize: (text) => Promise.resolve(note("summary")(text)),
  };
}
