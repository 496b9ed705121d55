import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { build, push } from "../../build/make/publish.ts";
import { withFolder } from "../support/folder.ts";
import { withRegistry } from "../support/registry.ts";
import { lacks, skip } from "../support/skip.ts";

const ONE = { ALL_ARCH: "amd64", TAG: "v1" };

test("build makes the image into OUTPUT, and push publishes the same", async () => {
  const missing = lacks("clang-19", "ld.lld-19");
  if (missing !== undefined) return skip(missing);
  await withFolder((directory) =>
    withRegistry({}, async ({ host, repositories }) => {
      const { saved: [saved], pushed: none } = await build({ assignments: ONE, directory });
      assert.equal(none, []);
      assert.ok(existsSync(join(directory, "out/index.json")));
      const { pushed: [pushed], saved: unsaved } = await push({
        assignments: { ...ONE, REGISTRY: `${host}/k8s` },
        directory,
      });
      assert.equal(unsaved, []);
      assert.is(pushed?.index?.digest, saved?.index?.digest);
      assert.is(repositories.get("k8s/pause")?.tags.get("v1"), saved?.index?.digest);
    })
  );
});

test("push writes nothing beside the registry, unless an OUTPUT says so", async () => {
  const missing = lacks("clang-19", "ld.lld-19");
  if (missing !== undefined) return skip(missing);
  await withFolder((directory) =>
    withRegistry({}, async ({ host }) => {
      const assignments = { ...ONE, REGISTRY: `${host}/k8s` };
      await push({ assignments, directory });
      assert.not.ok(existsSync(join(directory, "out")));
      const { saved } = await push({
        assignments: { ...assignments, OUTPUT: "oci:kept" },
        directory,
      });
      assert.ok(existsSync(join(directory, "kept/index.json")));
      assert.is(saved.length, 1);
    })
  );
});

test("logins that are handed over are asked for, and no other", async () => {
  const missing = lacks("clang-19", "ld.lld-19");
  if (missing !== undefined) return skip(missing);
  const auth = { scheme: "basic", username: "me", password: "hunter2" } as const;
  await withFolder((directory) =>
    withRegistry({ auth }, async ({ host, repositories }) => {
      await push({
        assignments: { ...ONE, REGISTRY: `${host}/k8s` },
        directory,
        credentials: () => Promise.resolve({ credential: { username: "me", password: "hunter2" } }),
      });
      assert.ok(repositories.get("k8s/pause")?.tags.get("v1"));
    })
  );
});

test.run();
