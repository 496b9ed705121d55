import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { VERDICT_CODES } from "../../build/attest/verify/verdict.ts";
import { copy } from "../../build/copy/copy.ts";
import { memoryStore } from "../../build/store/memory.ts";
import { layoutStore } from "../../build/store/layout/layout.ts";
import { runAttest } from "../../build/terminal/attest.ts";
import { runSign } from "../../build/terminal/sign.ts";
import { runVerifySignature } from "../../build/terminal/verify-signature.ts";
import * as keys from "../attest/keys/openssl.ts";
import { AMD64, ARM64, ROOT, SIG_TAG, TAG } from "../attest/verify/stage.ts";
import { withEnvironment } from "../support/clients.ts";
import { failsWith } from "../support/fails.ts";
import { withFolder } from "../support/folder.ts";
import { type TestRegistry, withRegistry } from "../support/registry.ts";
import { holding } from "../support/registry/held.ts";
import { screenOn } from "./desk.ts";

const SIGNAL = new AbortController().signal;
const PARTS = [AMD64, ARM64].flatMap(({ config, layer, manifest }) => [config, layer, manifest]);

interface Stage {
  readonly registry: TestRegistry;
  readonly image: string;
  readonly folder: string;
  /** The words that sign, and those that verify. */
  readonly key: readonly string[];
  readonly trust: readonly string[];
}

const withStage = (use: (stage: Stage) => Promise<void>): Promise<void> =>
  withFolder((folder) =>
    withRegistry({}, async (registry) => {
      registry.repositories.set("k8s/pause", holding([...PARTS, ROOT], { [TAG]: ROOT }));
      const [key, pub] = [join(folder, "key.pem"), join(folder, "key.pub")];
      await writeFile(key, keys.PLAIN, { mode: 0o600 });
      await writeFile(pub, keys.PUBLIC);
      await use({
        registry,
        image: `${registry.host}/k8s/pause:${TAG}`,
        folder,
        key: ["--key", key],
        trust: ["--key", pub],
      });
    })
  );

interface Said {
  readonly code: number;
  readonly out: string[];
  readonly err: string[];
}

async function run(command: typeof runSign, ...words: string[]): Promise<Said> {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await command(words, SIGNAL, screenOn(out), screenOn(err));
  return { code, out, err };
}

const shortened = (lines: readonly string[]): string[] =>
  lines.map((line) => line.replace(/sha256:\w+/, "…"));

test("sign tells of each signature, and of none twice; verify-signature finds them", () =>
  withStage(async ({ image, key, trust }) => {
    const signed = (outcome: string): string[] =>
      ["  linux/amd64", "  linux/arch1", ""].flatMap((platform) =>
        ["tag", "referrer"].map((form) => `${outcome}  …  ${form}${platform}`)
      );
    const first = await run(runSign, image, ...key);
    assert.is(first.code, 0);
    assert.equal(shortened(first.out), signed("signed "));
    const second = await run(runSign, image, ...key);
    assert.equal(shortened(second.out), signed("present"));
    for (const more of [[], ["--platform", "linux/arch1"]]) {
      const { code, out } = await run(runVerifySignature, image, ...trust, ...more);
      assert.is(code, 0);
      assert.is(out.filter((line) => /^ {2}by /.test(line)).length, 2, out.join("\n"));
    }
  }));

test("several images are signed by one command, and told of as JSON, a line each", () =>
  withStage(async ({ registry, image, key }) => {
    registry.repositories.set("other", holding([...PARTS, ROOT], { [TAG]: ROOT }));
    const other = `${registry.host}/other@${ROOT.descriptor.digest}`;
    const { out } = await run(runSign, image, other, ...key, "--form", "tag", "--json");
    const told = out.map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.equal(told.map(({ image }) => image), [image, other]);
    assert.is(told[1]?.digest, ROOT.descriptor.digest);
    assert.equal((told[1]?.signed as unknown[])[0], {
      digest: AMD64.manifest.descriptor.digest,
      platform: "linux/amd64",
      form: "tag",
      outcome: "signed",
    });
  }));

test("a layout is signed as a referrer, and under cosign's tag for a name that is given", () =>
  withStage(async ({ folder, key, trust }) => {
    const layout = `oci:${join(folder, "out")}`;
    const store = layoutStore(join(folder, "out"));
    await copy(memoryStore("test", [...PARTS, ROOT]), ROOT.descriptor.digest, store, {
      tags: [TAG],
    });
    await store.commit();
    const referrers = await run(runSign, layout, ...key);
    assert.equal(new Set(referrers.out.map((line) => line.split(/ +/)[2])), new Set(["referrer"]));
    assert.is((await run(runVerifySignature, layout, ...trust)).code, 0);
    const named = ["--form", "tag", "--as", "registry.example.com/k8s/pause:3.10"];
    assert.is((await run(runSign, layout, ...key, ...named)).code, 0);
    const { out } = await run(runVerifySignature, layout, ...trust);
    assert.match(out.join("\n"), "made for registry.example.com/k8s/pause:3.10");
  }));

