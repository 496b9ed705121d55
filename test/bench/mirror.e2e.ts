import { test } from "uvu";
import * as assert from "uvu/assert";
import { fleetOf, putFleet, repositoryOf, requireFleet } from "../../bench/mirror/fleet.ts";
import { countRequests } from "../../bench/mirror/requests.ts";
import { FOLDER, ourSync, skopeoWays } from "../../bench/mirror/ways.ts";
import { timed } from "../../bench/race.ts";
import { registryStore } from "../../build/store/registry/registry.ts";
import { type DockerRegistry, withDockerRegistry } from "../support/docker-registry.ts";
import { withFolder } from "../support/folder.ts";
import { lacks, skip } from "../support/skip.ts";

const FLEET = fleetOf(7);
const [FIRST] = FLEET;

async function withFleet(use: (source: DockerRegistry) => Promise<void>): Promise<void> {
  await withDockerRegistry(async (source) => {
    await putFleet(source.host, FLEET);
    await use(source);
  }, { accessLog: true });
}

test("every way of mirroring that is measured mirrors every image", async () => {
  const missing = lacks("docker-registry", "skopeo");
  if (missing) return skip(missing);
  await withFolder((dir) =>
    withFleet(async ({ host: from }) => {
      const stage = { dir, laps: 1 };
      const ways = [ourSync(stage, FLEET), ...skopeoWays(stage, FLEET)];
      assert.is(ways.length, 3);
      for (const way of ways) {
        await withDockerRegistry(async ({ host: to }) => {
          await timed(await way.command(from, to));
          await requireFleet(to, FOLDER, FLEET);
        });
      }
    })
  );
});

test("a registry that lacks an image of the fleet is found out", async () => {
  const missing = lacks("docker-registry");
  if (missing) return skip(missing);
  await withDockerRegistry(async ({ host }) => {
    await putFleet(host, FLEET.slice(1));
    try {
      await requireFleet(host, "fleet", FLEET);
      assert.unreachable();
    } catch (error) {
      assert.match(String(error), /fleet\/image00:v0 names nothing/);
    }
  });
});

test("every request to a registry is counted, whatever comes of it, and nothing else", async () => {
  const missing = lacks("docker-registry");
  if (missing || FIRST === undefined) return skip(missing ?? "no image");
  await withFleet(async ({ host, log }) => {
    const before = await countRequests(log);
    const store = registryStore({ host, repository: repositoryOf(FIRST) });
    assert.ok(await store.resolve(FIRST.tag));
    assert.is(await store.resolve("none"), undefined);
    assert.is(await countRequests(log) - before, 2);
  });
});

test.run();
