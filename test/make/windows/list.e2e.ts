// deadline: 600 s
import { existsSync } from "node:fs";
import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { run } from "../../../build/host/process.ts";
import type { Index, Manifest } from "../../../build/oci/manifest.ts";
import { withDockerRegistry } from "../../support/docker-registry.ts";
import { lacks, skip } from "../../support/skip.ts";
import { VERSIONS, windowsBase } from "../../support/windows-base.ts";
import { readDocument, tagsOf, windowsTest } from "./place.ts";

windowsTest(
  "one list has Linux, then Windows from the oldest, each with its base's version; each has its tag",
  async ({ registry, make }) => {
    await make("update-base");
    const { index, images, missing } = await make("all-push");
    assert.equal(missing, []);
    const tags = tagsOf(registry);
    assert.equal(Object.keys(tags).sort(), [
      "v1",
      "v1-linux-amd64",
      "v1-windows-amd64-1809",
      "v1-windows-amd64-ltsc2022",
      "v1-windows-amd64-ltsc2025",
    ]);
    assert.is(tags.v1, index?.digest);
    const { manifests } = readDocument<Index>(registry, tags.v1 ?? "");
    assert.equal(manifests.map(({ platform }) => platform), [
      { architecture: "amd64", os: "linux" },
      ...VERSIONS.map((version) => ({
        architecture: "amd64",
        os: "windows",
        "os.version": version,
      })),
    ]);
    assert.equal(
      manifests.map(({ digest }) => digest),
      ["linux-amd64", "windows-amd64-1809", "windows-amd64-ltsc2022", "windows-amd64-ltsc2025"]
        .map((suffix) => tags[`v1-${suffix}`]),
    );
    assert.equal(images.map(({ osVersion }) => osVersion), [undefined, ...VERSIONS]);
  },
);

windowsTest(
  "on the base's registry its layers are mounted: nobody fetches them, nobody sends them",
  async ({ registry, make }) => {
    await make("update-base");
    const before = registry.log.length;
    await make("all", "OUTPUT=registry");
    const { images } = await windowsBase();
    const own = images.map(({ layers }) => layers[1]?.descriptor.digest ?? "");
    const log = registry.log.slice(before);
    const about = (method: string) =>
      log.filter((entry) =>
        entry.method === method && own.some((digest) => entry.path.endsWith(digest))
      );
    assert.equal(about("GET"), []);
    const mounted = log.filter(({ query, status }) =>
      query.includes("from=base") && status === 201
    );
    assert.is(new Set(mounted.map(({ query }) => /mount=([^&]+)/.exec(query)?.[1])).size, 3);
    for (const digest of own) assert.ok(registry.repositories.get("k8s/pause")?.blobs.has(digest));
  },
);

windowsTest(
  "to another registry the base's layers are copied, foreign ones stay where they are",
  async ({ make, folder }) => {
    if (lacks("docker-registry", "skopeo")) return skip("docker-registry or skopeo is not there");
    await make("update-base");
    await withDockerRegistry(async ({ host }) => {
      const { index } = await make("all", "OUTPUT=registry", `REGISTRY=${host}/k8s`);
      assert.not.ok(existsSync(join(folder, "out")), "nothing is kept here");
      const skopeo = async (...words: string[]): Promise<string> => {
        const image = `docker://${host}/k8s/pause:v1`;
        const all = ["skopeo", "inspect", "--tls-verify=false", ...words, image] as const;
        const { exitCode, stdout, stderr } = await run(all);
        assert.is(exitCode, 0, stderr);
        return stdout;
      };
      const inspected = JSON.parse(await skopeo("--override-os", "windows"));
      assert.is(inspected.Digest, index?.digest);
      assert.is(inspected.Os, "windows");
      assert.is(inspected.Layers.length, 5);
      const config = JSON.parse(await skopeo("--override-os", "windows", "--config"));
      assert.is(config["os.version"], VERSIONS[0]);
      assert.is(config.config.User, "ContainerUser");
      assert.equal(config.config.Entrypoint, ["/pause.exe"]);
      assert.is(config.config.Cmd, undefined);
      assert.equal(config.config.Env, ["BASE=yes", "PATH=C:\\Windows\\system32;C:\\Windows;"]);
      assert.is(JSON.parse(await skopeo()).Os, "linux");
      await readLayers(folder, host, index?.digest ?? "");
    }, { foreignLayers: true });
  },
);

