import { join } from "node:path";
import { withDockerRegistry } from "../test/support/docker-registry.ts";
import { withLatency } from "../test/support/latency-proxy.ts";
import { PUSH, TRIPS } from "./budgets.ts";
import { type Buildah, withBuildah } from "./buildah.ts";
import { type Figure, ratio } from "./figure.ts";
import { type Contender, race, type Racer, timed } from "./race.ts";
import { ours, type Stage } from "./stage.ts";

const TAG = "bench";

/** Milliseconds that a byte takes to the far registry, or back. */
const ONE_WAY = 25;

/** A push command, to the registry at `host`. */
type Push = (host: string) => Contender;

/**
 * A push of the whole index to an empty repository, beside buildah with the same images. Both have
 * them built and stored already. The second lane of ours also sets the tag of each architecture.
 */
export async function push(stage: Stage): Promise<Figure[]> {
  return await withBoth(stage, async ({ us, usWithTags, them }) => {
    const [bare, tagged, theirs] = await race([
      near("./make all-push ARCH_TAGS=none", us),
      near("./make all-push", usWithTags),
      near("buildah manifest push --all", them),
    ], stage.laps);
    const what = "push to an empty repository: buildah ÷ ours";
    const unit = "×";
    return [
      { what, value: ratio(theirs, bare), unit, budget: PUSH, results: [bare, theirs] },
      {
        what: `${what}, which also sets each architecture's tag`,
        value: ratio(theirs, tagged),
        unit,
        results: [tagged, theirs],
      },
    ];
  });
}

/** The same push to a registry that is far away: the round trips that wait for one another. */
export async function trips(stage: Stage): Promise<Figure[]> {
  return await withBoth(stage, async ({ usWithTags, them }) => {
    const counts = { us: [] as number[], them: [] as number[] };
    const results = await race([
      far("./make all-push", usWithTags, counts.us),
      far("buildah manifest push --all", them, counts.them),
    ], Math.ceil(stage.laps / 3));
    const [here, there] = results;
    const unit = "round trips";
    const what = `push to a registry ${2 * ONE_WAY} ms away`;
    return [
      { what, value: Math.max(...counts.us), unit, budget: TRIPS, results: [here] },
      { what: `${what}, by buildah`, value: Math.max(...counts.them), unit, results: [there] },
    ];
  });
}

/** Builds the index, and has a buildah hold it as a list of the same images. */
async function withBoth<T>(
  stage: Stage,
  use: (pushes: { us: Push; usWithTags: Push; them: Push }) => Promise<T>,
): Promise<T> {
  const { dir } = stage;
  await timed(ours(stage, "all", `TAG=${TAG}`));
  return await withBuildah(join(dir, "buildah"), { driver: "vfs", jobs: 0 }, async (buildah) => {
    await timed(buildah.command(dir, "manifest", "create", "pause"));
    await timed(buildah.command(dir, "manifest", "add", "--all", "pause", `oci:out:${TAG}`));
    return await use({
      us: (host) => pushOurs(stage, host, "ARCH_TAGS=none"),
      usWithTags: (host) => pushOurs(stage, host),
      them: (host) => pushTheirs(stage, buildah, host),
    });
  });
}

function pushOurs(stage: Stage, host: string, ...more: string[]): Contender {
  return ours(stage, "all-push", `TAG=${TAG}`, `REGISTRY=${host}/k8s`, ...more);
}

function pushTheirs({ dir }: Stage, buildah: Buildah, host: string): Contender {
  const words = ["manifest", "push", "--quiet", "--all", "--tls-verify=false", "pause"];
  return buildah.command(dir, ...words, `docker://${host}/k8s/pause:${TAG}`);
}

/** Pushes to a registry of its own in every lap. */
function near(name: string, push: Push): Racer {
  return { name, lap: (time) => withDockerRegistry(({ host }) => time(push(host))) };
}

/** As {@link near}, with the delay; writes down the round trips. */
function far(name: string, push: Push, counts: number[]): Racer {
  return {
    name,
    lap: (time) =>
      withDockerRegistry((registry) =>
        withLatency(registry.host, ONE_WAY, async (proxy) => {
          await time(push(proxy.host));
          counts.push(proxy.counted().roundTrips);
        })
      ),
  };
}
