import { existsSync } from "node:fs";
import { lstat, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type BuildOrder, findBuilder } from "../../../build/image/engine/engine.ts";
import { stage } from "../../../build/image/engine/stage.ts";
import type { Image } from "../../../build/image/assemble.ts";
import { OCI } from "../../../build/oci/media-types.ts";
import { type Clients, withClients } from "../../support/clients.ts";
import { failsWith } from "../../support/fails.ts";
import { withFolder } from "../../support/folder.ts";
import { contextOf } from "../build-from.ts";

const AMD64 = { os: "linux", architecture: "amd64" };
const ARM64 = { os: "linux", architecture: "arm64", variant: "v8" };

const ORDER: BuildOrder = {
  dockerfile: "FROM scratch\nADD bin/pause /pause\n",
  path: "bin/Dockerfile-arm64",
  platform: ARM64,
  context: contextOf({ "bin/pause": "755:PAUSE", "dir/a": "A" }),
  sources: ["bin/pause"],
  created: 1_000_000_000,
  mediaTypes: OCI,
};

/** A docker of these versions, whose build does as the script says. */
const docker = (version: string, build = "exit 1"): Record<string, string> => ({
  docker: `case $1 in version) echo '${version}' ;; build) ${build} ;; esac`,
});

const NEW = "28.2.2 20.10.24 linux amd64 false";

test("findBuilder() asks docker for its daemon, and takes it for every platform since 20.10", () =>
  withClients(docker(NEW), async ({ told }) => {
    assert.is((await findBuilder("docker", [AMD64, ARM64])).identity, NEW);
    assert.is((await told()).length, 1);
    assert.match((await told())[0] ?? "", /^docker version --format=\{\{\.Client\.Version\}\}/);
  }));

test("findBuilder() refuses an older docker for other platforms than its own, unless it does what is experimental", () => {
  const find = (version: string, platform: typeof AMD64): Promise<unknown> =>
    withClients(docker(version), () => findBuilder("docker", [AMD64, platform]));
  return failsWith(["toolchain"], () => find("19.03.15 19.03.15 linux amd64 false", ARM64))
    .then(async ({ message }) => {
      assert.is(
        message,
        "Cannot build with ENGINE=docker: docker 19.03.15 builds for linux/amd64 alone, and not for linux/arm64/v8. Choose ARCH=amd64, use docker 20.10 or newer, or leave ENGINE out.",
      );
      await find("19.03.15 19.03.15 linux amd64 false", AMD64);
      await find("19.03.15 19.03.15 linux amd64 true", ARM64);
    });
});

test("findBuilder() refuses a docker of Windows containers", async () => {
  const { message } = await failsWith(
    ["toolchain"],
    () =>
      withClients(docker("28 28.0.0 windows amd64 false"), () => findBuilder("docker", [AMD64])),
  );
  assert.match(message, "the daemon builds for windows, and the images are for linux. Switch it");
});

test("findBuilder() says that buildx is a plug-in of docker's", async () => {
  const { message } = await failsWith(
    ["toolchain"],
    () =>
      withClients(
        { docker: `echo "docker: 'buildx' is not a docker command." >&2; exit 1` },
        () => findBuilder("buildx", [AMD64]),
      ),
  );
  assert.match(message, "Install docker's plug-in buildx, or leave ENGINE out.");
});

test("findBuilder() refuses a buildx whose builder writes no archives, before it is asked to", async () => {
  const find = (driver: string, status: string): Promise<unknown> => {
    const says = `case "$1 $2" in
      "buildx inspect") printf 'Name: default\\nDriver: %s\\n' ${driver} ;;
      "info --format"*) echo '${status}' ;;
      *) echo v0.12 ;; esac`;
    return withClients({ docker: says }, () => findBuilder("buildx", [ARM64]));
  };
  const own = '[["Backing Filesystem","extfs"]]';
  const { message } = await failsWith(["toolchain"], () => find("docker", own));
  assert.is(
    message,
    'Cannot build with ENGINE=buildx: its builder has the driver docker, which writes no archives. Make another one with "docker buildx create --use --driver docker-container", or use ENGINE=docker.',
  );
  await find("docker", '[["driver-type","io.containerd.snapshotter.v1"]]');
  await find("docker-container", own);
});

