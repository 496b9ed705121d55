// deadline: 900 s
import { existsSync } from "node:fs";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Index, Manifest } from "../../build/oci/manifest.ts";
import { withDockerRegistry } from "../support/docker-registry.ts";
import type { TestRegistry } from "../support/registry.ts";
import { run } from "../../build/host/process.ts";
import { lacks, skip } from "../support/skip.ts";
import { VERSIONS, windowsBase } from "../support/windows-base.ts";
import { CONTAINERDS } from "../support/windows-hosts.ts";
import { publishBase, type WindowsPlace, withWindows } from "./windows-place.ts";

const LOCK = "src/windows/base.lock.json";
const missing = lacks("clang-19", "lld-link-19");

/** A test that compiles, in a place with a base. */
function windowsTest(
  name: string,
  use: (place: WindowsPlace) => Promise<void>,
  options: Parameters<typeof withWindows>[1] = {},
): void {
  test(name, () => missing === undefined ? withWindows(use, options) : skip(missing));
}

const tagsOf = ({ repositories }: TestRegistry): Record<string, string> =>
  Object.fromEntries(repositories.get("k8s/pause")?.tags ?? []);

/** Whether anything was pushed. */
const isUntouched = ({ repositories }: TestRegistry): boolean =>
  (repositories.get("k8s/pause")?.manifests.size ?? 0) === 0;

function readDocument<Kind>({ repositories }: TestRegistry, digest: string): Kind {
  const bytes = repositories.get("k8s/pause")?.manifests.get(digest)?.bytes;
  return JSON.parse(new TextDecoder().decode(bytes)) as Kind;
}

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
  async ({ base, make, folder }) => {
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
    assert.match(base, "base/windows");
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
  },
  { foreign: false },
);

windowsTest(
  "containerd chooses the image of its build, whatever its own update and ours",
  async ({ registry, make }) => {
    await make("update-base");
    const { index } = await make("all-push");
    const { manifests } = readDocument<Index>(registry, index?.digest ?? "");
    for (const [name, choose] of Object.entries(CONTAINERDS)) {
      for (const [at, build] of ["10.0.17763", "10.0.20348", "10.0.26100"].entries()) {
        for (const update of ["", ".0", ".1", ".3207", ".99999"]) {
          const chosen = choose(manifests, build + update)?.platform?.["os.version"];
          assert.is(chosen, VERSIONS[at], `${name} on ${build}${update}`);
        }
      }
      assert.is(choose(manifests, "10.0.14393.1"), undefined, name);
    }
  },
);

windowsTest(
  "without a lock Linux is built, and the rest is said to be missing; a push is refused before anything is sent",
  async ({ registry, run, folder, base }) => {
    const built = await run("all");
    assert.is(built.exitCode, 11, built.stderr);
    const { images, missing } = JSON.parse(built.stdout);
    assert.equal(images.map(({ platform }: { platform: string }) => platform), ["linux/amd64"]);
    assert.equal(missing.map(({ name }: { name: string }) => name), [
      "windows/amd64 1809",
      "windows/amd64 ltsc2022",
      "windows/amd64 ltsc2025",
    ]);
    assert.match(
      missing[0].reason,
      `has none of ${base}). Lock what it names now with "./make update-base"`,
    );
    for (const goal of ["all-push", "push", "push-manifest"]) {
      const pushed = await run(goal);
      assert.is(pushed.exitCode, 3, pushed.stderr);
      assert.match(pushed.stderr, "./make update-base");
      assert.match(pushed.stderr, "Linux alone is OS=linux");
    }
    const alone = await run("all", "OS=windows");
    assert.is(alone.exitCode, 3, alone.stderr);
    assert.ok(isUntouched(registry));
    assert.not.ok(existsSync(join(folder, LOCK)));
  },
);

windowsTest(
  "a base that may not be read is missing, with the reason, and is built when it may",
  async ({ registry, run, make }) => {
    await make("update-base");
    registry.fault({ route: "manifest", times: 3, fault: { status: 403 } });
    const away = await run("all");
    assert.is(away.exitCode, 11, away.stderr);
    assert.match(JSON.parse(away.stdout).missing[0].reason, /Cannot pull .*base\/windows: .* 403/);
    const { missing, images } = await make("all");
    assert.equal(missing, []);
    assert.is(images.length, 4);
  },
);

