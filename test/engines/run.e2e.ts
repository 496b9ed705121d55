import { readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { sha256 } from "../../build/oci/digest.ts";
import { formatPlatform, type Platform } from "../../build/oci/platform.ts";
import { withDockerd } from "../support/docker.ts";
import type { Engine } from "../support/engine.ts";
import { withFolder } from "../support/folder.ts";
import { withPodman } from "../support/podman.ts";
import { output, TAG, withPushed } from "../support/pushed.ts";
import { lacks, skip } from "../support/skip.ts";

const ARCH =
  { x64: "amd64", arm64: "arm64", s390x: "s390x", ppc64: "ppc64le" }[process.arch as string];

/** The image is for this machine, not run by root, and ends at once when told to. */
async function runsAndStops(engine: Engine, reference: string): Promise<void> {
  const image = await engine.inspect(reference);
  assert.is(image["Architecture"], ARCH);
  const container = await engine.run(reference);
  const { State, Config } = await engine.inspect(container) as {
    State: { Running: boolean; Pid: number };
    Config: { User: string };
  };
  assert.ok(State.Running, await engine.logs(container));
  assert.is(Config.User, "65535:65535");
  assert.match(await readFile(`/proc/${State.Pid}/status`, "utf8"), /^Uid:\t65535\t65535\t/m);
  const { exitCode, milliseconds } = await engine.stop(container);
  assert.is(exitCode, 0);
  assert.ok(milliseconds < 1_000, `${engine.name} stop took ${Math.round(milliseconds)} ms`);
  assert.match(await engine.logs(container), /Shutting down, got signal: Terminated/);
}

test("skopeo reads ten platforms under the tag, and the digest that all-push printed", async () => {
  const missing = lacks("skopeo", "docker-registry");
  if (missing) return skip(missing);
  await withPushed(async (reference, { index, pushed }) => {
    const raw = await output(
      "skopeo",
      "inspect",
      "--raw",
      "--tls-verify=false",
      `docker://${reference}`,
    );
    assert.is(sha256(new TextEncoder().encode(raw)), index?.digest);
    assert.equal(pushed.at(-1), { reference, digest: index?.digest });
    const { manifests } = JSON.parse(raw) as { manifests: { platform: Platform }[] };
    const platforms = manifests.map(({ platform }) => formatPlatform(platform));
    assert.is(platforms.length, 10);
    assert.equal(platforms.filter((platform) => platform.startsWith("linux/arm/")).sort(), [
      "linux/arm/v6",
      "linux/arm/v7",
    ]);
  });
});

for (const [name, withEngine] of [["docker", withDockerd], ["podman", withPodman]] as const) {
  test(`${name} pulls the image that all-push pushed, runs it, and stops it within a second`, async () => {
    const missing = lacks(name, "docker-registry", ...(name === "docker" ? ["dockerd"] : ["runc"]));
    if (missing) return skip(missing);
    await withPushed((reference) =>
      withEngine(async (engine) => {
        await engine.pull(reference);
        await runsAndStops(engine, reference);
      })
    );
  });
}

test("docker loads OUTPUT=docker-archive, runs it, and stops it within a second", async () => {
  const missing = lacks("docker", "dockerd");
  if (missing) return skip(missing);
  await withFolder(async (folder) => {
    const archive = join(folder, "pause.tar");
    await output(
      "./make",
      "-C",
      folder,
      "all",
      `OUTPUT=docker-archive:${archive}`,
      `ARCH=${ARCH}`,
      `TAG=${TAG}`,
    );
    await withDockerd(async (docker) => {
      const reference = await docker.load(archive);
      assert.match(reference, new RegExp(`pause:${TAG}$`));
      await runsAndStops(docker, reference);
    });
  });
});

test.run();
