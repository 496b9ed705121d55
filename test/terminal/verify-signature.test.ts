import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { VERDICT_CODES } from "../../build/attest/verify/verdict.ts";
import type { Content } from "../../build/oci/descriptor.ts";
import { isManifest } from "../../build/oci/media-types.ts";
import { archiveStore } from "../../build/store/archive/archive.ts";
import { layoutStore } from "../../build/store/layout/layout.ts";
import type { Store } from "../../build/store/store.ts";
import { runVerifySignature } from "../../build/terminal/verify-signature.ts";
import {
  type Contents,
  cosignLayer,
  cosignManifest,
  keyBundle,
  referrerOf,
  simpleSigning,
  statement,
} from "../attest/verify/signing.ts";
import { AMD64, ARM64, ROOT, SIG_TAG, STRANGER, TAG, TRUSTED } from "../attest/verify/stage.ts";
import { failsWith } from "../support/fails.ts";
import { withFolder } from "../support/folder.ts";
import { withRegistry } from "../support/registry.ts";
import { withHeaders } from "../support/registry/alterations.ts";
import type { Fault } from "../support/registry/faults.ts";
import { holding } from "../support/registry/held.ts";
import { screenOn } from "./desk.ts";

const SIGNAL = new AbortController().signal;
const IMAGES = [AMD64, ARM64].flatMap(({ config, layer, manifest }) => [config, layer, manifest]);
const COSIGN = cosignManifest([
  cosignLayer(TRUSTED, simpleSigning(ROOT)),
  cosignLayer(STRANGER, simpleSigning(ROOT, { optional: {} })),
]);
const SIGNATURE = COSIGN.at(-1) as Content;
const DIGEST = ROOT.descriptor.digest;

/** A folder with trusted.pub and stranger.pub. */
function withKeys(use: (folder: string) => Promise<void>): Promise<void> {
  return withFolder(async (folder) => {
    await writeFile(join(folder, "trusted.pub"), TRUSTED.publicKey);
    await writeFile(join(folder, "stranger.pub"), STRANGER.publicKey);
    await use(folder);
  });
}

async function run(...words: string[]): Promise<{ code: number; lines: string[] }> {
  const lines: string[] = [];
  return { code: await runVerifySignature(words, SIGNAL, screenOn(lines)), lines };
}

async function keep(store: Store, contents: Contents, tags: readonly string[] = []): Promise<void> {
  for (const content of contents) {
    const { descriptor, bytes } = content;
    if (isManifest(descriptor.mediaType)) {
      await store.putManifest(content, content === contents.at(-1) ? tags : []);
    } else if (!await store.hasBlob(descriptor)) {
      await store.putBlob(
        descriptor,
        () => Promise.resolve(new Blob([bytes as BlobPart]).stream()),
      );
    }
  }
}

test("the verdict comes with the reference to deploy, who signed, and what does not count", () =>
  withKeys((folder) =>
    withRegistry({}, async (registry) => {
      registry.repositories.set(
        "k8s/pause",
        holding([...IMAGES, ROOT, ...COSIGN], { [TAG]: ROOT, [SIG_TAG]: SIGNATURE }),
      );
      const image = `${registry.host}/k8s/pause`;
      const key = join(folder, "trusted.pub");
      const { code, lines } = await run(`${image}:${TAG}`, "--key", key);
      assert.is(code, 0);
      assert.is(lines.length, 3);
      assert.is(lines[0], `signed     ${image}@${DIGEST}`);
      const name = "made for registry.example.com/k8s/pause";
      const where = `(tag ${SIG_TAG}, layer sha256:`;
      assert.match(lines[1] ?? "", `  by ${key}, the key sha256:`);
      assert.match(lines[1] ?? "", `, ${name} ${where}`);
      assert.match(
        lines[2] ?? "",
        `  does not count: it is by a key that the policy does not trust`,
      );

      // A tag moves; the digest that was asked for by everything else does not.
      const asked = registry.log.filter(({ path }) => path.endsWith(`/manifests/${TAG}`));
      assert.is(asked.length, 1);

      const both = ["--key", key, "--key", join(folder, "stranger.pub"), "--threshold", "2"];
      assert.is((await run(`${image}@${DIGEST}`, ...both)).code, 0);
      const strange = await run(`${image}:${TAG}@${DIGEST}`, ...both.slice(2, 4));
      assert.is(strange.code, 0);
      assert.is(strange.lines[0], `signed     ${image}@${DIGEST}`);
    })
  ));

