import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { IMAGE } from "./budgets.ts";
import { type Buildah, fastestSetup, withBuildah } from "./buildah.ts";
import { type Figure, ratio } from "./figure.ts";
import { type Contender, race, type Racer, timed } from "./race.ts";
import { ours, type Stage } from "./stage.ts";

/** Upstream's five, with the platform that each is for. */
const PLATFORMS: Readonly<Record<string, string>> = {
  amd64: "linux/amd64",
  arm: "linux/arm/v7",
  arm64: "linux/arm64",
  ppc64le: "linux/ppc64le",
  s390x: "linux/s390x",
};
const ARCH = `ARCH=${Object.keys(PLATFORMS).join(" ")}`;
/** buildah attaches nothing. */
const BARE = "ATTACH=none";

/**
 * Images of five architectures and their index, the programs given, beside buildah with the same
 * Dockerfile. (Ours are six images: arm in two variants.)
 */
export async function image(stage: Stage): Promise<Figure[]> {
  const { dir, laps } = stage;
  await timed(ours(stage, "all-container", ARCH, BARE));
  await writeDockerfile(dir);
  const setup = await fastestSetup(
    join(dir, "buildah"),
    Math.ceil(laps / 4),
    (buildah) => build(buildah, dir),
  );
  const us: Racer = {
    name: "./make all-container ATTACH=none",
    lap: async (time) => {
      await rm(join(dir, "out"), { recursive: true });
      await time(ours(stage, "all-container", ARCH, BARE));
    },
  };
  const peer: Racer = {
    name: `buildah build (${setup.driver}, --jobs ${setup.jobs})`,
    lap: (time) => withBuildah(join(dir, "buildah"), setup, (buildah) => time(build(buildah, dir))),
  };
  const results = await race([us, peer], laps);
  const [fast, slow] = results;
  const what = "five architectures' images and index: buildah ÷ ours";
  return [{ what, value: ratio(slow, fast), unit: "×", budget: IMAGE, results }];
}

function build(buildah: Buildah, cwd: string): Contender {
  const platforms = Object.values(PLATFORMS).join(",");
  const jobs = `--jobs=${buildah.setup.jobs}`;
  const words = ["build", "--quiet", jobs, "--platform", platforms, "--manifest", "pause"];
  return buildah.command(cwd, ...words, "--file", "Dockerfile", ".");
}

/** One Dockerfile for all: the rendered ones, with the architecture left to the engine. */
async function writeDockerfile(dir: string): Promise<void> {
  const rendered = await Promise.all(
    Object.keys(PLATFORMS).map(async (arch) => {
      const text = await readFile(join(dir, "bin", `Dockerfile-${arch}`), "utf8");
      return text.replaceAll(`pause-${arch}`, "pause-${TARGETARCH}");
    }),
  );
  const [first = ""] = rendered;
  if (rendered.some((text) => text !== first)) {
    throw new Error("The rendered Dockerfiles differ in more than the program's name.");
  }
  await writeFile(join(dir, "Dockerfile"), first.replace(/^FROM .*$/m, "$&\nARG TARGETARCH"));
}
