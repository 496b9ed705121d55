import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { EXIT_CODES, PauseError } from "../../build/error.ts";
import { mirrorImage } from "../../build/mirror/mirror.ts";
import type { Delivery } from "../../build/mirror/report.ts";
import { sha256 } from "../../build/oci/digest.ts";
import { registryStore } from "../../build/store/registry/registry.ts";
import { runLoad } from "../../build/terminal/load.ts";
import { runMirror } from "../../build/terminal/mirror.ts";
import { closingTable, exitCode } from "../../build/terminal/mirror-lines.ts";
import { runSave } from "../../build/terminal/save.ts";
import { failsWith } from "../support/fails.ts";
import { withFolder } from "../support/folder.ts";
import { withRegistry } from "../support/registry.ts";
import { upstreamImage, upstreamStore } from "../mirror/upstream-image.ts";
import { desk } from "./desk.ts";

const plain = (_style: string, text: string): string => text;

const SIGNAL = new AbortController().signal;

/** Gives `use` a registry that has upstream's image under each of `tags`. */
async function withUpstream(
  tags: readonly string[],
  use: (from: string, to: string) => Promise<void>,
): Promise<void> {
  await withRegistry({}, async ({ host }) => {
    for (const [at, tag] of tags.entries()) {
      const source = await upstreamStore(upstreamImage(at + 1), tag);
      const store = registryStore({ host, repository: "up/pause" });
      await mirrorImage(source, tag, [{ store, tags: [tag] }], { referrers: at === 0 });
    }
    await withRegistry({}, (other) => use(`${host}/up/pause`, other.host));
  });
}

test("mirror tells of each destination, closes with a table, and exits with 0", async () => {
  await withUpstream(["3.10"], async (from, to) => {
    const { desk: here, out, err } = desk();
    const words = [`${from}:3.10`, `${to}/k8s/pause`, `${to}/copy:latest`];
    assert.is(await runMirror(words, SIGNAL, here), 0);
    const { digest } = upstreamImage().index.descriptor;
    assert.equal(out.map((line) => line.replaceAll(/ {2,}/g, "  ")), [
      `${to}/k8s/pause:3.10  ${digest}  copied  (15.0 kB, 5 referrers)`,
      `${to}/copy:latest  ${digest}  copied  (0 B, 5 referrers)`,
      "",
      "destination  copied  present  mounted  failed  bytes  digest",
      `${to}/k8s/pause  44  0  0  0  15.0 kB  ${digest}`,
      `${to}/copy  16  0  28  0  0 B  ${digest}`,
    ]);
    const columns = out.slice(-2).map((line) => line.indexOf("sha256:"));
    assert.is(columns[0], columns[1], "the columns stand below each other");
    assert.equal(err, []);
    const again = desk();
    assert.is(await runMirror(words, SIGNAL, again.desk), 0);
    assert.match(again.out[0] ?? "", /is up to date$/);
  });
});

test("tags by pattern; a destination that fails makes the exit code partial, and the others get theirs", async () => {
  await withUpstream(["3.9", "3.10", "3.11-rc.1"], async (from, to) => {
    const { desk: here, out, err } = desk();
    const words = [from, `${to}/pause`, "127.0.0.1:9/pause", "--semver", ">=3.9", "--keep-going"];
    assert.is(await runMirror(words, SIGNAL, here), EXIT_CODES.partial);
    const store = registryStore({ host: to, repository: "pause" });
    const tags: string[] = [];
    for await (const tag of store.tags()) if (!tag.startsWith("sha256-")) tags.push(tag);
    assert.equal(tags, ["3.10", "3.9"]);
    assert.is(
      err.filter((line) => line.includes("127.0.0.1:9/pause") && line.includes("failed")).length,
      2,
    );
    assert.ok(out.some((line) => /^127\.0\.0\.1:9\/pause +0 +0 +0 +2 /.test(line)));
  });
});

test("without --keep-going nothing new begins after a failure", async () => {
  await withUpstream(["3.9", "3.10"], async (from, to) => {
    const { desk: here, err } = desk();
    const words = [from, `${to}/pause`, "--tag", "0,1,10,11,12,13,14,15,16,3.9"];
    assert.is(await runMirror(words, SIGNAL, here), EXIT_CODES.registry);
    assert.match(err[0] ?? "", /up\/pause:[01]+\d* {2}failed {2}/);
  });
});

test("--json prints a line for each event, and all that became of it last", async () => {
  await withUpstream(["3.10"], async (from, to) => {
    const { desk: here, out } = desk();
    const words = [`${from}:3.10`, `${to}/pause`, "127.0.0.1:9/pause", "--json"];
    assert.is(await runMirror(words, SIGNAL, here), EXIT_CODES.partial);
    const events = out.map((line) => JSON.parse(line));
    assert.equal([events[0].type, events.at(-1).type], ["resolved", "done"]);
    const [{ deliveries }] = events.at(-1).images;
    assert.is(deliveries[0].digest, upstreamImage().index.descriptor.digest);
    assert.is(deliveries[1].error.code, "registry");
    assert.match(deliveries[1].error.message, /^Cannot push 127\.0\.0\.1:9\/pause/);
    assert.is(events.filter(({ type }) => type === "delivered").length, 2);
  });
});

