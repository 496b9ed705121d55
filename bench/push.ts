import { join } from "node:path";
import { withDockerRegistry } from "../test/support/docker-registry.ts";
import { PUSH } from "./budgets.ts";
import { type Buildah, withBuildah } from "./buildah.ts";
import { type Figure, ratio } from "./figure.ts";
import { type Contender, race, type Racer, timed } from "./race.ts";
import { ours, type Stage } from "./stage.ts";

/** Of the index that {@link withPushes} builds, and pushes. */
export const TAG = "bench";

/** A push command, to the registry at `host`. */
export type Push = (host: string) => Contender;

/** Ways to push the same images: they are built, and stored in the layout `out`. */
export interface Pushes {
  readonly us: Push;
  /** Sets the tag of each architecture, too. */
  readonly usWithTags: Push;
  /** That, and attaches SBOMs and provenance; of a layout of its own, which has them. */
  readonly usAttaching: Push;
  readonly buildah: Push;
}

/**
 * A push of the whole index to an empty repository, beside buildah with the same images. Both have
 * them built and stored already. The second lane of ours also sets the tag of each architecture, the
 * third attaches SBOMs and provenance, which buildah does not.
 */
export async function push(stage: Stage): Promise<Figure[]> {
  return await withPushes(stage, async (pushes) => {
    const { us, usWithTags, usAttaching, buildah } = pushes;
    const [bare, tagged, attaching, theirs] = await race([
      near("./make all-push ARCH_TAGS=none ATTACH=none", us),
      near("./make all-push ATTACH=none", usWithTags),
      near("./make all-push", usAttaching),
      near("buildah manifest push --all", buildah),
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
      {
        what: "push that attaches SBOMs and provenance ÷ the same without",
        value: ratio(attaching, tagged),
        unit,
        results: [attaching, tagged],
      },
    ];
  });
}

/** Builds the index, and has a buildah hold it as a list of the same images. */
export async function withPushes<T>(
  stage: Stage,
  use: (pushes: Pushes) => Promise<T>,
): Promise<T> {
  const { dir } = stage;
  await timed(ours(stage, "all", `TAG=${TAG}`, BARE));
  await timed(ours(stage, "all", `TAG=${TAG}`, ATTACHED));
  return await withBuildah(join(dir, "buildah"), { driver: "vfs", jobs: 0 }, async (buildah) => {
    await timed(buildah.command(dir, "manifest", "create", "pause"));
    await timed(buildah.command(dir, "manifest", "add", "--all", "pause", `oci:out:${TAG}`));
    return await use({
      us: (host) => pushOurs(stage, host, BARE, "ARCH_TAGS=none"),
      usWithTags: (host) => pushOurs(stage, host, BARE),
      usAttaching: (host) => pushOurs(stage, host, ATTACHED),
      buildah: (host) => pushTheirs(stage, buildah, host),
    });
  });
}

/** What buildah does, and no more. */
const BARE = "ATTACH=none";
/** Where the images are that have something attached. */
const ATTACHED = "OUTPUT=oci:attached";

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
