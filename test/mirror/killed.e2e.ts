/**
 * `pause-image mirror` between two real registries, killed by SIGKILL at random moments and run again.
 *
 * PROPERTY_SEED has other moments; the same has the same, as far as processes that take turns can.
 */

import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { everySettled } from "../../build/host/settle.ts";
import { mirrorImage } from "../../build/mirror/mirror.ts";
import { registryStore } from "../../build/store/registry/registry.ts";
import type { Store } from "../../build/store/store.ts";
import { chance, SEED } from "../support/chance.ts";
import { withDockerRegistry } from "../support/docker-registry.ts";
import { type LatencyProxy, withLatency } from "../support/latency-proxy.ts";
import { onDeno } from "../support/program.ts";
import { report } from "../support/report.ts";
import { lacks, skip } from "../support/skip.ts";
import { type Ending, type Moment, runUntil } from "./killing.ts";
import { type SignedImage, signedImage, signedStore } from "./signed-image.ts";
import { lacking, referrersIn } from "./stores.ts";

const KILLS = 50;
/** So many repositories are mirrored to at once. */
const LANES = 3;
/** Milliseconds of the way to a registry: kills meet requests that are under way. */
const ONE_WAY = 4;
const TAG = "3.10";

const IMAGES = { old: signedImage(1), new: signedImage(2) } as const;
type Name = keyof typeof IMAGES;

/** Between two registries. */
interface Scene {
  /** The source, behind a delay. */
  readonly from: string;
  /** The destination, with nothing between, to see what there is. */
  readonly near: string;
  /** How many bytes an image takes to the destination. */
  readonly most: number;
}

/** What became of all rounds. */
interface Toll {
  kills: number;
  /** Ended before their moment. */
  late: number;
  /** Kills after which the tag named the new image already. */
  done: number;
}

/** An image on its way to one repository. */
interface Round {
  readonly scene: Omit<Scene, "most">;
  readonly repository: string;
  readonly image: Name;
}

async function mirror(round: Round, to: LatencyProxy, moment?: Moment): Promise<Ending> {
  const { scene, repository, image } = round;
  const words = ["mirror", `${scene.from}/pause:${image}`, `${to.host}/${repository}:${TAG}`];
  to.reset();
  return await runUntil([...onDeno(process.cwd()), ...words], to, moment);
}

async function mirrorToTheEnd(round: Round, to: LatencyProxy): Promise<void> {
  const { exitCode, stderr } = await mirror(round, to);
  assert.is(exitCode, 0, stderr);
  await holdsAll(storeOf(round), IMAGES[round.image]);
}

function storeOf({ scene: { near }, repository }: Round): Store {
  return registryStore({ host: near, repository });
}

/** Nothing is missing below any tag that there is, fallback tags of referrers and cosign's included. */
async function requireWholeTags(store: Store): Promise<void> {
  const tags: string[] = [];
  for await (const tag of store.tags()) tags.push(tag);
  for (const tag of tags) {
    // The registry lists a tag a moment before it has it, when its request outlives the killed run.
    if (await store.resolve(tag) === undefined) continue;
    assert.equal(await lacking(store, tag), [], `below ${store.name}:${tag}`);
  }
}

/** The image is there under its tag and digest, with all that hangs on it. */
async function holdsAll(store: Store, image: SignedImage): Promise<void> {
  assert.is((await store.resolve(TAG))?.digest, image.index.descriptor.digest);
  await requireWholeTags(store);
  const signature = await store.resolve(image.signatureTag);
  assert.is(signature?.digest, image.signature.descriptor.digest);
  assert.equal(await referrersIn(store, image.index), [image.sbom.descriptor.digest]);
}

function momentOf(most: number, round: Round): Moment {
  const draw = (what: string): number => chance(SEED, round.repository, round.image, what);
  return { bytes: most * draw("bytes"), milliseconds: 4 * ONE_WAY * draw("milliseconds") };
}

/** Kills one mirroring, sees what the tag names, and runs it again. */
async function killOnce(
  round: Round,
  most: number,
  before: Name | undefined,
  toll: Toll,
): Promise<void> {
  await withLatency(round.scene.near, ONE_WAY, async (to) => {
    const { exitCode, stderr } = await mirror(round, to, momentOf(most, round));
    if (exitCode === undefined) toll.kills++;
    else toll.late++;
    assert.ok(exitCode === undefined || exitCode === 0, stderr);
    const store = storeOf(round);
    const found = (await store.resolve(TAG))?.digest;
    const [was, is] = [before && IMAGES[before], IMAGES[round.image]];
    if (found === is.index.descriptor.digest) {
      if (exitCode === undefined) toll.done++;
      await holdsAll(store, is);
    } else {
      assert.is(found, was?.index.descriptor.digest);
      await requireWholeTags(store);
    }
    await mirrorToTheEnd(round, to);
  });
}

/** To a repository that is empty, then another image to the same tag; until there were enough kills. */
async function lane(scene: Scene, name: string, toll: Toll): Promise<void> {
  for (let at = 0; toll.kills < KILLS && toll.late < KILLS; at++) {
    const repository = `killed/${name}${at}`;
    await killOnce({ scene, repository, image: "old" }, scene.most, undefined, toll);
    await killOnce({ scene, repository, image: "new" }, scene.most, "old", toll);
  }
}

async function withScene(use: (scene: Omit<Scene, "most">) => Promise<void>): Promise<void> {
  await withDockerRegistry(async ({ host: source }) => {
    const store = registryStore({ host: source, repository: "pause" });
    for (const [tag, image] of Object.entries(IMAGES)) {
      await mirrorImage(await signedStore(image, tag), tag, [{ store, tags: [tag] }]);
    }
    await withDockerRegistry(({ host: near }) =>
      withLatency(source, ONE_WAY, ({ host: from }) => use({ from, near }))
    );
  });
}

/** Mirrors once, in peace. @returns how many bytes it sent */
async function measure(scene: Omit<Scene, "most">): Promise<number> {
  return await withLatency(scene.near, ONE_WAY, async (to) => {
    await mirrorToTheEnd({ scene, repository: "measure", image: "old" }, to);
    return to.counted().sent;
  });
}

test(`killed at ${KILLS} random moments and run again, a mirror is complete, and no tag ever names a part`, async () => {
  const missing = lacks("docker-registry");
  if (missing) return skip(missing);
  const started = performance.now();
  const toll: Toll = { kills: 0, late: 0, done: 0 };
  try {
    await withScene(async (bare) => {
      const scene = { ...bare, most: await measure(bare) };
      const lanes = Array.from({ length: LANES }, (_, at) => String.fromCharCode(97 + at));
      await everySettled(lanes.map((name) => lane(scene, name, toll)));
    });
    assert.ok(toll.kills >= KILLS, JSON.stringify(toll));
  } finally {
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    const { kills, late, done } = toll;
    report([
      `PROPERTY_SEED=${SEED}: ${kills} kills in ${seconds} s, ${done} of them after the tag was given; ${late} runs ended before`,
    ]);
  }
});

test.run();
