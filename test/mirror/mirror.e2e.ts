/** Images like upstream's between real registries and through archives, as skopeo, containerd and docker see them. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Command, commandLine, type Ended, run } from "../../build/host/process.ts";
import { mirrorImage } from "../../build/mirror/mirror.ts";
import { registryStore } from "../../build/store/registry/registry.ts";
import type { Store } from "../../build/store/store.ts";
import { withContainerd } from "../support/containerd.ts";
import { withDockerRegistry } from "../support/docker-registry.ts";
import { withDockerd } from "../support/docker.ts";
import { withFolder } from "../support/folder.ts";
import { onDeno, runProgram } from "../support/program.ts";
import { lacks, skip } from "../support/skip.ts";
import { lacking, referrersIn } from "./stores.ts";
import { upstreamImage, upstreamStore } from "./upstream-image.ts";

const IMAGE = upstreamImage();
const DIGEST = IMAGE.index.descriptor.digest;

/** Our program, with these words. */
async function program(...words: string[]): Promise<Ended> {
  return await runProgram(process.cwd(), words, { program: onDeno(process.cwd()) });
}

async function succeeds(...words: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await program(...words);
  assert.is(exitCode, 0, stderr);
  return stdout;
}

/** The output of a command that has to succeed. */
async function output(...command: Command): Promise<string> {
  const { exitCode, stdout, stderr } = await run(command);
  assert.is(exitCode, 0, `${commandLine(command)}: ${stderr}`);
  return stdout;
}

/** The manifest that skopeo reads, and its digest by skopeo's own reckoning. */
async function skopeoReads(host: string, name: string): Promise<{ bytes: string; digest: string }> {
  const words = ["--insecure-policy", "inspect", "--tls-verify=false", "--raw"];
  const bytes = await output("skopeo", ...words, `docker://${host}/${name}`);
  return await withFolder(async (folder) => {
    const file = join(folder, "manifest");
    await writeFile(file, bytes);
    return { bytes, digest: (await output("skopeo", "manifest-digest", file)).trim() };
  });
}

/** Two registries, the first with the image. */
async function withUpstream(
  use: (one: string, two: string) => Promise<void>,
  foreignLayers = true,
): Promise<void> {
  await withDockerRegistry(async ({ host: one }) => {
    const store = registryStore({ host: one, repository: "pause" });
    const source = await upstreamStore(IMAGE);
    const { deliveries } = await mirrorImage(source, "3.10", [{ store, tags: ["3.10"] }]);
    assert.is(deliveries[0]?.error, undefined);
    await withDockerRegistry(({ host: two }) => use(one, two), { foreignLayers });
  }, { foreignLayers: true });
}

async function holdsAll(host: string, repository: string): Promise<void> {
  const store: Store = registryStore({ host, repository });
  assert.equal(await lacking(store, "3.10"), []);
  const { bytes, digest } = await skopeoReads(host, `${repository}:3.10`);
  assert.is(digest, DIGEST);
  assert.is(bytes, new TextDecoder().decode(IMAGE.index.bytes));
  for (const { descriptor } of IMAGE.images.values()) {
    const name = `${repository}@${descriptor.digest}`;
    assert.is((await skopeoReads(host, name)).digest, descriptor.digest);
  }
  for (const [tag, { descriptor }] of IMAGE.cosign) {
    assert.is((await skopeoReads(host, `${repository}:${tag}`)).digest, descriptor.digest);
  }
  const [sbom, signed] = IMAGE.referrers;
  if (sbom === undefined) throw new Error("no referrers");
  assert.equal(await referrersIn(store, IMAGE.index), [sbom.descriptor.digest]);
  assert.equal(await referrersIn(store, sbom), [signed?.descriptor.digest]);
}

/** What timeout exits with when it had to kill. */
const KILLED = 137;

const PROGRAMS = ["docker-registry", "skopeo"] as const;

test("upstream's image between two registries: Windows, attestations, signatures, the same digests", async () => {
  const missing = lacks(...PROGRAMS);
  if (missing) return skip(missing);
  await withUpstream(async (one, two) => {
    const words = ["mirror", `${one}/pause:3.10`, `${two}/k8s/pause`, `${two}/copy/pause`];
    const told = await succeeds(...words);
    assert.match(told, new RegExp(`k8s/pause:3\\.10 {2}${DIGEST} {2}copied .*5 referrers`));
    await holdsAll(two, "k8s/pause");
    await holdsAll(two, "copy/pause");
    assert.match(await succeeds(...words), /is up to date\n.*is up to date\n/);
  });
});

test("through an archive into another registry: the same digests", async () => {
  const missing = lacks(...PROGRAMS, "sha256sum");
  if (missing) return skip(missing);
  await withUpstream(async (one, two) => {
    await withFolder(async (folder) => {
      const file = join(folder, "airgap.tar");
      await succeeds("save", `${one}/pause:3.10`, file);
      const checked = await run(["sha256sum", "--check", "airgap.tar.sha256"], { cwd: folder });
      assert.match(checked.stdout, /airgap\.tar: OK/);
      await succeeds("load", file, `${two}/air`);
      await holdsAll(two, "air/pause");
      const raw = ["--insecure-policy", "inspect", "--raw"];
      const name = `oci-archive:${file}:${one}/pause:3.10`;
      assert.is(await output("skopeo", ...raw, name), new TextDecoder().decode(IMAGE.index.bytes));
    });
  });
});

