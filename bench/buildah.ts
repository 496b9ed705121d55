import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Contender, race, timed } from "./race.ts";

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

/** Makes the storage in `dir`, so that its making is on nobody's clock. */
export async function openBuildah(dir: string, setup: Setup): Promise<Buildah> {
  await mkdir(dir, { recursive: true });
  const storage = ["--root", join(dir, "root"), "--runroot", join(dir, "run")];
  const buildah: Buildah = {
    setup,
    command: (cwd, ...words) => ({
      command: ["buildah", ...storage, "--storage-driver", setup.driver, ...words],
      cwd,
    }),
  };
  await timed(buildah.command(dir, "images"));
  return buildah;
}

/** A race of buildah against itself: the setup that is fastest here is the peer. */
export async function fastestSetup(
  dir: string,
  laps: number,
  work: (buildah: Buildah) => Contender,
): Promise<Setup> {
  const place = (lap: number, index: number): string => join(dir, `trial-${index}-${lap}`);
  const results = await race(
    SETUPS.map((setup, index) => ({
      name: setup.driver,
      prepare: async (lap) => work(await openBuildah(place(lap, index), setup)),
      clear: (lap) => rm(place(lap, index), { recursive: true, force: true }),
    })),
    laps,
  );
  const medians = results.map(({ spread }) => spread.median);
  return SETUPS[medians.indexOf(Math.min(...medians))] as Setup;
}
