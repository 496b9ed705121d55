import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { loadByName, mirrorByName, saveByName } from "../../build/mirror/by-name.ts";
import { mirrorImage } from "../../build/mirror/mirror.ts";
import { run } from "../../build/host/process.ts";
import { saveImages } from "../../build/mirror/save.ts";
import { readWanted } from "../../build/mirror/subset.ts";
import { registryStore } from "../../build/store/registry/registry.ts";
import { failsWith } from "../support/fails.ts";
import { withFolder } from "../support/folder.ts";
import { withRegistry } from "../support/registry.ts";
import { app } from "./savings.ts";
import { upstreamImage, upstreamStore } from "./upstream-image.ts";

/** Runs `use` with other variables in the environment. */
async function withEnvironment<Value>(
  variables: Readonly<Record<string, string>>,
  use: () => Promise<Value>,
): Promise<Value> {
  const usual = { ...process.env };
  Object.assign(process.env, variables);
  try {
    return await use();
  } finally {
    for (const name of Object.keys(variables)) {
      if (usual[name] === undefined) delete process.env[name];
      else process.env[name] = usual[name];
    }
  }
}

/** Says that it was asked, then waits, and says that nobody has ended it. */
const HANGING = `#!/bin/sh
trap '' TERM INT
echo asked > "$LOG"
sleep 8
echo "ended by itself" >> "$LOG"
`;

/** Gives `use` a registry whose login a credential helper is asked for that hangs. */
async function withHangingHelper(
  use: (host: string, folder: string, asked: () => Promise<string>) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const log = join(folder, "log");
    const helper = join(folder, "docker-credential-hangs");
    await writeFile(helper, HANGING);
    await chmod(helper, 0o755);
    await writeFile(join(folder, "config.json"), JSON.stringify({ credsStore: "hangs" }));
    const asked = (): Promise<string> => readFile(log, "utf8").catch(() => "");
    const variables = {
      DOCKER_CONFIG: folder,
      HOME: folder,
      XDG_RUNTIME_DIR: folder,
      REGISTRY_AUTH_FILE: "",
      LOG: log,
      PATH: `${folder}:${process.env.PATH}`,
    };
    const auth = { scheme: "basic", username: "me", password: "hunter2" } as const;
    await withRegistry(
      { auth },
      ({ host }) => withEnvironment(variables, () => use(host, folder, asked)),
    );
  });
}

for (
  const [name, act] of Object.entries({
    mirror: (host: string, _: string, signal: AbortSignal) =>
      mirrorByName(`${host}/pause:3.10`, [`${host}/copy`], { signal }),
    save: (host: string, folder: string, signal: AbortSignal) =>
      saveByName([`${host}/pause:3.10`], join(folder, "a.tar"), { signal }),
    load: async (host: string, folder: string, signal: AbortSignal) => {
      await saveImages([await app()], join(folder, "b.tar"));
      return await loadByName(join(folder, "b.tar"), host, { signal });
    },
  })
) {
  test(`Ctrl-C ends a credential helper that hangs while ${name} waits for it`, async () => {
    await withHangingHelper(async (host, folder, asked) => {
      const user = new AbortController();
      const acting = failsWith(["interrupted"], () => act(host, folder, user.signal));
      while (await asked() === "") await sleep(5);
      user.abort();
      await acting;
      assert.is(await asked(), "asked\n");
    });
  });
}

test("all tags of a repository come into one archive for docker load, one platform of each", async () => {
  await withRegistry({}, async ({ host }) => {
    await withFolder(async (folder) => {
      const store = registryStore({ host, repository: "up/pause" });
      for (const [at, tag] of ["3.9", "3.10"].entries()) {
        const source = await upstreamStore(upstreamImage(at + 1), tag);
        await mirrorImage(source, tag, [{ store, tags: [tag] }], { referrers: false });
      }
      const file = join(folder, "a.tar");
      const { mirrored, failures } = await mirrorByName(
        `${host}/up/pause`,
        [`docker-archive:${file}`],
        {
          rules: { all: true },
          subset: { form: "sparse", platforms: [readWanted("linux/s390x")] },
        },
      );
      assert.equal(failures, []);
      assert.equal(mirrored.flatMap(({ deliveries }) => deliveries.map(({ error }) => error)), [
        undefined,
        undefined,
      ]);
      const extract = ["--extract", "--to-stdout", "--file", file, "manifest.json"];
      const { stdout } = await run(["tar", ...extract]);
      assert.equal(
        JSON.parse(stdout).map(({ RepoTags }: { RepoTags: string[] }) => RepoTags),
        [[`${host}/up/pause:3.10`], [`${host}/up/pause:3.9`]],
      );
    });
  });
});

test.run();
