import { type DockerRegistry, withDockerRegistry } from "../../test/support/docker-registry.ts";
import { withLatency } from "../../test/support/latency-proxy.ts";
import { MIRROR, REQUESTS } from "../budgets.ts";
import { type Figure, ratio } from "../figure.ts";
import { race, type Racer, timed } from "../race.ts";
import { ONE_WAY } from "../registry/trips.ts";
import type { Stage } from "../stage.ts";
import { type FleetImage, fleetOf, putFleet, requireFleet } from "./fleet.ts";
import { countRequests } from "./requests.ts";
import { FOLDER, ourSync, skopeoWays, type Way } from "./ways.ts";

/** How many images skopeo's ways are tried with. */
const TRIED = 4;

/** What both registries were asked in a lap. */
interface Asked {
  readonly source: number;
  readonly destination: number;
}

/** Mirroring a fleet, for the first time or again. */
interface Job {
  readonly stage: Stage;
  readonly source: DockerRegistry;
  readonly fleet: readonly FleetImage[];
  /** Whether the destination has all of it already. */
  readonly isAgain: boolean;
}

/** Many small images between two far registries; then once more, when there is nothing to do. */
export async function crowd(stage: Stage, count: number): Promise<Figure[]> {
  const fleet = fleetOf(count);
  return await withDockerRegistry(async (source) => {
    await putFleet(source.host, fleet);
    const job = { stage, source, fleet };
    return [
      ...await firstTime({ ...job, isAgain: false }),
      ...await again({ ...job, isAgain: true }),
    ];
  }, { accessLog: true });
}

async function firstTime(job: Job): Promise<Figure[]> {
  const { results } = await beside(job);
  const what = `${job.fleet.length} images, ${2 * ONE_WAY} ms away: skopeo ÷ ours`;
  return [{ what, value: ratio(results[1], results[0]), unit: "×", budget: MIRROR, results }];
}

async function again(job: Job): Promise<Figure[]> {
  const { results, ours, theirs } = await beside(job);
  const count = job.fleet.length;
  const requests = (asked: readonly Asked[], at: keyof Asked): Pick<Figure, "value" | "unit"> => {
    return { value: Math.max(...asked.map((one) => one[at])) / count, unit: "requests" };
  };
  const same = `the same ${count} again, up to date`;
  const each = `${same}, for each tag`;
  return [
    {
      what: `${same}: skopeo ÷ ours`,
      value: ratio(results[1], results[0]),
      unit: "×",
      budget: MIRROR,
      results,
    },
    { what: `${each}, to the source`, ...requests(ours, "source"), budget: REQUESTS },
    { what: `${each}, to the destination`, ...requests(ours, "destination"), budget: REQUESTS },
    { what: `${each}, to the source, by skopeo`, ...requests(theirs, "source") },
    { what: `${each}, to the destination, by skopeo`, ...requests(theirs, "destination") },
  ];
}

/** Us, and the faster of skopeo's ways. Laps take minutes: none is for warming up. */
async function beside(job: Job): Promise<{
  readonly results: Awaited<ReturnType<typeof race<[Racer, Racer]>>>;
  readonly ours: readonly Asked[];
  readonly theirs: readonly Asked[];
}> {
  const { stage, fleet } = job;
  const ours: Asked[] = [];
  const theirs: Asked[] = [];
  const peer = await faster({ ...job, fleet: fleet.slice(0, TRIED) });
  const results = await race(
    [
      far(ourSync(stage, fleet), job, ours),
      far(skopeoWays(stage, fleet)[peer], job, theirs),
    ],
    stage.laps,
    0,
  );
  return { results, ours, theirs };
}

/** Which of skopeo's ways does the job in less time, by its place among them. */
async function faster(job: Job): Promise<number> {
  const racers = skopeoWays(job.stage, job.fleet).map((way) => far(way, job));
  const times = (await race(racers, 1, 0)).map(({ spread }) => spread.median);
  return times.indexOf(Math.min(...times));
}

/** Every lap has a destination of its own; one after which it lacks an image is none. */
function far(way: Way | undefined, job: Job, asked: Asked[] = []): Racer {
  if (way === undefined) throw new Error("a way that there is not");
  const { stage, source, fleet, isAgain } = job;
  return {
    name: way.name,
    lap: (time) =>
      withDockerRegistry(async (destination) => {
        const { host } = destination;
        if (isAgain) await timed(await ourSync(stage, fleet).command(source.host, host));
        const before = await requestsTo(source, destination);
        await withLatency(source.host, ONE_WAY, (from) =>
          withLatency(host, ONE_WAY, async (to) =>
            time(await way.command(from.host, to.host))));
        const after = await requestsTo(source, destination);
        asked.push({
          source: after.source - before.source,
          destination: after.destination - before.destination,
        });
        await requireFleet(host, FOLDER, fleet);
      }, { accessLog: true }),
  };
}

async function requestsTo(source: DockerRegistry, destination: DockerRegistry): Promise<Asked> {
  return {
    source: await countRequests(source.log),
    destination: await countRequests(destination.log),
  };
}