test("attest signs what a file says, and verify-signature finds it by its type", () =>
  withStage(async ({ folder, image, key, trust }) => {
    const [predicate, type] = [join(folder, "scan.json"), "https://example.com/scan/v1"];
    await writeFile(predicate, '{"found":0}');
    const words = [image, ...key, "--predicate", predicate, "--type", type];
    const { out } = await run(runAttest, ...words);
    assert.equal(shortened(out), [`signed   …  ${type}`]);
    assert.equal(shortened((await run(runAttest, ...words)).out), [`present  …  ${type}`]);
    assert.is((await run(runVerifySignature, image, ...trust, "--type", type)).code, 0);
    const signature = await run(runVerifySignature, image, ...trust);
    assert.is(signature.code, VERDICT_CODES.unsigned);
    const nothing = (): Promise<Said> => run(runAttest, image, ...key);
    assert.match((await failsWith(["usage"], nothing)).message, "no SBOM and no provenance hangs");
  }));

test("a key that others can read is warned of on stderr, where nothing else is", () =>
  withStage(async ({ folder, image, key }) => {
    assert.equal((await run(runSign, image, ...key)).err, []);
    const open = join(folder, "open.pem");
    await writeFile(open, keys.PLAIN, { mode: 0o644 });
    const { err } = await run(runSign, image, "--key", open);
    assert.is(err.length, 1);
    assert.match(err[0] ?? "", `Warning: The key ${open} can be read by others`);
  }));

test("a wrong passphrase ends it before the registry is asked, and is not repeated", () =>
  withStage(async ({ registry, folder, image }) => {
    const sealed = join(folder, "sealed.pem");
    await writeFile(sealed, keys.ENCRYPTED, { mode: 0o600 });
    const signing = (): Promise<Said> => run(runSign, image, "--key", sealed);
    const { message } = await withEnvironment(
      { PAUSE_KEY_PASSPHRASE: "battery staple" },
      () => failsWith(["authentication"], signing),
    );
    assert.not.match(message, "battery staple");
    assert.is(registry.log.length, 0);
    await withEnvironment({ PAUSE_KEY_PASSPHRASE: keys.PASSPHRASE }, signing);
    assert.ok(registry.repositories.get("k8s/pause")?.tags.has(SIG_TAG));
  }));

test("a tag that only seems to be missing is not written over", () =>
  withStage(async ({ registry, image, key }) => {
    const words = [image, ...key, "--form", "tag", "--no-recursive"];
    await run(runSign, ...words);
    const before = registry.log.length;
    // As whatever stands before a registry may answer. The first request is for the image.
    const fault = {
      status: 404,
      headers: { "content-type": "text/html" },
      body: new Uint8Array(9),
    };
    registry.fault({ route: "manifest", method: "HEAD", nth: 2, times: 9, fault });
    await failsWith(["registry"], () => run(runSign, ...words));
    assert.not(registry.log.slice(before).some(({ method }) => method === "PUT"));
  }));

/** Words that cannot be meant, and what is said of them. */
const WRONG: readonly (readonly [words: readonly string[], code: "usage", found: string])[] = [
  [[], "usage", "it takes the name of an image"],
  [["registry.example.com/pause", ""], "usage", "it takes the name of an image"],
  [["./out.tar"], "usage", "an archive is written whole, once"],
  [["registry.example.com/pause", "--as", "Pause"], "usage", "Cannot read the image name"],
  [["registry.example.com/pause", "--as", `a@${ROOT.descriptor.digest}`], "usage", "Leave it out"],
  [["registry.example.com/pause", "--form", "both,tag"], "usage", 'there is no form "both,tag"'],
];

for (const [words, code, found] of WRONG) {
  test(`sign ${words.join(" ").replace(/sha256:\w+/, "…")} is refused: ${found}`, () =>
    withStage(async ({ registry, key }) => {
      const signing = (): Promise<Said> => run(runSign, ...words, ...key);
      assert.match((await failsWith([code], signing)).message, found);
      assert.is(registry.log.length, 0);
    }));
}

test("sign without a key, and attest with half of what it is to say, are refused", () =>
  withStage(async ({ image, key }) => {
    const refused = async (command: typeof runSign, ...words: string[]): Promise<string> =>
      (await failsWith(["usage"], () => run(command, ...words))).message;
    assert.match(await refused(runSign, image), "no key is named. Add --key FILE");
    const half = [image, ...key, "--type", "spdx"];
    assert.match(await refused(runAttest, ...half), "--predicate and --type belong together");
    const named = [image, ...key, "--predicate", "package.json", "--type", "scan"];
    assert.match(await refused(runAttest, ...named), "--type scan is none of spdx");
    const text = [image, ...key, "--predicate", "README.md", "--type", "spdx"];
    assert.match(await refused(runAttest, ...text), "it is no JSON object");
  }));

test("the first image is not signed where the second cannot be", () =>
  withStage(async ({ registry, image, key }) => {
    const signing = (): Promise<Said> => run(runSign, image, "./out.tar", ...key);
    await failsWith(["usage"], signing);
    assert.is(registry.log.length, 0);
  }));

test("--help says what sign and attest do, and asks nobody", async () => {
  assert.match((await run(runSign, "--help")).out.join("\n"), "pause-image sign IMAGE… --key KEY");
  assert.match((await run(runAttest, "-h")).out.join("\n"), "pause-image attest IMAGE… --key KEY");
  assert.is(process.exitCode, undefined);
});

test.run();
