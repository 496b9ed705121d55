// deadline: 900 s
/** ENGINE: other builders make of our Dockerfiles what the embedded one makes. */
import { chmod, copyFile, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { TARGETS } from "../../../build/compile/targets.ts";
import { run } from "../../../build/host/process.ts";
import type { BuilderName } from "../../../build/image/engine/builders.ts";
import { withDockerd } from "../../support/docker.ts";
import { withFolder } from "../../support/folder.ts";
import { withPodman } from "../../support/podman.ts";
import { withRegistry } from "../../support/registry.ts";
import { lacks, skip } from "../../support/skip.ts";
import { type MakePlace, seenIn, withMake, write } from "./place.ts";

/** An engine of the test's own. */
interface Stand {
  readonly name: BuilderName;
  readonly programs: readonly string[];
  /** Gives `use` what leads a client to it. */
  readonly open: (use: (env: Readonly<Record<string, string>>) => Promise<void>) => Promise<void>;
  /** Lists what it holds: nothing, when it forgets what it built. */
  readonly images?: readonly [string, ...string[]];
  /** What it is asked to do in the way that the test wants. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The client of Debian's package, which has BuildKit in it. */
const DEBIAN = { PATH: `/usr/bin:${process.env.PATH}` };

const STANDS: Readonly<Record<string, Stand>> = {
  buildah: {
    name: "buildah",
    programs: ["buildah", "podman"],
    open: (use) => withPodman(({ env }) => use(env)),
    images: ["buildah", "images", "--all", "--quiet"],
  },
  podman: {
    name: "podman",
    programs: ["podman"],
    open: (use) => withPodman(({ env }) => use(env)),
    images: ["podman", "images", "--all", "--quiet"],
  },
  "docker, before BuildKit,": {
    name: "docker",
    programs: ["docker", "dockerd"],
    open: (use) => withDockerd(({ env }) => use(env)),
    // Of several stages it keeps those before the last one, without a name, as others keep a cache.
    images: ["docker", "images", "--filter=dangling=false", "--quiet"],
    env: { DOCKER_BUILDKIT: "0" },
  },
  "docker's BuildKit": {
    name: "docker",
    programs: ["docker", "dockerd"],
    open: (use) => withDockerd(({ env }) => use(env)),
    images: ["docker", "images", "--all", "--quiet"],
    env: { ...DEBIAN, DOCKER_BUILDKIT: "1" },
  },
  "a plug-in in buildx' place, started by the real docker,": {
    name: "buildx",
    programs: ["docker", "buildah", "podman"],
    open: (use) => withPodman(({ env }) => withPlugin((more) => use({ ...env, ...more }))),
  },
};

/** Debian 12 has no buildx. The plug-in takes the words that buildx takes, no others, and has buildah build. */
async function withPlugin(
  use: (env: Readonly<Record<string, string>>) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const plugin = join(folder, "cli-plugins/docker-buildx");
    await mkdir(join(folder, "cli-plugins"));
    await copyFile("test/make/engines/docker-buildx.sh", plugin);
    await chmod(plugin, 0o755);
    await use({ DOCKER_CONFIG: folder });
  });
}

/** Adds a test that runs once with each engine. */
function withEach(
  behaviour: string,
  body: (place: MakePlace, stand: Stand) => Promise<void>,
): void {
  for (const [title, stand] of Object.entries(STANDS)) {
    test(`${title} ${behaviour}`, async () => {
      const missing = lacks("clang-19", ...stand.programs);
      if (missing !== undefined) return skip(missing);
      if (process.arch !== "x64") return skip("the recipes are for amd64");
      await stand.open((env) =>
        withMake({ ...env, ...stand.env }, async (place) => {
          await body(place, stand);
          if (stand.images === undefined) return;
          const options = { env: { ...env, ...stand.env } };
          assert.is((await run(stand.images, options)).stdout, "", "something is left in it");
        })
      );
    });
  }
}