test("each verdict has an exit code of its own, in JSON too", () =>
  withKeys((folder) =>
    withRegistry({}, async (registry) => {
      const repositories = {
        signed: holding([...IMAGES, ROOT, ...COSIGN], { [TAG]: ROOT, [SIG_TAG]: SIGNATURE }),
        unsigned: holding([...IMAGES, ROOT], { [TAG]: ROOT }),
        unknown: holding([...IMAGES, ROOT, SIGNATURE], { [TAG]: ROOT, [SIG_TAG]: SIGNATURE }),
        untrusted: holding(
          [...IMAGES, ROOT, ...referrerOf(ROOT, keyBundle(STRANGER, statement(ROOT)))],
          { [TAG]: ROOT },
        ),
      };
      for (const [verdict, held] of Object.entries(repositories)) {
        registry.repositories.set(verdict, held);
        const image = `${registry.host}/${verdict}`;
        const words = [`${image}:${TAG}`, "--key", join(folder, "trusted.pub")];
        const { code, lines } = await run(...words);
        assert.is(code, VERDICT_CODES[verdict as keyof typeof VERDICT_CODES]);
        assert.is(lines[0]?.replace(/ +/, " "), `${verdict} ${image}@${DIGEST}`);
        const json = await run(...words, "--json");
        assert.is(json.code, code);
        const said = JSON.parse(json.lines.join("\n"));
        assert.equal([said.verdict, said.reference, said.digest], [
          verdict,
          `${image}@${DIGEST}`,
          DIGEST,
        ]);
      }
      const gone = await run(`${registry.host}/gone:1`, "--key", join(folder, "trusted.pub"));
      assert.is(gone.code, 13);
      assert.is(gone.lines[0], `unknown    ${registry.host}/gone:1`);
      assert.match(gone.lines[1] ?? "", /^ {2}not read: Cannot pull .*no manifest "1"/);
    })
  ));

for (const form of ["oci", "oci-archive"] as const) {
  test(`an image in ${form}: is checked as one on a registry is, and named by its digest`, () =>
    withKeys(async (folder) => {
      const path = join(folder, form === "oci" ? "out" : "out.tar");
      const open = (): Store =>
        form === "oci" ? layoutStore(path) : archiveStore(path, { form: "oci" });
      const store = open();
      await keep(store, IMAGES);
      await keep(store, [ROOT], [TAG]);
      await keep(store, COSIGN, [SIG_TAG]);
      await keep(store, referrerOf(ROOT, keyBundle(STRANGER, statement(ROOT))));
      await store.commit();
      const pinned = `${form}:${path}@${DIGEST}`;
      for (const key of ["trusted.pub", "stranger.pub"]) {
        for (const name of [`${form}:${path}`, `${form}:${path}:${TAG}`, pinned]) {
          const { code, lines } = await run(name, "--key", join(folder, key));
          assert.is(code, 0, lines.join("\n"));
          assert.is(lines[0], `signed     ${pinned}`);
        }
      }
    }));
}

test("a layout that lacks what it lists is not said to be unsigned", () =>
  withKeys(async (folder) => {
    const path = join(folder, "out");
    const store = layoutStore(path);
    await keep(store, IMAGES);
    await keep(store, [ROOT], [TAG]);
    const referrer = referrerOf(ROOT, keyBundle(STRANGER, statement(ROOT)));
    await keep(store, referrer);
    await store.commit();
    const words = [`oci:${path}`, "--key", join(folder, "trusted.pub")];
    assert.is((await run(...words)).code, VERDICT_CODES.untrusted);
    const [algorithm = "", hex = ""] = (referrer.at(-1)?.descriptor.digest ?? "").split(":");
    await rm(join(path, "blobs", algorithm, hex));
    assert.is((await run(...words)).code, VERDICT_CODES.unknown);
  }));

test("images for platforms are checked by themselves, and the worst verdict counts", () =>
  withKeys(async (folder) => {
    const path = join(folder, "out");
    const store = layoutStore(path);
    await keep(store, IMAGES);
    await keep(store, [ROOT], [TAG]);
    await keep(store, referrerOf(AMD64.manifest, keyBundle(TRUSTED, statement(AMD64.manifest))));
    await store.commit();
    const words = [`oci:${path}`, "--key", join(folder, "trusted.pub"), "--platform"];
    const amd64 = AMD64.manifest.descriptor.digest;
    const { code, lines } = await run(...words, "linux/amd64");
    assert.is(code, 0);
    assert.is(lines[0], `signed     oci:${path}@${amd64}  linux/amd64`);
    const both = await run(...words, "linux/amd64,linux/arch1");
    assert.is(both.code, VERDICT_CODES.unsigned);
    assert.is(both.lines.filter((line) => /^(un)?signed /.test(line)).length, 2);
    const error = await failsWith(["usage"], () => run(...words, "linux/s390x"));
    assert.match(error.message, /linux\/s390x .*there is no image for it/);
  }));

