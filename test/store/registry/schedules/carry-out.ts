import { setTimeout as sleep } from "node:timers/promises";
import { copy } from "../../../../build/copy/copy.ts";
import { children } from "../../../../build/oci/document.ts";
import { isManifest } from "../../../../build/oci/media-types.ts";
import { memoryStore } from "../../../../build/store/memory.ts";
import { openNetwork } from "../../../../build/store/registry/http/network.ts";
import { RETRY } from "../../../../build/store/registry/http/retry.ts";
import { registryStore } from "../../../../build/store/registry/registry.ts";
import type { Store } from "../../../../build/store/store.ts";
import type { OpenRegistry, RegistryOptions, TestRegistry } from "../../../support/registry.ts";
import type { Fault } from "../../../support/registry/faults.ts";
import { holding } from "../../../support/registry/held.ts";
import type { Route } from "../../../support/registry/route.ts";
import { readBlob } from "../../put.ts";
import { type Graph, GRAPHS, OLD } from "./graphs.ts";
import { type Mishap, MISHAPS } from "./mishaps.ts";
import type { Order, Schedule } from "./schedule.ts";

export const TAG = "3.10";
const SOURCE = "base/pause";
const DESTINATION = "k8s/pause";
/** Milliseconds after which a command hangs. What is silent is given up long before. */
const DEADLINE = 20_000;

/** A registry of a schedule, and the login that belongs to it. */
export interface Side {
  readonly registry: TestRegistry;
  readonly username: string;
  readonly password: string;
}

/** What became of a schedule. */
export interface Ended {
  readonly schedule: Schedule;
  readonly graph: Graph;
  /** What was thrown; undefined when it succeeded. */
  readonly error: unknown;
  /** Bytes that came out other than they should, by digest; when it succeeded. */
  readonly wrong: readonly string[];
  readonly source: Side;
  /** The same as `source`, unless it is a mirror. */
  readonly destination: Side;
  /** The repository that was written to; undefined when none was. */
  readonly written: string | undefined;
}

interface Place {
  readonly source: Side;
  readonly destination: Side;
  readonly schedule: Schedule;
  readonly graph: Graph;
  readonly signal: AbortSignal;
}

/** So that a login tells which command it comes from. */
let carriedOut = 0;

/** Carries a schedule out, and has `judge` look at what became of it before the registries end. */
export async function carryOut<T>(
  schedule: Schedule,
  open: OpenRegistry,
  judge: (ended: Ended) => T,
): Promise<T> {
  const number = ++carriedOut;
  const name = (side: Order["on"]): Omit<Side, "registry"> => ({
    username: `${side}-${number}`,
    password: `${side}-password`,
  });
  const login = name("source");
  return await open(optionsFor(schedule, login), async (registry) => {
    const source = { registry, ...login };
    if (schedule.act !== "mirror") return judge(await run(schedule, source, source));
    const other = name("destination");
    return await open(
      optionsFor(schedule, other),
      async (registry) => judge(await run(schedule, source, { registry, ...other })),
    );
  });
}

function optionsFor({ habits, auth }: Schedule, user: Omit<Side, "registry">): RegistryOptions {
  const { scheme, publicPull, tokenUses } = auth;
  if (scheme === "none") return habits;
  return {
    ...habits,
    auth: { scheme, publicPull, ...user, ...(tokenUses > 0 && { tokenUses }) },
  };
}

async function run(schedule: Schedule, source: Side, destination: Side): Promise<Ended> {
  const graph = GRAPHS[schedule.graph] ?? OLD;
  const stop = new AbortController();
  const place: Place = { source, destination, schedule, graph, signal: stop.signal };
  const written = prepare(place);
  for (const { on, where, mishap, nth, times } of schedule.orders) {
    const [method, route] = where.split(" ") as [string, Route];
    const fault = faultOf(mishap, graph, stop);
    (on === "source" ? source : destination).registry.fault({ method, route, nth, times, fault });
  }
  const ended = { schedule, graph, source, destination, written };
  try {
    return { ...ended, error: undefined, wrong: await inTime(ACTS[schedule.act](place)) };
  } catch (error) {
    return { ...ended, error, wrong: [] };
  }
}