withEach(
  "makes the same images for all platforms, the same bytes each time, and once",
  async (place, { name }) => {
    const own = await place.make("all", "OUTPUT=oci:own");
    const words = ["all", `ENGINE=${name}`, "OUTPUT=oci:theirs"];
    const first = await place.make(...words);
    const platforms = TARGETS.flatMap((target) => target.platforms);
    assert.is(first.images.length, platforms.length);
    assert.equal(
      first.images.map(({ platform }) => platform),
      own.images.map(({ platform }) => platform),
    );
    assert.equal(await seenIn(place, "theirs"), await seenIn(place, "own"));
    const fresh = await place.attempt(...words);
    assert.match(fresh.stdout, /oci:theirs:3\.10\.2 .* is up to date/);
    for (const path of ["bin", "theirs"]) await rm(join(place.folder, path), { recursive: true });
    const again = await place.make(...words, "ARCH=amd64");
    assert.equal(
      again.images,
      first.images.filter(({ platform }) => platform === "linux/amd64"),
    );
  },
);

/** What every-instruction.Dockerfile takes. */
const FILES: Readonly<Record<string, string>> = {
  "dir/a": "A",
  "dir/sub/b": "B",
  "dir/with space": "S",
  "dir/left.out": "L",
  "link": "A",
  ".dockerignore": "# comment\n*\n!bin\n!dir\n!link\n**/*.out\n",
};

withEach("makes the same of every instruction", async (place, { name }) => {
  await write(place, FILES);
  const template = "test/image/every-instruction.Dockerfile";
  await copyFile(template, join(place.folder, "Dockerfile.tmpl"));
  await place.make("all", "ARCH=amd64", "OUTPUT=oci:own");
  await place.make("all", "ARCH=amd64", `ENGINE=${name}`, "OUTPUT=oci:theirs");
  assert.equal(await seenIn(place, "theirs"), await seenIn(place, "own"));
});

withEach(
  "builds what the embedded builder does not, and anew when a file of the context changed",
  async (place, { name }) => {
    const template = [
      "FROM scratch AS first",
      "ADD bin/pause-{{ARCH}} notes/* /kept/",
      "FROM scratch",
      "COPY --from=first /kept /",
      'ENTRYPOINT ["/pause-{{ARCH}}"]',
    ];
    await write(place, { "Dockerfile.tmpl": template.join("\n"), "notes/a": "A" });
    const refused = await place.attempt("all", "ARCH=arm64");
    assert.is(refused.exitCode, 6, refused.stderr);
    const words = ["all", "ARCH=arm64", `ENGINE=${name}`];
    await place.make(...words);
    const [seen] = await seenIn(place, "out");
    assert.equal(Object.keys(seen?.files ?? {}).filter((path) => !path.endsWith("/")), [
      "/a",
      "/pause-arm64",
    ]);
    assert.match((await place.attempt(...words)).stdout, "is up to date");
    await write(place, { "notes/b": "B" });
    assert.match((await place.attempt(...words)).stdout, "written");
    const [now] = await seenIn(place, "out");
    assert.match(now?.files["/b"] ?? "", "= B");
  },
);

withEach(
  "refuses a Dockerfile that takes what is not there, and the OUTPUT is not made",
  async (place, { name }) => {
    await write(place, { "Dockerfile.tmpl": "FROM scratch\nADD nothing /pause\n" });
    const { exitCode, stderr } = await place.attempt("all", "ARCH=amd64", `ENGINE=${name}`);
    assert.is(exitCode, 6, stderr);
    assert.match(stderr, "Cannot build bin/Dockerfile-amd64 for linux/amd64:");
    assert.match(stderr, "nothing");
    const { stdout } = await run(["ls", "-A", place.folder]);
    assert.equal(stdout.trim().split("\n"), ["Dockerfile.tmpl", "bin"]);
  },
);

test("what an engine built is pushed and verified as what we built ourselves", async () => {
  const missing = lacks("clang-19", "buildah", "podman");
  if (missing !== undefined) return skip(missing);
  await withPodman(({ env }) =>
    withMake(env, (place) =>
      withRegistry({}, async ({ host }) => {
        const words = ["ARCH=amd64 arm", "ALL_ARCH=amd64 arm", "ENGINE=buildah"];
        const pushed = await place.make("all-push", ...words, `REGISTRY=${host}/k8s`);
        assert.is(pushed.pushed[0]?.digest !== undefined, true);
        const straight = await place.make("all", ...words, "OUTPUT=registry", `REGISTRY=${host}/x`);
        assert.equal(straight.images, pushed.images);
        const verified = await place.attempt("verify", `${host}/k8s/pause:3.10.2`);
        assert.is(verified.exitCode, 0, verified.stdout + verified.stderr);
      }))
  );
});

test.run();
