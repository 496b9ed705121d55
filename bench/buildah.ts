import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Contender, race, type Racer, timed } from "./race.ts";

/** The ways in which buildah can be set up for the same work. */
export interface Setup {
  readonly driver: "overlay" | "vfs";
  /** Stages built side by side; 0: no limit. */
  readonly jobs: number;
}

const SETUPS: readonly Setup[] = (["overlay", "vfs"] as const).flatMap((driver) =>
  [0, 1, 2].map((jobs) => ({ driver, jobs }))
);

/** A buildah with a storage of its own in `dir`. */
export interface Buildah {
  readonly setup: Setup;
  /** buildah with these words, in `cwd`. */
  command(cwd: string, ...words: string[]): Contender;
}

/** Gives `use` a buildah with new storage in `dir`; its making is on nobody's clock. */
export async function withBuildah<T>(
  dir: string,
  setup: Setup,
  use: (buildah: Buildah) => Promise<T>,
): Promise<T> {
  const storage = ["--root", join(dir, "root"), "--runroot", join(dir, "run")];
  const buildah: Buildah = {
    setup,
    command: (cwd, ...words) => ({
      command: ["buildah", ...storage, "--storage-driver", setup.driver, ...words],
      cwd,
    }),
  };
  await mkdir(dir);
  try {
    await timed(buildah.command(dir, "images"));
    return await use(buildah);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** A race of buildah against itself: the setup that is fastest here is the peer. */
export async function fastestSetup(
  dir: string,
  laps: number,
  work: (buildah: Buildah) => Contender,
): Promise<Setup> {
  const racers = SETUPS.map((setup): Racer => ({
    name: setup.driver,
    lap: (time) => withBuildah(dir, setup, (buildah) => time(work(buildah))),
  }));
  const medians = (await race(racers, laps)).map(({ spread }) => spread.median);
  return SETUPS[medians.indexOf(Math.min(...medians))] as Setup;
}
