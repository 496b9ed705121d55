import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Ended, run } from "../../build/host/process.ts";
import type { Metadata } from "../../build/make/metadata.ts";
import { withDockerRegistry } from "../support/docker-registry.ts";
import { withFolder } from "../support/folder.ts";
import { onDeno, runProgram } from "../support/program.ts";
import { withRegistry } from "../support/registry.ts";
import { lacks, skip } from "../support/skip.ts";

const program = onDeno(process.cwd());

async function push(folder: string, host: string, ...words: string[]): Promise<Ended> {
  // An empty folder for docker's configuration: this machine's own logins stay out of it.
  const env = { DOCKER_CONFIG: folder, REGISTRY_AUTH_FILE: "" };
  const all = ["all-push", "ARCH=amd64 arm64", `REGISTRY=${host}/k8s`, ...words];
  return await runProgram(folder, all, { program, env });
}

/** Gives `use` a folder in which the programs are compiled already. */
async function withPrograms(use: (folder: string) => Promise<void>): Promise<void> {
  const missing = lacks("clang-19");
  if (missing !== undefined) return skip(missing);
  await withFolder(async (folder) => {
    const ended = await runProgram(folder, ["build", "ARCH=amd64 arm64"], { program });
    assert.is(ended.exitCode, 0, ended.stderr);
    await use(folder);
  });
}

test("a registry that is down ends with 8, and the image is in out/ all the same", () =>
  withPrograms(async (folder) => {
    const ended = await push(folder, "127.0.0.1:9");
    assert.is(ended.exitCode, 8, ended.stderr);
    assert.match(ended.stderr, /127\.0\.0\.1:9\/k8s\/pause/);
    assert.ok(existsSync(join(folder, "out/index.json")));
  }));

test("a registry that wants a login ends with 9, and says how to log in", () =>
  withPrograms((folder) =>
    withDockerRegistry(async ({ host }) => {
      const ended = await push(folder, host);
      assert.is(ended.exitCode, 9, ended.stderr);
      assert.match(ended.stderr, `docker login ${host}`);
    }, { htpasswd: true })
  ));

/** Pushes a first image, orders a fault, pushes another one, and looks at the tag. */
function keepsItsTag(
  fault: (order: (fault: object) => void) => void,
  expected: { readonly exitCode: number; readonly says: RegExp },
): Promise<void> {
  return withPrograms((folder) =>
    withRegistry({}, async (registry) => {
      const first = await push(folder, registry.host, "TAG=v1", "VERSION=same", "REV=1", "--json");
      assert.is(first.exitCode, 0, first.stderr);
      const { index } = JSON.parse(first.stdout) as Metadata;
      fault((order) => registry.fault(order as Parameters<typeof registry.fault>[0]));
      const second = await push(folder, registry.host, "TAG=v1", "SOURCE_DATE_EPOCH=7", "REV=2");
      assert.is(second.exitCode, expected.exitCode, second.stderr);
      assert.match(second.stderr, expected.says);
      const tag = await runTag(registry.host, "v1");
      assert.is(tag, index?.digest, "the tag points where it did");
    })
  );
}

async function runTag(host: string, tag: string): Promise<string | null> {
  const answer = await fetch(`http://${host}/v2/k8s/pause/manifests/${tag}`, {
    method: "HEAD",
    headers: { accept: "application/vnd.oci.image.index.v1+json" },
  });
  return answer.headers.get("docker-content-digest");
}

test("a registry that forbids an upload ends with 9, and the old tag is untouched", () =>
  keepsItsTag(
    (order) =>
      order({ route: "upload", times: 1000, fault: { status: 403, headers: {}, body: "" } }),
    { exitCode: 9, says: /403/ },
  ));

test("a registry that lies about a digest ends with 10, and the old tag is untouched", () =>
  keepsItsTag(
    (order) =>
      order({
        route: "manifest",
        method: "PUT",
        times: 1000,
        fault: {
          alter: (answer: { headers: Record<string, string> }) => ({
            ...answer,
            headers: { ...answer.headers, "docker-content-digest": `sha256:${"0".repeat(64)}` },
          }),
        },
      }),
    { exitCode: 10, says: /sha256:0000/ },
  ));

/** A mount of its own with so many bytes, where this machine lets us mount. */
async function withDisk(
  options: string,
  use: (folder: string) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const mounted = await run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder]);
    if (mounted.exitCode !== 0) return skip("only root may mount");
    try {
      await use(folder);
    } finally {
      await run(["umount", "--lazy", folder]);
    }
  });
}

test("a full disk ends with 7, leaves the old image whole, and goes on when there is room", async () => {
  const missing = lacks("clang-19", "skopeo");
  if (missing !== undefined) return skip(missing);
  await withDisk("size=64m,mode=755", async (folder) => {
    const all = (...words: string[]): Promise<Ended> =>
      runProgram(folder, ["all", "ARCH=amd64 arm64", ...words], { program });
    assert.is((await all()).exitCode, 0);
    await run(["sh", "-c", "cat /dev/zero > filler; true"], { cwd: folder });
    const full = await all("REV=2", "SOURCE_DATE_EPOCH=7");
    assert.is(full.exitCode, 7, full.stderr);
    assert.match(full.stderr, /no space|ENOSPC/i);
    const old = await run(["skopeo", "inspect", "--raw", "oci:out:3.10.2"], { cwd: folder });
    assert.is(old.exitCode, 0, old.stderr);
    await run(["rm", "filler"], { cwd: folder });
    const again = await all("REV=2", "SOURCE_DATE_EPOCH=7");
    assert.is(again.exitCode, 0, again.stderr);
  });
});

test("a disk that cannot be written to ends with 7", async () => {
  const missing = lacks("clang-19");
  if (missing !== undefined) return skip(missing);
  await withDisk("ro,size=1m", async (folder) => {
    const ended = await runProgram(folder, ["all", "ARCH=amd64"], { program });
    assert.is(ended.exitCode, 7, ended.stderr);
    assert.match(ended.stderr, /EROFS|read-only/i);
  });
});

/** Everything below a folder that a stopped run must not leave. */
function leftovers(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith(".tmp"));
}

for (const [signal, exitCode] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  test(`${signal} at any time ends with ${exitCode}, and the next run finishes the work`, async () => {
    const missing = lacks("clang-19", "skopeo");
    if (missing !== undefined) return skip(missing);
    for (const delay of [120, 250, 400, 700]) {
      await withFolder(async (folder) => {
        const work = join(folder, "work");
        await mkdir(work);
        const [command, ...words] = [...program, "all"];
        const child = spawn(command as string, words, { cwd: work, stdio: "ignore" });
        await sleep(delay);
        child.kill(signal);
        const [code, by] = await once(child, "exit") as [number | null, string | null];
        // It may have been done before, or not yet have listened: then the system ends it.
        assert.ok(code === exitCode || code === 0 || by === signal, `${delay} ms: ${code} ${by}`);
        if (code !== null) assert.equal(leftovers(work), []);
        const again = await runProgram(work, ["all"], { program });
        assert.is(again.exitCode, 0, again.stderr);
        const read = await run(["skopeo", "inspect", "--raw", "oci:out:3.10.2"], { cwd: work });
        assert.is(read.exitCode, 0, read.stderr);
      });
    }
  });
}

test.run();
