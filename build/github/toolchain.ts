import { installLine } from "../compile/install.ts";
import { PauseError } from "../error.ts";
import { run } from "../host/process.ts";
import type { Desk } from "./desk.ts";

/**
 * Does what needs a compiler. On a runner without clang and lld that are new enough, it installs
 * them by the system's package manager and does it again; PAUSE_NO_INSTALL=1 leaves it at the
 * message that names the command.
 *
 * @throws PauseError what `act` throws; `toolchain` when the installation fails
 */
export async function withToolchain<Value>(
  act: () => Promise<Value>,
  desk: Pick<Desk, "inputs" | "environment" | "log" | "signal">,
): Promise<Value> {
  try {
    return await act();
  } catch (error) {
    const line = installLine(({ clang }) => clang);
    if (line === undefined || !mayInstall(error, desk)) throw error;
    await desk.log.group("Install clang and lld", () => install(line, desk));
    return await act();
  }
}

function mayInstall(
  error: unknown,
  { inputs, environment }: Pick<Desk, "inputs" | "environment">,
): boolean {
  const isMissing = error instanceof PauseError && error.code === "toolchain";
  return isMissing && inputs.toolchain === "clang" && environment.PAUSE_NO_INSTALL !== "1";
}

async function install(line: string, { log, signal }: Pick<Desk, "log" | "signal">): Promise<void> {
  log.write(line);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const { exitCode } = await run(["sh", "-c", line], { output: "inherit", env, signal });
  if (exitCode === 0) return;
  throw new PauseError(
    "toolchain",
    `Cannot install clang and lld: "${line}" ended with exit code ${exitCode}. ` +
      "Install them in a step before this one, take a runner that has them, or choose another toolchain.",
  );
}
