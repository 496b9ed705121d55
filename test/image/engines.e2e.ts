import { chmod, copyFile, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Command, commandLine, run } from "../../build/host/process.ts";
import { buildImage } from "../../build/image/image.ts";
import { renderTemplate } from "../../build/image/template.ts";
import { readImageConfig } from "../../build/oci/document.ts";
import { OCI } from "../../build/oci/media-types.ts";
import type { Platform } from "../../build/oci/platform.ts";
import { withDockerd } from "../support/docker.ts";
import { withFolder } from "../support/folder.ts";
import { withPodman } from "../support/podman.ts";
import { lacks, skip } from "../support/skip.ts";
import { readSaved, see, type Seen } from "./saved-image.ts";

/** A build context with one Dockerfile in it. */
interface Recipe {
  readonly folder: string;
  /** Below the folder. */
  readonly dockerfile: string;
  readonly platform: Platform;
}

const AMD64 = { os: "linux", architecture: "amd64" };
/** Not v6: of scratch and linux/arm/v6, buildah 1.28 and podman 4.3 make an image that says v7. */
const ARM = { os: "linux", architecture: "arm", variant: "v7" };

const FILES: Readonly<Record<string, readonly [text: string, mode: number]>> = {
  "bin/pause-amd64": ["PAUSE amd64", 0o755],
  "bin/pause-arm": ["PAUSE arm", 0o755],
  "dir/a": ["A", 0o644],
  "dir/sub/b": ["B", 0o600],
  "dir/with space": ["S", 0o750],
  "dir/left.out": ["L", 0o644],
  "dir/sub/left.out": ["L", 0o644],
  ".dockerignore": ["# comment\n*\n!bin\n!dir\n!link\n**/*.out\n", 0o644],
};

async function fillContext(folder: string): Promise<void> {
  for (const [path, [text, mode]] of Object.entries(FILES)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
    await chmod(join(folder, path), mode);
  }
  await symlink("dir/a", join(folder, "link"));
  await symlink("sub/b", join(folder, "dir/link"));
}

/** Gives `use` the repository's own template for ARCH, and an image of nearly everything. */
async function withRecipes(
  use: (
    template: (arch: string, platform: Platform) => Promise<Recipe>,
    rich: Recipe,
  ) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    await fillContext(folder);
    const rich = { folder, dockerfile: "bin/Dockerfile-rich", platform: AMD64 };
    await copyFile("test/image/every-instruction.Dockerfile", join(folder, rich.dockerfile));
    await use(async (arch, platform) => {
      const variables = {
        ARCH: arch,
        OS: "linux",
        OSVERSION: "",
        TAG: "1.2",
        VERSION: "v1.2",
        BASE: "scratch",
      };
      const text = renderTemplate(
        await readFile("Dockerfile.tmpl", "utf8"),
        variables,
        "Dockerfile.tmpl",
      );
      const dockerfile = `bin/Dockerfile-${arch}`;
      await writeFile(join(folder, dockerfile), text);
      return { folder, dockerfile, platform };
    }, rich);
  });
}

/** The recipe as the embedded builder makes it. */
async function embedded({ folder, dockerfile, platform }: Recipe): Promise<Seen> {
  const { config, layers } = await buildImage({
    dockerfile: await readFile(join(folder, dockerfile), "utf8"),
    path: dockerfile,
    contextDir: folder,
    platform,
    created: 0,
    mediaTypes: OCI,
  });
  return await see(readImageConfig(config.bytes), layers.map(({ bytes }) => bytes));
}

async function must(command: Command): Promise<void> {
  const { exitCode, stderr } = await run(command);
  assert.is(exitCode, 0, `${commandLine(command)}: ${stderr}`);
}

function platformFlag({ platform: { os, architecture, variant } }: Recipe): string {
  return `--platform=${[os, architecture, variant].filter(Boolean).join("/")}`;
}

