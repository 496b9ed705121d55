import { test } from "uvu";
import * as assert from "uvu/assert";
import { copy } from "../../../build/copy/copy.ts";
import type { Content, Descriptor } from "../../../build/oci/descriptor.ts";
import { readIndex } from "../../../build/oci/document.ts";
import { memoryStore } from "../../../build/store/memory.ts";
import { type RegistryOptions, registryStore } from "../../../build/store/registry/registry.ts";
import type { Store } from "../../../build/store/store.ts";
import {
  type DockerRegistryOptions,
  PASSWORD,
  USER,
  withDockerRegistry,
} from "../../support/docker-registry.ts";
import { sampleImage, sampleIndex } from "../../support/images.ts";
import { type LatencyProxy, withLatency } from "../../support/latency-proxy.ts";
import { lacks, skip } from "../../support/skip.ts";
import { putBlob } from "../put.ts";
import { anonymous, known } from "./open.ts";

/**
 * Milliseconds in each direction: far more than what requests that go out side by side are apart
 * on a busy machine. How many round trips there are does not depend on it.
 */
const ONE_WAY = 150;
const TAG = "3.10.2";
/** Nine architectures, one of them with two variants. */
const IMAGES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((seed) => sampleImage(seed));
const INDEX = sampleIndex(IMAGES);
const BLOBS = IMAGES.flatMap(({ config, layer }) => [config, layer]);

/** A push in the fewest steps that the protocol has: look up, begin, upload, images, index. */
async function push({ host }: LatencyProxy, options: RegistryOptions): Promise<void> {
  const store = registryStore({ host, repository: "k8s/pause" }, options);
  const there = await Promise.all([
    store.resolve(TAG).then((found) => found !== undefined),
    ...BLOBS.map(({ descriptor }) => store.hasBlob(descriptor)),
  ]);
  if (there.every(Boolean)) return;
  await Promise.all(BLOBS.map((blob) => putBlob(store, blob)));
  const put = (manifest: Content, tag: string): Promise<void> => store.putManifest(manifest, [tag]);
  await Promise.all(IMAGES.map(({ manifest }, at) => put(manifest, `${TAG}-linux-${at}`)));
  await put(INDEX, TAG);
}

/** The round trips of a first push and of a second one. */
async function counted(
  docker: DockerRegistryOptions,
  options: RegistryOptions,
): Promise<[first: number, second: number]> {
  return await withDockerRegistry(({ host }) =>
    withLatency(host, ONE_WAY, async (proxy) => {
      await push(proxy, options);
      const first = proxy.counted().roundTrips;
      proxy.reset();
      await push(proxy, options);
      return [first, proxy.counted().roundTrips];
    }), docker);
}

/**
 * Asserts how many round trips a first and a second push take. A busy machine pulls apart what goes
 * out side by side, which only adds some: so one of three times has to be right.
 */
async function takes(
  expected: readonly [first: number, second: number],
  docker: DockerRegistryOptions,
  options: RegistryOptions,
): Promise<void> {
  let found: readonly number[] = [];
  for (let left = 3; left > 0 && `${found}` !== `${expected}`; left -= 1) {
    found = await counted(docker, options);
  }
  assert.equal(found, expected);
}

test("a push of ten images to docker-registry takes 5 round trips, a second one 1", async () => {
  const missing = lacks("docker-registry");
  if (missing) return skip(missing);
  await takes([5, 1], {}, { credentials: anonymous });
});

test("a login costs the push one round trip more, however many requests are refused at first", async () => {
  const missing = lacks("docker-registry");
  if (missing) return skip(missing);
  const credentials = known({ username: USER, password: PASSWORD });
  await takes([6, 2], { htpasswd: true }, { credentials });
});

/** The round trips of `copy()`: a first push with all tags, the same again, and one platform back. */
async function copied(
  docker: DockerRegistryOptions,
  options: RegistryOptions,
): Promise<[push: number, again: number, pull: number]> {
  return await withDockerRegistry(({ host }) =>
    withLatency(host, ONE_WAY, async (proxy) => {
      const open = (): Store =>
        registryStore({ host: proxy.host, repository: "k8s/pause" }, options);
      const counted = async (work: () => Promise<unknown>): Promise<number> => {
        proxy.reset();
        await work();
        return proxy.counted().roundTrips;
      };
      const built = [INDEX, ...IMAGES.map(({ manifest }) => manifest), ...BLOBS];
      const childTags = ({ digest }: Descriptor): string[] => [`${TAG}-${digest.slice(-8)}`];
      const pushAll = (): Promise<Descriptor> =>
        copy(memoryStore("built", built), INDEX.descriptor.digest, open(), {
          tags: [TAG],
          childTags,
        });
      return [await counted(pushAll), await counted(pushAll), await counted(() => pull(open()))];
    }), docker);
}

/** Resolves the tag, takes the first platform of its list, and carries that here. */
async function pull(store: Store): Promise<void> {
  const { bytes } = await store.getManifest(TAG);
  const [first] = readIndex(bytes).manifests;
  const here = memoryStore("here");
  await copy(store, first?.digest ?? "", here, { tags: [TAG] });
  assert.is((await here.resolve(TAG))?.digest, IMAGES[0]?.manifest.descriptor.digest);
}

test("copy() pushes ten images and their list in at most 6 round trips, the same again in 2, and pulls one in 4", async () => {
  const missing = lacks("docker-registry");
  if (missing) return skip(missing);
  const credentials = known({ username: USER, password: PASSWORD });
  const most = { open: [6, 2, 4], withLogin: [6, 2, 4] };
  const found = {
    open: await least(() => copied({}, { credentials: anonymous })),
    withLogin: await least(() => copied({ htpasswd: true }, { credentials })),
  };
  for (const way of ["open", "withLogin"] as const) {
    assert.ok(
      found[way].every((trips, at) => trips <= (most[way][at] ?? 0)),
      `${way}: ${found[way].join(", ")}`,
    );
  }
});

/** The least of three counts each: a busy machine only adds some. */
async function least(count: () => Promise<readonly number[]>): Promise<readonly number[]> {
  const counts = [await count(), await count(), await count()];
  return [0, 1, 2].map((at) => Math.min(...counts.map((each) => each[at] ?? Infinity)));
}

test.run();