function faultOf(mishap: Mishap, graph: Graph, stop: AbortController): Fault {
  if (mishap === "Ctrl-C") return stopping(stop);
  // Slow is not for minutes.
  if (mishap === "slow" && isHuge(graph)) return { drip: 500_000, every: 1 };
  return MISHAPS[mishap] ?? { delay: 0 };
}

function isHuge({ contents }: Graph): boolean {
  return contents.some(({ bytes }) => bytes.length > 1_000_000);
}

function stopping(stop: AbortController): Fault {
  return {
    alter(answer) {
      stop.abort();
      return answer;
    },
  };
}

/** Puts there what is there before. Returns the repository that is going to be written to. */
function prepare({ source, destination, schedule, graph }: Place): string | undefined {
  const { act, tagged } = schedule;
  const read = act === "push" ? [] : [[source, SOURCE, graph] as const];
  const before = tagged && (act === "push" || act === "copy" || act === "mirror")
    ? [[destination, DESTINATION, OLD] as const]
    : [];
  for (const [{ registry }, repository, { root, contents }] of [...read, ...before]) {
    registry.repositories.set(repository, holding(contents, { [TAG]: root }));
  }
  return act === "pull" || act === "read" ? undefined : DESTINATION;
}

async function inTime<Value>(work: Promise<Value>): Promise<Value> {
  const late = new AbortController();
  const hang = sleep(DEADLINE, undefined, { signal: late.signal })
    .then(() => Promise.reject(new Error(`it hangs: no end after ${DEADLINE / 1000} s`)));
  try {
    return await Promise.race([work, hang]);
  } finally {
    late.abort();
    hang.catch(() => {});
  }
}

function storeOn(place: Place, side: Side, repository: string): Store {
  const { login } = place.schedule.auth;
  const { registry: { host }, username, password } = side;
  const wrong = { username, password: `wrong-${password}` };
  const credential = login === "right" ? { username, password } : wrong;
  return registryStore({ host, repository }, {
    credentials: () => Promise.resolve(login === "none" ? {} : { credential }),
    network: openNetwork({ env: {} }),
    retry: { ...RETRY, firstDelay: 1, longestDelay: 20 },
    idleTimeout: 1_000,
    chunkSize: isHuge(place.graph) ? 1_000_000 : 6_000,
    signal: place.signal,
  });
}

/** Each returns what came out wrong. */
const ACTS: Readonly<Record<Schedule["act"], (place: Place) => Promise<readonly string[]>>> = {
  push: async (place) => {
    const from = memoryStore("memory", place.graph.contents);
    return await copied(place, from, place.graph.root.descriptor.digest);
  },
  copy: (place) => copied(place, storeOn(place, place.source, SOURCE), TAG),
  mirror: (place) => copied(place, storeOn(place, place.source, SOURCE), TAG),
  pull: async (place) => {
    const memory = memoryStore("memory");
    await copy(storeOn(place, place.source, SOURCE), TAG, memory, {
      tags: [TAG],
      signal: place.signal,
    });
    return await misread(memory, place.graph);
  },
  read: (place) => misread(storeOn(place, place.source, SOURCE), place.graph),
};

async function copied(place: Place, from: Store, ref: string): Promise<readonly string[]> {
  const to = storeOn(place, place.destination, DESTINATION);
  await copy(from, ref, to, { tags: [TAG], signal: place.signal });
  return [];
}

/** Reads all that is below the tag, and names what is not as it should be. */
async function misread(store: Store, graph: Graph, ref: string = TAG): Promise<readonly string[]> {
  const { descriptor, bytes } = await store.getManifest(ref);
  const wrong = isRight(graph, descriptor.digest, bytes) ? [] : [descriptor.digest];
  for (const child of children(descriptor, bytes)) {
    if (isManifest(child.mediaType)) wrong.push(...await misread(store, graph, child.digest) as []);
    else if (!isRight(graph, child.digest, await readBlob(store, child))) wrong.push(child.digest);
  }
  return wrong;
}

/** Whether the graph has those bytes under that digest. */
export function isRight(
  { contents }: Graph,
  digest: string,
  bytes: Uint8Array | undefined,
): boolean {
  const expected = contents.find(({ descriptor }) => descriptor.digest === digest)?.bytes;
  return expected !== undefined && bytes !== undefined &&
    expected.length === bytes.length && expected.every((byte, at) => byte === bytes[at]);
}
