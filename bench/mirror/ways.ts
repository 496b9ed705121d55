import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { commandLine } from "../../build/host/process.ts";
import type { Contender } from "../race.ts";
import { MAKE, type Stage } from "../stage.ts";
import { type FleetImage, repositoryOf } from "./fleet.ts";

/** A way of mirroring a fleet from one registry to the folder `mirror` of another. */
export interface Way {
  readonly name: string;
  readonly command: (from: string, to: string) => Promise<Contender>;
}

export const FOLDER = "mirror";

const SKOPEO = ["--all", "--preserve-digests", "--dest-tls-verify=false"] as const;

/** `pause-image sync` with a file, as a clone has it. */
export function ourSync({ dir }: Stage, fleet: readonly FleetImage[]): Way {
  return {
    name: "./make sync",
    command: async (from, to) => {
      const file = join(dir, "ours.yaml");
      await writeFile(file, ourFile(fleet, from, to));
      return { command: [MAKE, "sync", file] };
    },
  };
}

/** What a user of skopeo can do: one `sync` with a file, or a `copy` for each image. */
export function skopeoWays({ dir }: Stage, fleet: readonly FleetImage[]): Way[] {
  return [{
    name: "skopeo sync --all",
    command: async (from, to) => {
      const file = join(dir, "theirs.yaml");
      await writeFile(file, skopeoFile(fleet, from));
      const words = ["--src", "yaml", "--dest", "docker", file, `${to}/${FOLDER}`];
      return { command: ["skopeo", "sync", ...SKOPEO, ...words] };
    },
  }, {
    name: "skopeo copy --all, image by image",
    command: (from, to) => {
      const copies = fleet.map((image) => skopeoCopy(image, from, to)).join(" && ");
      return Promise.resolve({ command: ["sh", "-c", copies] });
    },
  }];
}

function skopeoCopy(image: FleetImage, from: string, to: string): string {
  const { tag } = image;
  const source = `docker://${from}/${repositoryOf(image)}:${tag}`;
  const destination = `docker://${to}/${repositoryOf(image, FOLDER)}:${tag}`;
  const words = ["copy", "--quiet", ...SKOPEO, "--src-tls-verify=false", source, destination];
  return commandLine(["skopeo", ...words]);
}

/** YAML takes JSON. */
function ourFile(fleet: readonly FleetImage[], from: string, to: string): string {
  const sources = [...tagsByRepository(fleet)].map(([repository, tags]) => {
    return { image: `${from}/${repository}`, tags };
  });
  const destinations = [{ to: `${to}/${FOLDER}/{name}` }];
  return JSON.stringify({ version: 1, sources, destinations });
}

/** @see https://github.com/containers/skopeo/blob/v1.9.3/docs/skopeo-sync.1.md#yaml-file-content-used-source-for---src-yaml */
function skopeoFile(fleet: readonly FleetImage[], from: string): string {
  const images = Object.fromEntries(tagsByRepository(fleet));
  return JSON.stringify({ [from]: { "tls-verify": false, images } });
}

function tagsByRepository(fleet: readonly FleetImage[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const image of fleet) {
    const tags = found.get(repositoryOf(image)) ?? [];
    found.set(repositoryOf(image), [...tags, image.tag]);
  }
  return found;
}