windowsTest(
  "update-base says what is locked, what changed, and what did not; the build follows the lock, and not the tag",
  async ({ registry, make, folder }) => {
    const outcomes = async () => (await make("update-base")).bases.map(({ outcome }) => outcome);
    assert.equal(await outcomes(), ["locked", "locked", "locked"]);
    const lock = await readFile(join(folder, LOCK), "utf8");
    assert.equal(await outcomes(), ["unchanged", "unchanged", "unchanged"]);
    const first = await make("all-push");
    const updates = VERSIONS.with(1, "10.0.20348.4000");
    await publishBase(registry.host, { versions: updates });
    await rm(join(folder, "out"), { recursive: true });
    await rm(join(folder, "bin"), { recursive: true });
    assert.equal((await make("all-push")).index, first.index);
    const { bases } = await make("update-base");
    assert.equal(
      bases.map(({ outcome }) => outcome),
      ["changed", "changed", "changed"].with(1, "changed"),
    );
    assert.is(bases[1]?.before?.["os.version"], "10.0.20348.3207");
    assert.is(bases[1]?.now["os.version"], "10.0.20348.4000");
    assert.is.not(await readFile(join(folder, LOCK), "utf8"), lock);
    const { images } = await make("all-push");
    assert.equal(images.map(({ osVersion }) => osVersion).slice(1), updates);
  },
);

windowsTest(
  "a base that is gone, while its tag names another, is an error that names both; nothing is pushed",
  async ({ registry, make, run }) => {
    const { bases } = await make("update-base");
    registry.repositories.delete("base/windows");
    await publishBase(registry.host, { seed: 2 });
    for (const goal of ["all", "all-push"]) {
      const { exitCode, stderr } = await run(goal);
      assert.is(exitCode, 10, stderr);
      assert.match(
        stderr,
        `was locked as ${bases[0]?.now.manifest} (10.0.17763.6893), which is not there any more`,
      );
      assert.match(
        stderr,
        /its tag now names sha256:[0-9a-f]{64}\. See what changed, .*update-base/,
      );
    }
    assert.ok(isUntouched(registry));
  },
);

windowsTest(
  "a lock that says another version than the base is refused",
  async ({ registry, make, run, folder }) => {
    await make("update-base");
    const path = join(folder, LOCK);
    const text = await readFile(path, "utf8");
    await writeFile(path, text.replace("10.0.20348.3207", "10.0.20348.1"));
    const { exitCode, stderr } = await run("all-push");
    assert.is(exitCode, 10, stderr);
    assert.match(stderr, "was locked as 10.0.20348.1, and is of 10.0.20348.3207");
    assert.ok(isUntouched(registry));
  },
);

windowsTest(
  "a base without a version, and one of another architecture, are refused; OSVERSION builds what there is",
  async ({ registry, make, run, folder }) => {
    const refused = await run("update-base");
    assert.is(refused.exitCode, 3, refused.stderr);
    assert.match(refused.stderr, "none is for windows/amd64 10.0.26100");
    assert.not.ok(existsSync(join(folder, LOCK)));
    const some = ["OSVERSION=1809 ltsc2022", "ALL_OSVERSIONS=1809 ltsc2022"];
    await make("update-base", ...some);
    const { images } = await make("all-push", ...some);
    assert.equal(images.map(({ osVersion }) => osVersion), [undefined, ...VERSIONS.slice(0, 2)]);
    const pinned = await run(
      "all-push",
      `BASE=${registry.host}/base/windows@${
        (await windowsBase({ versions: VERSIONS.slice(0, 2) })).index.descriptor.digest
      }`,
      "TAG=v2",
    );
    assert.is(pinned.exitCode, 3, pinned.stderr);
    assert.match(pinned.stderr, "none is for windows/amd64 10.0.26100");
    assert.is(tagsOf(registry).v2, undefined);
  },
  { versions: VERSIONS.slice(0, 2) },
);

windowsTest(
  "a base for Linux, and one for arm64, are refused by what they are",
  async ({ registry, run }) => {
    const { exitCode, stderr } = await run("update-base");
    assert.is(exitCode, 3, stderr);
    assert.match(stderr, "it has windows/arm64 10.0.17763.6893");
    assert.ok(isUntouched(registry));
  },
  { platform: { os: "windows", architecture: "arm64" } },
);

windowsTest("BASE with a digest needs no lock", async ({ registry, make }) => {
  const { index: { descriptor: { digest } } } = await windowsBase();
  const { images } = await make("all-push", `BASE=${registry.host}/base/windows@${digest}`);
  assert.equal(images.map(({ osVersion }) => osVersion), [undefined, ...VERSIONS]);
});

windowsTest(
  "a published list loses no version and no Linux to what is picked; another update takes the place of one",
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
      assert.is(tagsOf(registry).v1, index?.digest);
    }
    await make("push", "OSVERSION=1809");
  },
);

windowsTest("two machines make the same bytes", async (one) => {
  await one.make("update-base");
  const first = await one.make("all", "OUTPUT=oci:one");
  await rm(join(one.folder, "bin"), { recursive: true });
  const second = await one.make("all", "OUTPUT=oci:two");
  assert.equal(second.index, first.index);
});

test.run();