/** The recipe as buildah makes it, without a daemon, in storage of its own. */
async function buildah(recipe: Recipe): Promise<Seen> {
  const { folder, dockerfile } = recipe;
  return await withFolder(async (store) => {
    const tool = [
      "buildah",
      "--root",
      join(store, "root"),
      "--runroot",
      join(store, "run"),
    ] as const;
    const words = [...tool, "--storage-driver", "vfs"] as const;
    const build = ["bud", "--isolation", "chroot", "--timestamp", "0", platformFlag(recipe)];
    const archive = join(store, "image.tar");
    await must([...words, ...build, "-t", "it", "-f", join(folder, dockerfile), folder]);
    await must([...words, "push", "localhost/it", `oci-archive:${archive}`]);
    return await readSaved(archive);
  });
}

test("the file listing used here tells two images apart", async () => {
  await withRecipes(async (template, rich) => {
    assert.not.equal(await embedded(await template("amd64", AMD64)), await embedded(rich));
  });
});

test("buildah makes the same images, of the template for two platforms and of every instruction", async () => {
  const missing = lacks("buildah");
  if (missing !== undefined) return skip(missing);
  await withRecipes(async (template, rich) => {
    const recipes = [await template("arm", ARM), await template("amd64", AMD64), rich];
    for (const recipe of recipes) assert.equal(await embedded(recipe), await buildah(recipe));
  });
});

test("buildah agrees on --chmod, and on who owns folders that WORKDIR makes", async () => {
  const missing = lacks("buildah");
  if (missing !== undefined) return skip(missing);
  await withRecipes(async (_, rich) => {
    const lines = [
      "FROM scratch",
      "COPY --chmod=0751 dir /modes",
      "COPY --chmod=4755 --chown=9 dir/a /set-uid",
      "USER 5",
      "WORKDIR /of/five",
      "ARG TARGETARCH TARGETVARIANT TARGETOS",
      "ENV P=$TARGETOS-$TARGETARCH-$TARGETVARIANT",
    ];
    const recipe = { ...rich, platform: ARM };
    await writeFile(join(rich.folder, rich.dockerfile), lines.join("\n"));
    assert.equal(await embedded(recipe), await buildah(recipe));
  });
});

test("podman makes the same images", async () => {
  const missing = lacks("podman");
  if (missing !== undefined) return skip(missing);
  await withRecipes((template, rich) =>
    withPodman(async (podman) => {
      for (const recipe of [await template("arm", ARM), rich]) {
        const { folder, dockerfile } = recipe;
        const file = ["--file", join(folder, dockerfile), folder];
        await podman.client(
          "build",
          "--isolation=chroot",
          platformFlag(recipe),
          "--tag=it",
          ...file,
        );
        const archive = join(folder, `podman-${recipe.platform.architecture}.tar`);
        await podman.client("save", "--format=oci-archive", `--output=${archive}`, "localhost/it");
        assert.equal(await embedded(recipe), await readSaved(archive));
      }
    })
  );
});

test("docker, even before BuildKit, makes the same images for the machine's own architecture", async () => {
  const missing = lacks("dockerd", "docker");
  if (missing !== undefined) return skip(missing);
  if (process.arch !== "x64") return skip("the recipe for docker is for amd64");
  // A client without buildx would refuse BuildKit, and docker 20.10 builds without it by default.
  process.env.DOCKER_BUILDKIT = "0";
  await withRecipes((template, rich) =>
    withDockerd(async (docker) => {
      for (const recipe of [await template("amd64", AMD64), rich]) {
        const { folder, dockerfile } = recipe;
        await docker.client(
          "build",
          "--quiet",
          "--tag=it",
          "--file",
          join(folder, dockerfile),
          folder,
        );
        const archive = join(folder, "docker.tar");
        await docker.client("save", `--output=${archive}`, "it");
        assert.equal(await embedded(recipe), await readSaved(archive));
      }
    })
  );
});

test.run();
