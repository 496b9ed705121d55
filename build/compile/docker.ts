import { basename, dirname, resolve } from "node:path";
import { PauseError } from "../error.ts";
import { run } from "../host/process.ts";
import { compilerNames, gccArguments } from "./gcc.ts";
import { findProgram } from "./find-program.ts";
import { installHint } from "./install.ts";
import type { Target } from "./target.ts";
import type { FindOptions, Toolchain } from "./toolchain.ts";

/**
 * The image that upstream compiles in. It has GNU's cross compilers for amd64, 386, arm, arm64,
 * ppc64le and s390x.
 *
 * @see https://github.com/kubernetes/release/tree/master/images/build/cross
 */
export const DEFAULT_IMAGE = "registry.k8s.io/build-image/kube-cross:v1.36.0-go1.26.2-bullseye.0";

/** Where the container sees the sources and the folder of the output. */
const SOURCE = "/source";
const OUTPUT = "/output";

/** $0 holds the names that the compiler may have, the first one that is there is run. */
const RUN_FIRST = 'for gcc in $0; do command -v "$gcc" >/dev/null && exec "$gcc" "$@"; done; ' +
  'echo "The image has no $0" >&2; exit 127';

/**
 * Finds docker and the image with GNU's cross compilers in it; pulls the image when it is not
 * there. Whether it has a compiler for each target shows when that is run.
 *
 * @throws PauseError `toolchain` when there is no docker or the image cannot be had; `interrupted`
 */
export async function findDocker(
  _targets: readonly Target[],
  { image = "", signal }: FindOptions = {},
): Promise<Toolchain> {
  const docker = findProgram("docker");
  if (docker === undefined) throw missing();
  const name = image === "" ? DEFAULT_IMAGE : image;
  return dockerToolchain(docker, name, await imageId(docker, name, signal));
}

/** The toolchain of an image that the engine has. */
export function dockerToolchain(docker: string, image: string, id: string): Toolchain {
  return {
    name: "docker",
    identify: () => Promise.resolve(id),
    tools: () => Promise.resolve([{ name: image, version: id, told: id }]),
    commands: (job) => [[
      docker,
      "run",
      "--rm",
      "--network=none",
      // Under a rootless engine root is who we are; under any other it may write to our folder.
      "--user=0:0",
      // SELinux would keep the container from both folders.
      "--security-opt=label=disable",
      `--mount=type=bind,${csv(`source=${resolve(job.root)}`)},target=${SOURCE},readonly`,
      `--mount=type=bind,${csv(`source=${resolve(dirname(job.output))}`)},target=${OUTPUT}`,
      "--entrypoint=/bin/sh",
      image,
      "-c",
      RUN_FIRST,
      compilerNames(job.target).join(" "),
      ...gccArguments({ ...job, root: SOURCE, output: `${OUTPUT}/${basename(job.output)}` }),
    ]],
  };
}

/** docker reads --mount as a line of CSV (RFC 4180): a folder may have a comma in its name. */
function csv(field: string): string {
  return /[",]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

/** The image's ID is the digest of its config: another content has another one. */
async function imageId(docker: string, image: string, signal?: AbortSignal): Promise<string> {
  const options = signal ? { signal } : {};
  const inspect = (): ReturnType<typeof run> =>
    run([docker, "image", "inspect", "--format={{.Id}}", image], options);
  const first = await inspect();
  if (first.exitCode === 0) return first.stdout.trim();
  const pulled = await run([docker, "pull", "--quiet", image], options);
  const second = pulled.exitCode === 0 ? await inspect() : pulled;
  if (second.exitCode === 0) return second.stdout.trim();
  throw new PauseError(
    "toolchain",
    `Cannot compile in the container image ${image}: docker cannot pull it: ${second.stderr.trim()}. Start docker, or set TOOLCHAIN_IMAGE to an image with GNU's cross compilers in it.`,
  );
}

function missing(): PauseError {
  const hint = installHint((packages) => packages.docker, "Install docker.");
  return new PauseError("toolchain", `Cannot compile with docker: there is no docker. ${hint}`);
}