test("through a layout that skopeo copies on: the same digest", async () => {
  const missing = lacks(...PROGRAMS);
  if (missing) return skip(missing);
  await withUpstream(async (one, two) => {
    await withFolder(async (folder) => {
      await succeeds("mirror", `docker://${one}/pause:3.10`, `oci:${folder}/out`);
      const copy = ["copy", "--all", "--preserve-digests", "--dest-tls-verify=false"];
      const words = ["--insecure-policy", ...copy, `oci:${folder}/out:3.10`];
      await output("skopeo", ...words, `docker://${two}/by-skopeo:3.10`);
      assert.is((await skopeoReads(two, "by-skopeo:3.10")).digest, DIGEST);
    });
  });
});

test("containerd imports a saved archive under its name, and unpacks it", async () => {
  const missing = lacks(...PROGRAMS, "containerd", "ctr");
  if (missing) return skip(missing);
  await withUpstream(async (one) => {
    await withFolder(async (folder) => {
      const file = join(folder, "a.tar");
      await succeeds("save", `${one}/pause:3.10`, file);
      await withContainerd(async (ctr) => {
        await ctr("images", "import", "--platform", "linux/amd64", file);
        const listed = (await ctr("images", "list", "--quiet")).trim().split("\n");
        assert.equal(listed, [`${one}/pause:3.10`]);
        const { digest } = (await ctr("images", "list")).match(/(?<digest>sha256:\w+)/)?.groups ??
          {};
        assert.is(digest, DIGEST);
      });
    });
  });
});

test("docker loads an archive that was saved for it", async () => {
  const missing = lacks(...PROGRAMS, "dockerd", "docker");
  if (missing) return skip(missing);
  await withUpstream(async (one) => {
    await withFolder(async (folder) => {
      const file = join(folder, "a.tar");
      const words = [`${one}/pause:3.10`, file, "--format", "docker", "--platform", "linux/amd64"];
      await succeeds("save", ...words);
      await withDockerd(async (docker) => {
        assert.is(await docker.load(file), `${one}/pause:3.10`);
        const { Architecture } = await docker.inspect(`${one}/pause:3.10`);
        assert.is(Architecture, "amd64");
      });
    });
  });
});

test("some platforms: docker-registry refuses a sparse index and takes a rewritten one", async () => {
  const missing = lacks(...PROGRAMS);
  if (missing) return skip(missing);
  await withUpstream(async (one, two) => {
    const words = [
      "mirror",
      `${one}/pause:3.10`,
      `${two}/few`,
      "--platform",
      "linux/arm64,windows/amd64:10.0.20348",
    ];
    const refused = await program(...words);
    assert.is(refused.exitCode, 8);
    assert.match(refused.stderr, /refuses a sparse index.*--rewrite/);
    const { exitCode, stderr } = await program(...words, "--rewrite");
    assert.is(exitCode, 0, stderr);
    assert.match(stderr, new RegExp(`rewritten.*no longer ${DIGEST}`));
    const { bytes } = await skopeoReads(two, "few:3.10");
    const { manifests } = JSON.parse(bytes);
    assert.equal(
      manifests.map(({ platform }: Record<string, Record<string, string>>) =>
        platform?.["os.version"] ?? platform?.architecture
      ),
      ["arm64", "10.0.20348.3207"],
    );
  });
});

test("a registry that takes no foreign layers: the error says what to allow", async () => {
  const missing = lacks(...PROGRAMS);
  if (missing) return skip(missing);
  await withUpstream(async (one, two) => {
    const refused = await program("mirror", `${one}/pause:3.10`, `${two}/pause`);
    assert.is(refused.exitCode, 8);
    assert.match(refused.stderr, /validation\.manifests\.urls\.allow/);
    const words = ["--platform", "linux/amd64,linux/arm64", "--rewrite"];
    await succeeds("mirror", `${one}/pause:3.10`, `${two}/pause`, ...words);
  }, false);
});

test("killed by SIGKILL again and again, a mirror gets there, and its tag never names a part", async () => {
  const missing = lacks(...PROGRAMS);
  if (missing) return skip(missing);
  await withUpstream(async (one, two) => {
    const store = registryStore({ host: two, repository: "killed" });
    const ours = [...onDeno(process.cwd()), "mirror", `${one}/pause:3.10`, `${two}/killed`];
    let kills = 0;
    for (let seconds = 0.3; kills < 60; seconds += 0.04) {
      const { exitCode, stderr } = await run(["timeout", "--signal=KILL", `${seconds}`, ...ours]);
      if (await store.resolve("3.10") !== undefined) await holdsAll(two, "killed");
      if (exitCode === 0) break;
      assert.is(exitCode, KILLED, stderr);
      kills++;
    }
    assert.ok(kills >= 3, `${kills} kills`);
    await holdsAll(two, "killed");
  });
});

test.run();
