import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { SIGSTORE_ROOT } from "../../../build/attest/trust/sigstore.ts";
import { trustedRoot } from "../../../build/attest/trust/trust.ts";
import { askService } from "../../../build/store/registry/http/service.ts";
import { failsWith } from "../../support/fails.ts";
import { withFolder } from "../../support/folder.ts";
import { type TufOptions, withTufRepository } from "../../support/sigstore/tuf-repository.ts";

// Nothing here verifies bundles: what that does to crypto.verify on Deno would be taken for granted.

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** What a repository with the public root gives, as JSON of how many logs there are. */
const refreshing = (options: TufOptions): Promise<number> =>
  withTufRepository(
    bytesOf(SIGSTORE_ROOT),
    options,
    async (mirror) => (await trustedRoot({ mirror })).tlogs.length,
  );

test("the root is refreshed from a TUF repository, and nothing is left behind", async () => {
  assert.ok(await refreshing({}) > 0);
  const left = (await readdir(tmpdir())).filter((name) => name.includes("pause-image-tuf"));
  assert.equal(left, []);
});

test("a repository whose signatures have expired is refused: it may hide what is newer", async () => {
  const error = await failsWith(
    ["verification"],
    () => refreshing({ expires: "2026-01-01T00:00:00Z" }),
  );
  assert.match(error.message, /^Cannot refresh the trusted root from http:.*expired.*clock/);
  assert.match(error.message, /--offline takes the one that this version brings/);
});

test("what a repository did not sign is refused", async () => {
  const { length } = bytesOf(SIGSTORE_ROOT);
  const other = await otherTimestamp();
  for (
    const instead of [
      { "timestamp.json": other },
      { "timestamp.json": bytesOf("{}") },
      { "1.targets.json": other },
    ]
  ) {
    const error = await failsWith(["verification"], () => refreshing({ instead }));
    assert.match(error.message, /Do not trust what it sends/);
  }
  const target = `targets/${hashOfRoot()}.trusted_root.json`;
  const instead = { [target]: new Uint8Array(length) };
  await failsWith(["verification"], () => refreshing({ instead }));
});

/** One that another key signed. */
async function otherTimestamp(): Promise<Uint8Array> {
  return await withTufRepository(bytesOf("{}"), {}, async ({ url }) => {
    const at = new URL(`${url}/timestamp.json`);
    return (await askService({ method: "GET", url: at }, { task: "test" })).bytes;
  });
}

const hashOfRoot = (): string => createHash("sha256").update(SIGSTORE_ROOT).digest("hex");

test("a repository that cannot be reached, or is broken, says nothing about the root", async () => {
  const gone = await withTufRepository(bytesOf("{}"), {}, (mirror) => Promise.resolve(mirror));
  await withFolder(async (folder) => {
    const root = join(folder, "root.json");
    await withTufRepository(bytesOf("{}"), {}, async (mirror) => {
      await writeFile(root, readFileSync(mirror.root));
    });
    const mirror = { url: gone.url, root };
    const error = await failsWith(["registry"], () => trustedRoot({ mirror }));
    assert.match(error.message, /refused/);
  });
  for (const file of ["timestamp.json", "1.snapshot.json", "1.targets.json"]) {
    await failsWith(["registry"], () => refreshing({ instead: { [file]: 404 } }));
  }
});

test.run();
