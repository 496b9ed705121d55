/** Several images in one archive for `docker load`, as docker, podman and skopeo read it. */

import { join } from "node:path";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { run } from "../../build/host/process.ts";
import { mirrorImage } from "../../build/mirror/mirror.ts";
import { readManifest } from "../../build/oci/document.ts";
import { registryStore } from "../../build/store/registry/registry.ts";
import { withDockerRegistry } from "../support/docker-registry.ts";
import { withDockerd } from "../support/docker.ts";
import type { Engine } from "../support/engine.ts";
import { withFolder } from "../support/folder.ts";
import { withPodman } from "../support/podman.ts";
import { onDeno, runProgram } from "../support/program.ts";
import { lacks, skip } from "../support/skip.ts";
import { type UpstreamImage, upstreamImage, upstreamStore } from "./upstream-image.ts";

const [FIRST, OTHER] = [upstreamImage(1), upstreamImage(2)];
const PLATFORM = "linux/arm64";

/** The digest of the configuration of an image for {@link PLATFORM}, by which engines know it. */
function idOf(image: UpstreamImage): string {
  const manifest = image.images.get(PLATFORM);
  if (manifest === undefined) throw new Error(`no ${PLATFORM}`);
  return readManifest(manifest.bytes).config.digest;
}

/** An image of three names, of which two share everything, saved to one file. */
async function withArchive(
  use: (file: string, ids: Readonly<Record<string, string>>) => Promise<void>,
): Promise<void> {
  await withDockerRegistry(async ({ host }) => {
    const images = [["pause", FIRST], ["again/pause", FIRST], ["other/pause", OTHER]] as const;
    for (const [repository, image] of images) {
      const store = registryStore({ host, repository });
      const { deliveries } = await mirrorImage(await upstreamStore(image), "3.10", [
        { store, tags: ["3.10"] },
      ]);
      assert.is(deliveries[0]?.error, undefined);
    }
    await withFolder(async (folder) => {
      const file = join(folder, "a.tar");
      const names = images.map(([repository]) => `${host}/${repository}:3.10`);
      const words = ["save", ...names, file, "--format", "docker", "--platform", PLATFORM];
      const program = onDeno(process.cwd());
      const saved = await runProgram(process.cwd(), words, { program });
      assert.is(saved.exitCode, 0, saved.stderr);
      await use(
        file,
        Object.fromEntries(images.map(([, image], at) => [names[at] ?? "", idOf(image)])),
      );
    });
  }, { foreignLayers: true });
}

for (const [name, withEngine] of [["docker", withDockerd], ["podman", withPodman]] as const) {
  test(`${name} loads all images of one archive, each under its names`, async () => {
    const missing = lacks("docker-registry", name, ...(name === "docker" ? ["dockerd"] : []));
    if (missing) return skip(missing);
    await withArchive((file, ids) =>
      withEngine(async (engine: Engine) => {
        await engine.client("load", "--input", file);
        for (const [reference, id] of Object.entries(ids)) {
          const { Id, Architecture } = await engine.inspect(reference);
          assert.is(`sha256:${String(Id).replace("sha256:", "")}`, id, reference);
          assert.is(Architecture, "arm64");
        }
        const listed = await engine.client("images", "--quiet", "--no-trunc");
        assert.is(new Set(listed.split("\n")).size, 2);
      })
    );
  });
}

test("skopeo reads each image of the archive by its name", async () => {
  const missing = lacks("docker-registry", "skopeo");
  if (missing) return skip(missing);
  await withArchive(async (file, ids) => {
    await withFolder(async (folder) => {
      for (const [reference, id] of Object.entries(ids)) {
        const layout = `oci:${join(folder, id.slice(7, 19))}:x`;
        const words = ["--insecure-policy", "copy", `docker-archive:${file}:${reference}`, layout];
        const copied = await run(["skopeo", ...words]);
        assert.is(copied.exitCode, 0, copied.stderr);
        const { stdout } = await run(["skopeo", "inspect", "--raw", layout]);
        assert.is(JSON.parse(stdout).config.digest, id, reference);
      }
    });
  });
});

test.run();
