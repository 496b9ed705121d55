/** Files that we wrote or edited, as the runtimes themselves read them. */
// deadline: 300 s

import { chown, copyFile, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { run } from "../../build/host/process.ts";
import { readToml } from "../../build/runtimes/toml.ts";
import { valueAt, withValue } from "../../build/runtimes/value.ts";
import { registryStore } from "../../build/store/registry/registry.ts";
import { putImage } from "../store/put.ts";
import { containerdIn } from "../support/containerd.ts";
import { withEnginePlace } from "../support/engine-place.ts";
import { withFolder } from "../support/folder.ts";
import { loadableImage } from "../support/loadable-image.ts";
import { withPodman } from "../support/podman.ts";
import { onDeno, runProgram } from "../support/program.ts";
import { withRegistry } from "../support/registry.ts";
import { lacks, skip } from "../support/skip.ts";
import { IMAGE } from "./files.ts";

const SANDBOX = ["plugins", "io.containerd.grpc.v1.cri", "sandbox_image"];
const ARCH = { x64: "amd64", arm64: "arm64" }[process.arch as string] ?? "amd64";

/** What a command that has to succeed prints. */
async function output(...command: [string, ...string[]]): Promise<string> {
  const { exitCode, stdout, stderr } = await run(command);
  assert.is(exitCode, 0, `${command.join(" ")}: ${stderr}`);
  return stdout;
}

/** Runs `pause-image` and expects that it succeeds. */
async function pauseImage(...words: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runProgram(process.cwd(), words);
  assert.is(exitCode, 0, `${words.join(" ")}: ${stderr}`);
  return stdout;
}

const value = (text: string): unknown => structuredClone(readToml(text, "dump").value);

test("containerd reads its own default with our image in it, and nothing else is another", async () => {
  const missing = lacks("containerd");
  if (missing) return skip(missing);
  await withFolder(async (folder) => {
    const file = join(folder, "config.toml");
    const before = await output("containerd", "config", "default");
    await writeFile(file, before);
    await pauseImage("config", "containerd1", "--image", IMAGE.pinned, "--write", file);
    const dump = value(await output("containerd", "--config", file, "config", "dump"));
    const wanted = withValue(value(before), SANDBOX, IMAGE.pinned);
    assert.equal(withValue(dump, ["imports"], []), structuredClone(wanted));
    const [old, now] = [before, await readFile(file, "utf8")].map((text) => text.split("\n"));
    assert.is(now?.filter((line, at) => line !== old?.[at]).length, 1);
  });
});

test("containerd 1 takes the last file's whole section, which is why we print no drop-in for it", async () => {
  const missing = lacks("containerd");
  if (missing) return skip(missing);
  await withFolder(async (folder) => {
    const [file, dropIn] = [join(folder, "config.toml"), join(folder, "90-pause.toml")];
    const [, plugin = ""] = SANDBOX;
    await writeFile(
      file,
      `version = 2\nimports = ["${dropIn}"]\n[plugins."${plugin}"]\nmax_concurrent_downloads = 7\n`,
    );
    await writeFile(dropIn, await pauseImage("config", "containerd1", "--image", IMAGE.pinned));
    const dump = value(await output("containerd", "--config", file, "config", "dump"));
    assert.is(valueAt(dump, SANDBOX), IMAGE.pinned);
    assert.is.not(valueAt(dump, ["plugins", plugin, "max_concurrent_downloads"]), 7);
  });
});

test("containerd starts its CRI plugin with the image that we wrote", async () => {
  const missing = lacks("containerd", "ctr");
  if (missing) return skip(missing);
  await withEnginePlace(async ({ dir }) => {
    const at = (name: string): string => join(dir, name);
    const { start, ctr } = await containerdIn(
      dir,
      `[plugins."io.containerd.grpc.v1.cri"]
restrict_oom_score_adj = true # without CAP_SYS_RESOURCE
[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "native"
`,
    );
    const words = ["--image", IMAGE.pinned, "--write", at("config.toml")];
    await pauseImage("config", "containerd", ...words);
    const daemon = await start();
    try {
      const log = await readFile(at("containerd.log"), "utf8");
      assert.match(log, /Start cri plugin with config/);
      assert.match(log, `SandboxImage:${IMAGE.pinned} `);
      const plugins = await ctr("plugins", "ls");
      assert.match(plugins, /io\.containerd\.grpc\.v1 +cri +\S+ +ok/);
    } finally {
      await daemon.stop();
    }
  });
});

test("podman reads Debian's own file with our image in it", async () => {
  const file = "/usr/share/containers/containers.conf";
  const missing = lacks("podman") ??
    (await readFile(file).then(() => undefined, () => `${file} is not there`));
  if (missing) return skip(missing);
  await withFolder(async (folder) => {
    const copy = join(folder, "containers.conf");
    const before = await readFile(file, "utf8");
    await writeFile(copy, before);
    await pauseImage("config", "podman", "--image", IMAGE.pinned, "--write", copy);
    const after = await readFile(copy, "utf8");
    assert.is(
      after,
      before.replace(/^#infra_image = ""\n/m, (line) => `${line}infra_image = "${IMAGE.pinned}"\n`),
    );
    const { exitCode, stderr } = await run(["podman", "--version"], {
      env: { CONTAINERS_CONF: copy },
    });
    assert.is(exitCode, 0, stderr);
  });
});

test("podman makes pods with the image that we wrote, by the digest that the registry has", async () => {
  const missing = lacks("podman", "runc");
  if (missing) return skip(missing);
  await withRegistry({}, async ({ host }) => {
    const image = await loadableImage(ARCH);
    await putImage(registryStore({ host, repository: "k8s/pause" }), image, ["3.10"]);
    await withPodman(async (podman) => {
      const root = await podman.client("info", "--format", "{{.Store.GraphRoot}}");
      const file = join(dirname(root), "containers.conf");
      await pauseImage("config", "podman", "--image", `${host}/k8s/pause:3.10`, "--write", file);
      await podman.client("pod", "create", "--name", "p", "--network", "none");
      const infra = await podman.client("pod", "inspect", "p", "--format", "{{.InfraContainerID}}");
      const { ImageName } = await podman.inspect(infra);
      assert.is(ImageName, `${host}/k8s/pause@${image.manifest.descriptor.digest}`);
      await podman.client("pod", "rm", "--force", "p");
    });
  });
});

test("a file that is somebody else's stays theirs, and so does the backup", async () => {
  if (process.getuid?.() !== 0) return skip("only root can give files away");
  await withFolder(async (folder) => {
    const file = join(folder, "config.yaml");
    await writeFile(file, "server: https://a.example:9345\n");
    await chown(file, 65534, 65533);
    await pauseImage("config", "rke2", "--image", IMAGE.pinned, "--write", file);
    for (const path of [file, `${file}.bak`]) {
      const { uid, gid } = await stat(path);
      assert.equal([uid, gid], [65534, 65533], path);
    }
  });
});

test("what --diff prints is what git makes the new file of", async () => {
  const missing = lacks("git");
  if (missing) return skip(missing);
  await withFolder(async (folder) => {
    const file = join(folder, "config.toml");
    await writeFile(file, "version = 3\n\n[grpc]\n  uid = 0");
    const words = ["config", "containerd", "--image", IMAGE.pinned, "--write", "config.toml"];
    const program = onDeno(process.cwd());
    const { stdout } = await runProgram(folder, [...words, "--diff"], { program });
    await runProgram(folder, words, { program });
    const written = await readFile(file, "utf8");
    await copyFile(`${file}.bak`, file);
    await writeFile(join(folder, "x.diff"), stdout);
    const { exitCode, stderr } = await run(["git", "apply", "-p0", "x.diff"], { cwd: folder });
    assert.is(exitCode, 0, stderr);
    assert.is(await readFile(file, "utf8"), written);
  });
});

test.run();