test("save and load carry images through a file", async () => {
  await withUpstream(["3.10", "3.9"], async (from, to) => {
    await withFolder(async (folder) => {
      const file = join(folder, "a.tar");
      const { desk: here, out } = desk();
      assert.is(await runSave([`${from}:3.10`, `${from}:3.9`, file], SIGNAL, here), 0);
      assert.match(
        out.at(-1) ?? "",
        /a\.tar {2}sha256:[0-9a-f]{64} {2}[\d.]+ kB, checksum in .*a\.tar\.sha256$/,
      );
      const loading = desk();
      assert.is(await runLoad([file, `${to}/air`, "--json"], SIGNAL, loading.desk), 0);
      const { images, checked } = JSON.parse(loading.out.at(-1) ?? "");
      assert.ok(checked);
      assert.equal(
        images.map((one: { deliveries: Delivery[] }) => one.deliveries[0]?.destination),
        [`${to}/air/up/pause:3.10`, `${to}/air/up/pause:3.9`],
      );
      await failsWith(
        ["usage"],
        () => runSave([`${from}@${sha256(new Uint8Array())}`, file], SIGNAL, here),
      );
    });
  });
});

test("save takes some platforms alone, and says that the index is another then", async () => {
  await withUpstream(["3.10"], async (from) => {
    await withFolder(async (folder) => {
      const file = join(folder, "a.tar");
      const { desk: here, out, err } = desk();
      const words = [`${from}:3.10`, file, "--platform", "linux/s390x"];
      assert.is(await runSave(words, SIGNAL, here), 0);
      assert.is(err.length, 1);
      assert.match(err[0] ?? "", /^note: The index of .* is rewritten for some platforms/);
      assert.not.match(out[0] ?? "", upstreamImage().index.descriptor.digest);
    });
  });
});

test("an archive as destination is written when everything arrived in it, and else is not", async () => {
  await withUpstream(["3.10"], async (from) => {
    await withFolder(async (folder) => {
      const file = join(folder, "a.tar");
      const words = [`${from}:3.10`, `oci-archive:${file}`];
      const late = [from, `oci-archive:${file}`, "--tag", "3.10,3.11", "--keep-going"];
      const missing = desk();
      assert.is(await runMirror(late, SIGNAL, missing.desk), EXIT_CODES.registry);
      assert.ok(missing.err.some((line) => /a\.tar:3\.10 {2}failed {2}.*1 of 2 images/.test(line)));
      await failsWith(
        ["storage"],
        () => runMirror([`oci-archive:${file}`, `oci:${folder}/none`], SIGNAL, desk().desk),
      );
      // What becomes of another destination is nothing to it.
      assert.is(
        await runMirror([...words, "127.0.0.1:9/x"], SIGNAL, desk().desk),
        EXIT_CODES.partial,
      );
      const { desk: here, out } = desk();
      assert.is(await runMirror([`oci-archive:${file}`, `oci:${folder}/out`], SIGNAL, here), 0);
      assert.match(out[0] ?? "", /out:3\.10 {2}sha256:.* copied/);
      // One platform for those who take one.
      const docker = [`${from}:3.10`, `docker-archive:${folder}/d.tar`];
      assert.is(await runMirror(docker, SIGNAL, desk().desk), EXIT_CODES.usage);
      assert.is(await runMirror([...docker, "--platform", "linux/s390x"], SIGNAL, desk().desk), 0);
    });
  });
});

test("--json ends with a line that has the error and its code when nothing could be begun", async () => {
  await withFolder(async (folder) => {
    const missing = `oci-archive:${folder}/none.tar`;
    for (
      const [command, words] of [
        [runMirror, [missing, `oci:${folder}/out`]],
        [runSave, ["127.0.0.1:9/x@sha256:nothing", `${folder}/a.tar`]],
        [runLoad, [`${folder}/none.tar`, "127.0.0.1:9"]],
      ] as const
    ) {
      const { desk: here, out, err } = desk();
      const error = await failsWith(
        ["usage", "storage"],
        () => command([...words, "--json"], SIGNAL, here),
      );
      const { code, message } = error;
      assert.equal(out.map((line) => JSON.parse(line)), [
        { type: "done", images: [], failures: [], error: { code, message } },
      ]);
      assert.equal(err, [], "whoever called says it");
    }
  });
});

test("an image that cannot be saved is told once, and is the exit code", async () => {
  await withUpstream(["3.10"], async (from) => {
    await withFolder(async (folder) => {
      const file = join(folder, "a.tar");
      const words = [`${from}:3.10`, file];
      const failing = desk();
      await mkdir(`${file}.part`);
      await writeFile(join(`${file}.part`, "mine"), "in the way");
      const code = await runSave(words, SIGNAL, failing.desk);
      assert.is(code, EXIT_CODES.usage);
      assert.is(failing.err.length, 1);
      assert.match(failing.err[0] ?? "", /a\.tar.*:3\.10 {2}failed {2}Cannot/);
      assert.equal(failing.out, [], "no table of an archive that is not there");
      const inJson = desk();
      assert.is(await runSave([...words, "--json"], SIGNAL, inJson.desk), code);
      assert.is(JSON.parse(inJson.out.at(-1) ?? "").error.code, "usage");
    });
  });
});

test("the exit code is that of the only kind of failure when nothing was done", () => {
  const error = new PauseError("authentication", "Cannot.");
  const delivery = { destination: "x", pieces: { copied: 0, present: 0, mounted: 0 }, bytes: 0 };
  const digest = sha256(new Uint8Array());
  const one = (...deliveries: Delivery[]): Parameters<typeof exitCode>[0] => ({
    mirrored: [{ source: "s", digest, deliveries, notes: [] }],
    failures: [],
  });
  const failed: Delivery = { ...delivery, outcome: "failed", error };
  assert.is(exitCode(one({ ...delivery, outcome: "present" })), 0);
  assert.is(exitCode(one(failed)), EXIT_CODES.authentication);
  assert.is(exitCode(one(failed, { ...delivery, outcome: "copied" })), EXIT_CODES.partial);
  assert.is(exitCode({ ...one(), failures: [{ source: "s", error }] }), EXIT_CODES.authentication);
  assert.equal(closingTable({ mirrored: [], failures: [] }, plain), []);
});

test.run();