/** Builds with a stand-in. */
async function build(
  scripts: Readonly<Record<string, string>>,
  look: (clients: Clients) => Promise<void> = () => Promise.resolve(),
): Promise<Image> {
  return await withClients(scripts, async (clients) => {
    const builder = await findBuilder("docker", [ARM64]);
    try {
      return await builder.build(ORDER);
    } finally {
      await look(clients);
    }
  });
}

test("a builder gets the Dockerfile, what that takes and nothing else, and the time; what it made is forgotten when it fails", async () => {
  const note =
    `for word; do context=$word; case $word in --file=*) file=\${word#--file=} ;; esac; done
    { cat "$file"; cd "$context"; find . -type f -exec stat -c '%n %a %Y' {} +
      echo "epoch $SOURCE_DATE_EPOCH"; } >"$here/seen"; echo 'it is wrong' >&2; exit 1`;
  const { message, code } = await failsWith(
    ["dockerfile"],
    () =>
      build(docker(NEW, note), async ({ folder, told }) => {
        assert.is(
          await readFile(join(folder, "seen"), "utf8"),
          `${ORDER.dockerfile}./bin/pause 755 1000000000\nepoch 1000000000\n`,
        );
        const [, building = "", removal = "", ...more] = await told();
        assert.match(
          building,
          /^docker build --quiet --tag=\S+ --platform=linux\/arm64\/v8 --file=/,
        );
        const name = /--tag=(\S+)/.exec(building)?.[1];
        assert.is(removal, `docker image rm ${name}`);
        assert.equal(more, []);
      }),
  );
  assert.is(code, "dockerfile");
  assert.is(
    message,
    "Cannot build bin/Dockerfile-arm64 for linux/arm64/v8: docker build exited with 1: it is wrong. Mend that, and run it again.",
  );
});

test("a build that is stopped leaves nothing in the builder", () => {
  const stop = new AbortController();
  const wait = `touch "$here/begun"; exec sleep 60`;
  return withClients(docker(NEW, wait), async ({ folder, told }) => {
    const builder = await findBuilder("docker", [ARM64], stop.signal);
    const building = failsWith(["interrupted"], () => builder.build(ORDER));
    while (!existsSync(join(folder, "begun"))) await sleep(5);
    stop.abort();
    await building;
    assert.match((await told()).at(-1) ?? "", /^docker image rm \S+:[0-9a-f]{16}$/);
  });
});

test("an image for another platform than was asked for is refused", async () => {
  const config = {
    architecture: "amd64",
    os: "linux",
    rootfs: { type: "layers", diff_ids: [] },
  };
  const save = `case $1 in version) echo '${NEW}' ;; save)
    mkdir "$here/it" && cd "$here/it"
    echo '${JSON.stringify(config)}' >c.json
    echo '[{"Config":"c.json","Layers":[]}]' >manifest.json
    tar cf "\${2#--output=}" c.json manifest.json ;; esac`;
  const { message } = await failsWith(["verification"], () => build({ docker: save }));
  assert.is(
    message,
    "Cannot use what docker built of bin/Dockerfile-arm64: it is for linux/amd64, and not for linux/arm64/v8. Choose ARCH=amd64, or leave ENGINE out.",
  );
});

test("stage() writes files, folders and links as they are, all of one time", () =>
  withFolder(async (folder) => {
    const link = { kind: "link", path: "", mode: 0o777, to: "a" } as const;
    const files = contextOf({ "dir/a": "600:A", "dir/sub/b": "4755:B", "other": "O" });
    const read: typeof files = (path, place) =>
      path === "dir/link" ? Promise.resolve([link]) : files(path, place);
    const to = join(folder, "context");
    await stage(read, ["dir", "dir/link"], { path: "Dockerfile", line: 1 }, to, 1000);
    assert.is(await readFile(join(to, "dir/a"), "utf8"), "A");
    assert.is((await lstat(join(to, "dir/a"))).mode & 0o7777, 0o600);
    assert.is((await lstat(join(to, "dir/sub/b"))).mode & 0o7777, 0o4755);
    assert.is(await readlink(join(to, "dir/link")), "a");
    for (const path of ["dir", "dir/a", "dir/sub", "dir/sub/b", "dir/link"]) {
      assert.is((await lstat(join(to, path))).mtimeMs, 1_000_000, path);
    }
    await lstat(join(to, "other")).then(() => assert.unreachable(), () => {});
  }));

test.run();
