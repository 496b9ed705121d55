import { registryStore } from "../../build/store/registry/registry.ts";
import type { Store } from "../../build/store/store.ts";
import { withDockerRegistry } from "../../test/support/docker-registry.ts";
import type { Contender, Racer } from "../race.ts";
import { type BigImage, putBigImage } from "./big-image.ts";
import type { MemoryWatch } from "./memory.ts";

const REPOSITORY = "bench/big";
const TAG = "bench";

/** Carries the image from one `HOST/NAME:TAG` to another. */
export type Carry = (from: string, to: string) => Contender;

export const skopeoCopy: Carry = (from, to) => {
  const plain = ["--src-tls-verify=false", "--dest-tls-verify=false"];
  const words = ["copy", "--quiet", "--all", "--preserve-digests", ...plain];
  return { command: ["skopeo", ...words, `docker://${from}`, `docker://${to}`] };
};

/** Gives `use` the host of a registry that has the image. */
export async function withBigImage<T>(
  image: BigImage,
  use: (host: string) => Promise<T>,
): Promise<T> {
  return await withDockerRegistry(async ({ host }) => {
    await putBigImage(storeAt(host), image, TAG);
    return await use(host);
  });
}

/** Every lap has a registry of its own to carry to; a lap after which it lacks the image is none. */
export function lane(name: string, from: string, carry: Carry, memory: MemoryWatch): Racer {
  const image = (host: string): string => `${host}/${REPOSITORY}:${TAG}`;
  return {
    name,
    lap: (time) =>
      withDockerRegistry(async ({ host }) => {
        await time(memory.watched(carry(image(from), image(host))));
        const [there, here] = await Promise.all([from, host].map((at) => storeAt(at).resolve(TAG)));
        if (there?.digest === here?.digest) return;
        throw new Error(`${name} carried ${here?.digest}, not ${there?.digest}.`);
      }),
  };
}

function storeAt(host: string): Store {
  return registryStore({ host, repository: REPOSITORY });
}