/** Fetches the first Windows image's own layers, and has GNU tar read them. */
async function readLayers(folder: string, host: string, index: string): Promise<void> {
  const get = async (path: string): Promise<Uint8Array> => {
    const answer = await fetch(`http://${host}/v2/k8s/pause/${path}`, {
      headers: {
        accept:
          "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json",
      },
    });
    assert.is(answer.status, 200, path);
    return new Uint8Array(await answer.arrayBuffer());
  };
  const json = async <Kind>(path: string): Promise<Kind> =>
    JSON.parse(new TextDecoder().decode(await get(path))) as Kind;
  const { manifests } = await json<Index>(`manifests/${index}`);
  const { layers } = await json<Manifest>(`manifests/${manifests[1]?.digest}`);
  const [windows, , ...ours] = layers;
  assert.is(windows?.mediaType, "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip");
  assert.equal(windows?.urls, [
    `https://mcr.example/v2/windows/nanoserver/blobs/${windows?.digest}`,
  ]);
  const listings = [];
  for (const { digest } of ours) {
    const file = join(folder, "layer.tar.gz");
    await writeFile(file, await get(`blobs/${digest}`));
    const { stdout, stderr, exitCode } = await run(["tar", "--numeric-owner", "-tvzf", file]);
    assert.is(exitCode, 0, stderr);
    listings.push(stdout.trimEnd().split("\n").map((line) => line.replace(/\s+/g, " ")));
  }
  const common = [
    "drwxr-xr-x 0/0 0 1970-01-01 00:00 Hives",
    "drwxr-xr-x 0/0 0 1970-01-01 00:00 Files",
  ];
  const names = (lines: readonly string[]) => lines.map((line) => line.split(" ").at(-1));
  for (const lines of listings) {
    assert.equal(lines.slice(0, 2).map((line) => line.replace(/\/$/, "")), common);
  }
  assert.equal(listings.map((lines) => names(lines.slice(2))), [
    ["Files/pause.exe"],
    ["Files/Windows/", "Files/Windows/System32/", "Files/Windows/System32/wincat.exe"],
    ["Files/Windows/", "Files/Windows/System32/", "Files/Windows/System32/diagtrack.dll"],
  ]);
}

windowsTest(
  "a registry that refuses foreign layers gets no tag and no image",
  async ({ make, run: pushing }) => {
    if (lacks("docker-registry")) return skip("docker-registry is not there");
    await make("update-base");
    await withDockerRegistry(async ({ host }) => {
      const { exitCode, stderr } = await pushing("all-push", `REGISTRY=${host}/k8s`);
      assert.is(exitCode, 8, stderr);
      assert.match(
        stderr,
        /Cannot push .* foreign layers, which stay at https:\/\/mcr\.example: .*validation\.manifests\.urls\.allow/,
      );
      const answer = await fetch(`http://${host}/v2/k8s/pause/tags/list`);
      assert.is(answer.status, 404, "not even the name is known there");
      await answer.body?.cancel();
    });
  },
);

windowsTest(
  "FORMAT=docker gives all layers Docker's types, the foreign one its own",
  async ({ make, run: pushing }) => {
    if (lacks("docker-registry", "skopeo")) return skip("docker-registry or skopeo is not there");
    await make("update-base");
    await withDockerRegistry(async ({ host }) => {
      await make("all", "OUTPUT=registry", `REGISTRY=${host}/k8s`, "FORMAT=docker");
      const from = `docker://${host}/k8s/pause:v1-windows-amd64-ltsc2022`;
      const raw = ["skopeo", "inspect", "--tls-verify=false", "--raw", from] as const;
      const { exitCode, stdout, stderr } = await run(raw);
      assert.is(exitCode, 0, stderr);
      const manifest = JSON.parse(stdout) as Manifest;
      assert.equal(manifest.layers.map(({ mediaType }) => mediaType), [
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        ...Array.from({ length: 4 }, () => "application/vnd.docker.image.rootfs.diff.tar.gzip"),
      ]);
    }, { foreignLayers: true });
    await withDockerRegistry(async ({ host }) => {
      const { exitCode, stderr } = await pushing(
        "all",
        "OUTPUT=registry",
        `REGISTRY=${host}/k8s`,
        "FORMAT=docker",
      );
      assert.is(exitCode, 8, stderr);
      assert.match(stderr, "validation.manifests.urls.allow");
    });
  },
);

