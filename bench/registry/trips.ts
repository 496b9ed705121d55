import { join } from "node:path";
import { withDockerRegistry } from "../../test/support/docker-registry.ts";
import { withFolder } from "../../test/support/folder.ts";
import { withLatency } from "../../test/support/latency-proxy.ts";
import { TRIPS } from "../budgets.ts";
import { withBuildah } from "../buildah.ts";
import type { Budget, Figure } from "../figure.ts";
import { type Push, type Pushes, TAG, withPushes } from "../push.ts";
import { type Contender, race, type Racer, type Time, timed } from "../race.ts";
import type { Stage } from "../stage.ts";
import { bundleCarrier, onDeno } from "./carrier.ts";

/** Milliseconds that a byte takes to the far registry, or back. */
export const ONE_WAY = 25;
const [OS, ARCH] = ["linux", "amd64"] as const;
const PLATFORM = `${OS}/${ARCH}`;

/** A job at a far registry. */
interface Errand {
  readonly what: string;
  readonly budget: Budget;
  /** Who does it, ours first. */
  readonly runners: readonly Runner[];
}

interface Runner {
  readonly name: string;
  /** Brings the registry, which is near then, into the state that the job finds. */
  readonly prepare?: Push;
  readonly job: (host: string, time: Time) => Promise<void>;
}

/** How many round trips wait for one another in a push, in the same push again, and in a pull. */
export async function trips(stage: Stage): Promise<Figure[]> {
  const carrier = await bundleCarrier(stage.dir);
  return await withPushes(stage, async (pushes) => {
    const figures: Figure[] = [];
    for (const errand of errands(stage, pushes, carrier)) {
      figures.push(...await run(errand, Math.ceil(stage.laps / 5)));
    }
    return figures;
  });
}

function errands(stage: Stage, { usWithTags, buildah }: Pushes, carrier: string): Errand[] {
  const pushers: [string, Push][] = [
    ["./make all-push ATTACH=none", usWithTags],
    ["skopeo copy --all", (host) => skopeo(stage, "--all", `oci:out:${TAG}`, remote(host))],
    ["buildah manifest push --all", buildah],
  ];
  const pushing = (isAgain: boolean): Runner[] =>
    pushers.map(([name, push]) => ({
      name,
      ...(isAgain && { prepare: push }),
      job: (host, time) => time(push(host)),
    }));
  const pulling = pullers(stage, carrier).map((puller) => ({ ...puller, prepare: usWithTags }));
  const away = `${2 * ONE_WAY} ms away`;
  return [
    { what: `push to a registry ${away}`, budget: TRIPS.push, runners: pushing(false) },
    { what: `the same push again, ${away}`, budget: TRIPS.again, runners: pushing(true) },
    { what: `pull of one platform, ${away}`, budget: TRIPS.pull, runners: pulling },
  ];
}

/** Each pulls into a place of its own that is empty. */
function pullers(stage: Stage, carrier: string): Runner[] {
  const { dir } = stage;
  return [{
    name: "copy() to an OCI layout",
    job: (host, time) =>
      withFolder((to) => time(onDeno(carrier, `${host}/k8s/pause:${TAG}`, `oci:${to}`, PLATFORM))),
  }, {
    name: "skopeo copy to an OCI layout",
    job: (host, time) => withFolder((to) => time(skopeo(stage, remote(host), `oci:${to}:${TAG}`))),
  }, {
    name: "buildah pull",
    job: (host, time) =>
      withBuildah(join(dir, "puller"), { driver: "vfs", jobs: 0 }, (buildah) => {
        const words = ["--quiet", "--tls-verify=false", "--platform", PLATFORM];
        return time(buildah.command(dir, "pull", ...words, remote(host)));
      }),
  }];
}

function remote(host: string): string {
  return `docker://${host}/k8s/pause:${TAG}`;
}

function skopeo({ dir }: Stage, ...words: string[]): Contender {
  const choice = ["--override-os", OS, "--override-arch", ARCH];
  const plain = ["--src-tls-verify=false", "--dest-tls-verify=false"];
  return { command: ["skopeo", ...choice, "copy", "--quiet", ...plain, ...words], cwd: dir };
}

async function run({ what, budget, runners }: Errand, laps: number): Promise<Figure[]> {
  const lanes = runners.map((runner) => ({ runner, counts: [] as number[] }));
  const results = await race(lanes.map(({ runner, counts }) => far(runner, counts)), laps);
  return lanes.map(({ runner, counts }, at): Figure => ({
    what: at === 0 ? what : `${what}, by ${runner.name.split(" ")[0]}`,
    value: Math.max(...counts),
    unit: "round trips",
    ...(at === 0 && { budget }),
    results: results.slice(at, at + 1),
  }));
}

/** Every lap has a registry of its own; the round trips are written down. */
function far({ name, prepare, job }: Runner, counts: number[]): Racer {
  return {
    name,
    lap: (time) =>
      withDockerRegistry(async ({ host }) => {
        if (prepare !== undefined) await timed(prepare(host));
        await withLatency(host, ONE_WAY, async (proxy) => {
          await job(proxy.host, time);
          counts.push(proxy.counted().roundTrips);
        });
      }),
  };
}
