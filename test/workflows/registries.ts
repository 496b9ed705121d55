import * as assert from "uvu/assert";
import { run } from "../../build/host/process.ts";
import { VARIABLES } from "../../build/make/variables.ts";
import { mirrorImage } from "../../build/mirror/mirror.ts";
import { registryStore } from "../../build/store/registry/registry.ts";
import { upstreamImage, upstreamStore } from "../mirror/upstream-image.ts";
import { PASSWORD, USER, withDockerRegistry } from "../support/docker-registry.ts";

/** What an image is tagged that nobody names. */
export const TAG: string = VARIABLES.find(({ name }) => name === "TAG")?.fallback ?? "";

/** An image like upstream's, and the digest that it has everywhere. */
const IMAGE = upstreamImage();
export const DIGEST: string = IMAGE.index.descriptor.digest;
export const PLATFORMS: readonly string[] = [...IMAGE.images.keys()];

/**
 * Gives `use` a registry that anybody reads, with an image under `pause:3.10`, and an empty one that
 * asks everybody for a login.
 */
export async function withRegistries(
  use: (open: string, closed: string) => Promise<void>,
): Promise<void> {
  await withDockerRegistry(async ({ host: open }) => {
    const store = registryStore({ host: open, repository: "pause" });
    const { deliveries } = await mirrorImage(await upstreamStore(IMAGE), "3.10", [
      { store, tags: ["3.10"] },
    ]);
    assert.is(deliveries[0]?.error, undefined);
    await withDockerRegistry(({ host: closed }) => use(open, closed), {
      htpasswd: true,
      foreignLayers: true,
    });
  }, { foreignLayers: true });
}

interface Entry {
  readonly platform: {
    readonly os: string;
    readonly architecture: string;
    readonly variant?: string;
    readonly "os.version"?: string;
  };
}

/** What the closed registry has under a name, read by skopeo: its digest, and its platforms. */
export async function readBack(name: string): Promise<{ digest: string; platforms: string[] }> {
  const creds = ["--creds", `${USER}:${PASSWORD}`];
  const inspect = ["skopeo", "inspect", "--raw", "--tls-verify=false", ...creds] as const;
  const ended = await run([...inspect, `docker://${name}`]);
  assert.is(ended.exitCode, 0, ended.stderr);
  const { stdout: digest } = await run(["skopeo", "manifest-digest", "/dev/stdin"], {
    input: ended.stdout,
  });
  const { manifests } = JSON.parse(ended.stdout) as { manifests: readonly Entry[] };
  return {
    digest: digest.trim(),
    platforms: manifests.map(({ platform: { os, architecture, variant, ...more } }) =>
      [[os, architecture, variant].filter(Boolean).join("/"), more["os.version"]]
        .filter(Boolean).join(" ")
    ).filter((name) => name !== "unknown/unknown"),
  };
}
