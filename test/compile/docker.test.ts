import { readFile } from "node:fs/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { DEFAULT_IMAGE } from "../../build/compile/docker.ts";
import { findToolchain } from "../../build/compile/find-toolchain.ts";
import { failure, withPrograms } from "./fakes.ts";
import { someJob } from "./some-job.ts";
import { someTarget } from "./some-target.ts";

const target = someTarget();
const job = someJob({ output: "/tmp/folder/program" });

/** Answers `docker image inspect` once the image is there, and `docker pull` by fetching it. */
const DOCKER = `here=\${0%/*}; echo "$*" >> "$here/log"
case "$1" in
  image) [ -e "$here/image" ] && echo sha256:abc ;;
  pull) : > "$here/image" ;;
esac`;

test("an image that is not there is pulled once, and its ID identifies the toolchain", async () => {
  await withPrograms({ docker: DOCKER }, async (folder) => {
    const toolchain = await findToolchain("docker", [target], { image: "example.com/cross:1" });
    assert.is(await toolchain.identify(target, "linux"), "sha256:abc");
    await findToolchain("docker", [target], { image: "example.com/cross:1" });
    assert.equal((await readFile(`${folder}/log`, "utf8")).trim().split("\n"), [
      "image inspect --format={{.Id}} example.com/cross:1",
      "pull --quiet example.com/cross:1",
      "image inspect --format={{.Id}} example.com/cross:1",
      "image inspect --format={{.Id}} example.com/cross:1",
    ]);
  });
});

test("the container sees the sources read-only, the folder of the output, and no network", async () => {
  const command = await withPrograms(
    { docker: DOCKER },
    async () => (await findToolchain("docker", [target])).commands(job)[0],
  );
  const words = new Set(command);
  assert.ok(words.has("--network=none"));
  assert.ok(words.has("--mount=type=bind,source=/clone,target=/source,readonly"));
  assert.ok(words.has("--mount=type=bind,source=/tmp/folder,target=/output"));
  assert.ok(words.has("-I/source/arch/amd64"));
  assert.equal(command.slice(-3), ["-o", "/output/program", "/source/src/linux/pause.c"]);
});

test("a folder may have a comma in its name", async () => {
  const command = await withPrograms(
    { docker: DOCKER },
    async () => (await findToolchain("docker", [target])).commands({ ...job, root: '/a, "b"' })[0],
  );
  assert.ok(command.includes('--mount=type=bind,"source=/a, ""b""",target=/source,readonly'));
});

test("upstream's image is taken where none is chosen", async () => {
  await withPrograms({ docker: DOCKER }, async () => {
    for (const options of [{}, { image: "" }]) {
      const toolchain = await findToolchain("docker", [target], options);
      assert.ok(toolchain.commands(job)[0].includes(DEFAULT_IMAGE));
    }
  });
});

test("without docker the error names the command that installs it", async () => {
  const error = await withPrograms(
    { apk: "" },
    () => failure(findToolchain("docker", [target])),
  );
  assert.is(error.code, "toolchain");
  assert.match(error.message, /there is no docker\. .*apk add docker"\.$/);
});

test("an image that cannot be pulled is named with what docker said", async () => {
  const programs = { docker: 'echo "manifest unknown" >&2; exit 1' };
  const error = await withPrograms(
    programs,
    () => failure(findToolchain("docker", [target], { image: "example.com/cross:1" })),
  );
  assert.is(error.code, "toolchain");
  assert.match(error.message, "example.com/cross:1");
  assert.match(error.message, "manifest unknown");
  assert.match(error.message, "TOOLCHAIN_IMAGE");
});

test.run();