windowsTest(
  "a layout gets the base's layers, but for the foreign ones, and skopeo reads it",
  async ({ folder, make }) => {
    await make("update-base");
    const { index } = await make("all");
    const blobs = await readdir(join(folder, "out/blobs/sha256"));
    const { images } = await windowsBase();
    for (const { layers: [windows, own] } of images) {
      assert.ok(blobs.includes(own?.descriptor.digest.slice(7) ?? ""));
      assert.not.ok(blobs.includes(windows?.descriptor.digest.slice(7) ?? ""));
    }
    const again = await make("all");
    assert.equal(again.index, index);
    if (lacks("skopeo")) return skip("skopeo is not there");
    const words = ["inspect", "--override-os", "windows", "--config", `oci:${folder}/out:v1`];
    const { exitCode, stdout, stderr } = await run(["skopeo", ...words]);
    assert.is(exitCode, 0, stderr);
    assert.is(JSON.parse(stdout)["os.version"], VERSIONS[0]);
  },
);

windowsTest(
  "a base of layers that anybody may hand on is copied whole",
  async ({ folder, make }) => {
    await make("update-base");
    await make("all", "OUTPUT=oci-archive:all.tar");
    assert.ok(existsSync(join(folder, "all.tar")));
    const { index } = await make("all");
    const { images } = await windowsBase({ foreign: false });
    const blobs = await readdir(join(folder, "out/blobs/sha256"));
    for (const { layers } of images) {
      for (const { descriptor } of layers) assert.ok(blobs.includes(descriptor.digest.slice(7)));
    }
    const pushed = await make("all-push");
    assert.equal(pushed.index, index);
    if (lacks("skopeo")) return skip("skopeo is not there");
    const to = `dir:${folder}/copied`;
    const words = ["--override-os", "windows", "copy", `oci:${folder}/out:v1`, to];
    const { exitCode, stderr } = await run(["skopeo", ...words]);
    assert.is(exitCode, 0, stderr);
  },
  { foreign: false },
);

windowsTest(
  "a published list loses no version and no Linux to what is picked",
  async ({ registry, make, run }) => {
    await make("update-base");
    const { index } = await make("all-push");
    for (const words of [["OSVERSION=1809"], ["OS=windows"]]) {
      const { exitCode, stderr } = await run("all-push", ...words);
      assert.is(exitCode, 3, stderr);
      assert.match(
        stderr,
        words[0] === "OS=windows"
          ? "linux/amd64"
          : "windows/amd64 10.0.20348, windows/amd64 10.0.26100",
      );
      assert.not.match(stderr, "17763");
      assert.is(tagsOf(registry).v1, index?.digest);
    }
    await make("push", "OSVERSION=1809");
  },
);

windowsTest("made again from nothing, all bytes are the same", async (one) => {
  await one.make("update-base");
  const first = await one.make("all", "OUTPUT=oci:one");
  await rm(join(one.folder, "bin"), { recursive: true });
  const second = await one.make("all", "OUTPUT=oci:two");
  assert.equal(second.index, first.index);
});

windowsTest(
  "a published list keeps its Windows when Linux alone is built, unless ALL_OS says so",
  async ({ registry, make, run }) => {
    await make("update-base");
    const { index } = await make("all-push");
    const linux = ["OS=linux", "BASE=scratch"];
    for (const goals of [["all-push"], ["push-manifest"], ["all", "OUTPUT=registry"]]) {
      const { exitCode, stderr } = await run(...goals, ...linux, "REV=y");
      assert.is(exitCode, 3, stderr);
      assert.match(
        stderr,
        /it would lose windows\/amd64 10\.0\.17763, .*26100, which OS leaves out\..* ALL_OS/,
      );
      assert.not.match(stderr, "linux/amd64");
      assert.is(tagsOf(registry).v1, index?.digest);
    }
    await make("push", ...linux, "REV=y");
    assert.is(tagsOf(registry).v1, index?.digest);
    const alone = await make("all-push", ...linux, "ALL_OS=linux", "REV=y");
    assert.is(tagsOf(registry).v1, alone.index?.digest);
    await make("all-push", ...linux, "REV=z");
  },
);

test.run();
