import { PauseError } from "../../error.ts";
import { formatPlatform, type Platform } from "../../oci/platform.ts";
import { runClient } from "../../store/engine/client.ts";
import type { BuilderName } from "./builders.ts";

/** What a builder said when it was asked what it is, and what it is wanted for. */
export interface Candidate {
  /** The output of each command of `identify`. */
  readonly said: readonly string[];
  readonly platforms: readonly Platform[];
  readonly signal?: AbortSignal;
}

/** Refuses builders that answer, and could still not build: all that would else show after compiling. */
export const REFUSALS: Readonly<
  Partial<Record<BuilderName, (candidate: Candidate) => Promise<void>>>
> = { docker: requirePlatforms, buildx: requireExporter };

/** Before 20.10 a daemon made images for its own platform alone. */
function requirePlatforms({ said: [version = ""], platforms }: Candidate): Promise<void> {
  const [, server = "", os = "", architecture = "", experimental] = version.split(" ");
  const [major = 0] = server.split(".").map(Number);
  if (os !== "linux") {
    return Promise.reject(refusal(
      "docker",
      `the daemon builds for ${os}, and the images are for linux`,
      "Switch it to Linux containers, or leave ENGINE out.",
    ));
  }
  const foreign = platforms.find((platform) => platform.architecture !== architecture);
  if (foreign === undefined || major >= 20 || experimental === "true") return Promise.resolve();
  return Promise.reject(refusal(
    "docker",
    `docker ${server} builds for ${os}/${architecture} alone, and not for ${
      formatPlatform(foreign)
    }`,
    `Choose ARCH=${architecture}, use docker 20.10 or newer, or leave ENGINE out.`,
  ));
}

/**
 * The builder inside of a docker daemon writes archives only where the daemon's images are containerd's.
 * @see https://docs.docker.com/build/builders/drivers/
 */
async function requireExporter({ said: [, builder = ""], signal }: Candidate): Promise<void> {
  if (!/^Driver:\s+docker\s*$/m.test(builder)) return;
  const status = await runClient(
    "ask docker for its image store",
    ["docker", "info", "--format={{json .DriverStatus}}"],
    signal ? { signal } : {},
  );
  if (status.includes("io.containerd.snapshotter.v1")) return;
  throw refusal(
    "buildx",
    "its builder has the driver docker, which writes no archives",
    'Make another one with "docker buildx create --use --driver docker-container", or use ENGINE=docker.',
  );
}

function refusal(name: BuilderName, found: string, next: string): PauseError {
  return new PauseError("toolchain", `Cannot build with ENGINE=${name}: ${found}. ${next}`);
}