test("an attestation is looked for by its type", () =>
  withKeys(async (folder) => {
    const path = join(folder, "out");
    const store = layoutStore(path);
    await keep(store, IMAGES);
    await keep(store, [ROOT], [TAG]);
    const sbom = statement(ROOT, "https://spdx.dev/Document");
    await keep(store, referrerOf(ROOT, keyBundle(TRUSTED, sbom)));
    await keep(store, COSIGN, [SIG_TAG]);
    await store.commit();
    const words = [`oci:${path}`, "--key", join(folder, "trusted.pub"), "--type"];
    for (const type of ["spdx", "https://spdx.dev/Document"]) {
      assert.is((await run(...words, type)).code, 0);
    }
    for (const type of ["cyclonedx", "provenance"]) {
      assert.is((await run(...words, type)).code, VERDICT_CODES.unsigned);
    }
  }));

test("what takes too long could not be found out", () =>
  withKeys((folder) =>
    withRegistry({}, async (registry) => {
      registry.repositories.set("k8s/pause", holding([...IMAGES, ROOT], { [TAG]: ROOT }));
      let page = 0;
      const endless: Fault = {
        alter: (answer) => {
          const link = `</v2/k8s/pause/referrers/${DIGEST}?page=${++page}>; rel="next"`;
          return withHeaders({ link })(answer);
        },
      };
      for (const fault of [{ silence: true } as const, endless]) {
        registry.fault({ route: "referrers", times: fault === endless ? 1e6 : 1, fault });
        const words = [`${registry.host}/k8s/pause:${TAG}`, "--key", join(folder, "trusted.pub")];
        const { code, lines } = await run(...words, "--timeout", "1");
        assert.is(code, VERDICT_CODES.unknown);
        assert.match(lines.join("\n"), /It took longer than it may|has no end/);
      }
    })
  ));

test("a web page in place of a list is no empty list", () =>
  withKeys((folder) =>
    withRegistry({ referrersApi: false }, async (registry) => {
      registry.repositories.set("k8s/pause", holding([...IMAGES, ROOT], { [TAG]: ROOT }));
      const words = [`${registry.host}/k8s/pause:${TAG}`, "--key", join(folder, "trusted.pub")];
      assert.is((await run(...words)).code, VERDICT_CODES.unsigned);
      const body = new TextEncoder().encode("<html>");
      const fault = { status: 200, headers: { "content-type": "text/html" }, body };
      registry.fault({ route: "referrers", fault });
      assert.is((await run(...words)).code, VERDICT_CODES.unknown);
    })
  ));

test("whoever gives up gets no verdict", () =>
  withKeys((folder) =>
    withRegistry({}, async (registry) => {
      registry.repositories.set("k8s/pause", holding([...IMAGES, ROOT], { [TAG]: ROOT }));
      const stop = new AbortController();
      registry.fault({
        route: "referrers",
        fault: {
          alter: (answer) => {
            stop.abort();
            return answer;
          },
        },
      });
      const words = [`${registry.host}/k8s/pause:${TAG}`, "--key", join(folder, "trusted.pub")];
      await failsWith(["interrupted"], () => runVerifySignature(words, stop.signal, screenOn([])));
    })
  ));

test("keys, policies and places that cannot be used are refused before anything is asked", () =>
  withKeys(async (folder) => {
    const key = join(folder, "trusted.pub");
    await mkdir(join(folder, "empty"));
    const wrong: readonly (readonly [words: string[], message: RegExp])[] = [
      [["a/b:1", "--key", join(folder, "none.pub")], /none\.pub: there is no such file/],
      [["a/b:1", "--key", key, "--key", key], /named before already/],
      [["a/b:1", "--key", key, "--threshold", "2"], /2 signers are wanted of 1/],
      [["a/b:1", "--policy", join(folder, "none.yaml")], /none\.yaml: there is no such file/],
      [["A/B:1", "--key", key], /"A\/B:1"|"B"/],
      [["docker-archive:a.tar", "--key", key], /nothing hangs on images/],
      [[`oci:${join(folder, "empty")}`, "--key", key], /no image there has a name/],
    ];
    for (const [words, message] of wrong) {
      assert.match((await failsWith(["usage"], () => run(...words))).message, message);
    }
  }));

test.run();
