/** The command `sync` between real registries, as cron and people run it. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { EXIT_CODES } from "../../../build/error.ts";
import { type Ended, run } from "../../../build/host/process.ts";
import { registryStore } from "../../../build/store/registry/registry.ts";
import { OUT_OF_DATE } from "../../../build/terminal/manual/sync.ts";
import { PASSWORD, USER, withDockerRegistry } from "../../support/docker-registry.ts";
import { withFolder } from "../../support/folder.ts";
import { onDeno } from "../../support/program.ts";
import { lacks, skip } from "../../support/skip.ts";
import { putSample } from "./places.ts";

/** Runs `sync` in a folder with this file, and with `input` on the standard input. */
async function sync(
  folder: string,
  file: string,
  words: readonly string[] = [],
  { input = "", env = {} }: { input?: string; env?: Record<string, string> } = {},
): Promise<Ended> {
  await writeFile(join(folder, "pause-mirror.yaml"), file);
  await writeFile(join(folder, "input"), input);
  const command = [...onDeno(process.cwd()), "sync", ...words];
  return await run(["sh", "-c", 'exec "$@" <input', "sh", ...command], {
    cwd: folder,
    env: { ...process.env, HOME: folder, ...env } as Record<string, string>,
  });
}

const fileFor = (sources: string, to: string, rest = ""): string =>
  `version: 1\nsources:\n${sources}\ndestinations:\n  - to: "${to}/k8s/{name}"\n${rest}`;

test("a sync file is mirrored, is then up to date, and --check says when it is no longer", async () => {
  const missing = lacks("docker-registry");
  if (missing !== undefined) return skip(missing);
  await withFolder((folder) =>
    withDockerRegistry(({ host: from }) =>
      withDockerRegistry(async ({ host: to }) => {
        const source = registryStore({ host: from, repository: "coredns/coredns" });
        const first = await putSample(source, ["v1.12.0", "v1.13.1", "v1.13.1-linux-amd64"]);
        const file = fileFor(
          `  - image: ${from}/coredns/coredns\n    tags: { semver: [">=1.12"] }`,
          to,
        );
        const check = async (): Promise<number> => (await sync(folder, file, ["--check"])).exitCode;
        assert.is(await check(), OUT_OF_DATE);
        const dry = await sync(folder, file, ["--dry-run"]);
        assert.equal([dry.exitCode, dry.stdout.match(/ missing /g)?.length], [0, 2], dry.stderr);
        const done = await sync(folder, file);
        assert.is(done.exitCode, 0, done.stderr);
        assert.match(done.stdout, /2 of 2 images up to date\n$/);
        const destination = registryStore({ host: to, repository: "k8s/coredns" });
        for (const tag of ["v1.12.0", "v1.13.1"]) {
          assert.is((await destination.resolve(tag))?.digest, first.descriptor.digest);
        }
        assert.is(await check(), 0);
        await putSample(source, ["v1.13.1"], 2);
        assert.is(await check(), OUT_OF_DATE);
      })
    )
  );
});

test("the list of kubeadm comes through a pipe, and the login from variables that the file names", async () => {
  const missing = lacks("docker-registry");
  if (missing !== undefined) return skip(missing);
  await withFolder((folder) =>
    withDockerRegistry(({ host: from }) =>
      withDockerRegistry(async ({ host: to }) => {
        for (const name of ["pause", "coredns/coredns"]) {
          await putSample(registryStore({ host: from, repository: name }), ["1"]);
        }
        const file = fileFor(
          '  - list: "-"',
          to,
          `registries: { "${to}": { credentials: { environment: { username: U, password: P } } } }`,
        );
        const input = `${from}/pause:1\r\n\n${from}/coredns/coredns:1\n`;
        const unset = await sync(folder, file, [], { input });
        assert.is(unset.exitCode, EXIT_CODES.usage);
        assert.match(unset.stderr, /the environment variable U, which the sync file names/);
        const wrong = await sync(folder, file, [], { input, env: { U: USER, P: "hunter2" } });
        assert.is(wrong.exitCode, EXIT_CODES.authentication, wrong.stderr);
        assert.not.match(wrong.stdout + wrong.stderr, "hunter2");
        const env = { U: USER, P: PASSWORD };
        const done = await sync(folder, file, [], { input, env });
        assert.is(done.exitCode, 0, done.stderr);
        const junk = await sync(folder, file, [], { input: `${input}W1122 a warning`, env });
        assert.is(junk.exitCode, EXIT_CODES.usage);
        assert.match(junk.stderr, /the standard input:4/);
      }, { htpasswd: true })
    )
  );
});

test.run();
