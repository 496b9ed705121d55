import { join } from "node:path";
import { PUSH } from "./budgets.ts";
import { type Buildah, openBuildah } from "./buildah.ts";
import { type Figure, ratio } from "./figure.ts";
import { type Contender, race, type Racer, timed } from "./race.ts";
import { type Registry, startRegistry } from "./registry.ts";
import { ours, type Stage } from "./stage.ts";

/** What the pushers push: the index of all architectures, under this tag. */
export const TAG = "bench";

/**
 * A push of the whole index to an empty repository, beside buildah with the same images. Both have
 * them built and stored already. The second lane of ours also sets the tag of each architecture.
 */
export async function push(stage: Stage): Promise<Figure[]> {
  const buildah = await openList(stage);
  const results = await race([
    pusher(stage, "./make all-push ARCH_TAGS=none", (host) => pushOurs(stage, host, "none")),
    pusher(stage, "./make all-push", (host) => pushOurs(stage, host, "all")),
    pusher(stage, "buildah manifest push --all", (host) => pushTheirs(buildah, host)),
  ], stage.laps);
  const [bare, tagged, theirs] = results;
  const what = "push to an empty repository: buildah ÷ ours";
  return [
    { what, value: ratio(theirs, bare), unit: "×", budget: PUSH, results: [bare, theirs] },
    {
      what: `${what}, ours with the architectures' tags`,
      value: ratio(theirs, tagged),
      unit: "×",
      results: [tagged, theirs],
    },
  ];
}

/** Builds the index, and has a buildah hold it as a list of the same images. */
export async function openList(stage: Stage): Promise<Buildah> {
  const { dir } = stage;
  await timed(ours(stage, "all", `TAG=${TAG}`));
  const buildah = await openBuildah(join(dir, "buildah"), { driver: "vfs", jobs: 0 });
  await timed(buildah.command(dir, "manifest", "create", "pause"));
  await timed(buildah.command(dir, "manifest", "add", "--all", "pause", `oci:out:${TAG}`));
  return buildah;
}

export function pushOurs(stage: Stage, host: string, archTags: "all" | "none"): Contender {
  const variables = [`TAG=${TAG}`, `REGISTRY=${host}/k8s`, `ARCH_TAGS=${archTags}`];
  return ours(stage, "all-push", ...variables);
}

export function pushTheirs(buildah: Buildah, host: string): Contender {
  const words = ["manifest", "push", "--quiet", "--all", "--tls-verify=false", "pause"];
  return buildah.command("/", ...words, `docker://${host}/k8s/pause:${TAG}`);
}

/** Pushes to a registry of its own in every lap. */
function pusher(stage: Stage, name: string, command: (host: string) => Contender): Racer {
  let registry: Registry | undefined;
  return {
    name,
    prepare: async () => {
      registry = await startRegistry(join(stage.dir, "registry"));
      return command(registry.host);
    },
    clear: async () => await registry?.stop(),
  };
}
