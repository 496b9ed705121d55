/** What skopeo, podman and openssl make of our signatures, by the files that nodes have. */

import { Buffer } from "node:buffer";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openSigner } from "../../../build/attest/keys/key-source.ts";
import { copy } from "../../../build/copy/copy.ts";
import { run } from "../../../build/host/process.ts";
import type { Content } from "../../../build/oci/descriptor.ts";
import { readManifest } from "../../../build/oci/document.ts";
import { memoryStore } from "../../../build/store/memory.ts";
import { registryStore } from "../../../build/store/registry/registry.ts";
import type { Store } from "../../../build/store/store.ts";
import { readAll } from "../../../build/store/verified.ts";
import { runSign } from "../../../build/terminal/sign.ts";
import { withEnvironment } from "../../support/clients.ts";
import { withDockerRegistry } from "../../support/docker-registry.ts";
import { withFolder } from "../../support/folder.ts";
import { type SampleImage, sampleIndex } from "../../support/images.ts";
import { loadableImage } from "../../support/loadable-image.ts";
import { withPodman } from "../../support/podman.ts";
import { output } from "../../support/pushed.ts";
import { report } from "../../support/report.ts";
import { lacks, skip } from "../../support/skip.ts";
import { screenOn } from "../../terminal/desk.ts";
import { COSIGNS_KEY, COSIGNS_PASSPHRASE } from "../keys/published.ts";

const missing = lacks("docker-registry", "openssl", "skopeo", "podman", "runc");
const NAME = "k8s/pause";
const TAG = "3.10";

/** The node's architecture comes first. */
const HERE = await loadableImage("amd64");
const ELSEWHERE = await loadableImage("s390x");
const INDEX = sampleIndex([HERE, ELSEWHERE]);

const sigTag = ({ descriptor: { digest } }: Content): string => `${digest.replace(":", "-")}.sig`;

/** A registry with an image, and a folder with the keys ours and theirs: `.key` and `.pub`. */
interface Stage {
  readonly folder: string;
  readonly image: string;
  readonly store: Store;
  /** Signs with a key of the folder. */
  readonly sign: (key: string, ...words: string[]) => Promise<void>;
  /** What skopeo says against the image, where its policy asks for a key. Empty: it takes it. */
  readonly skopeo: (key: string, ...words: string[]) => Promise<string>;
}

async function withStage(use: (stage: Stage) => Promise<void>): Promise<void> {
  if (missing !== undefined) return skip(missing);
  await withFolder((folder) =>
    withDockerRegistry(async ({ host }) => {
      const store = registryStore({ host, repository: NAME });
      await push(store, [HERE, ELSEWHERE], INDEX, TAG);
      for (const name of ["ours", "theirs"]) await makeKey(join(folder, name));
      await keepCosignsKey(join(folder, "cosigns"));
      const image = `${host}/${NAME}:${TAG}`;
      await writeNode(join(folder, "node"), host);
      const sign: Stage["sign"] = async (key, ...words) => {
        const [out, error]: [string[], string[]] = [[], []];
        const all = [image, "--key", join(folder, `${key}.key`), ...words];
        const { signal } = new AbortController();
        const code = await withEnvironment(
          { COSIGN_PASSWORD: COSIGNS_PASSPHRASE },
          () => runSign(all, signal, screenOn(out), screenOn(error)),
        );
        assert.is(code, 0);
        assert.equal(error, []);
      };
      const skopeo: Stage["skopeo"] = async (key, ...words) => {
        const policy = join(folder, "policy.json");
        await writeFile(policy, policyFor(host, join(folder, `${key}.pub`)));
        const registries = ["--registries.d", join(folder, "node", "registries.d")];
        const options = ["--src-tls-verify=false", "--remove-signatures", ...words];
        return refusal(
          await run([
            "skopeo",
            ...["--policy", policy, ...registries, "copy", ...options],
            ...[`docker://${image}`, `oci:${join(folder, "copied")}:latest`],
          ]),
        );
      };
      await use({ folder, image, store, sign, skopeo });
    })
  );
}

async function makeKey(at: string): Promise<void> {
  const curve = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
  await output("openssl", "genpkey", ...curve, "-out", `${at}.key`);
  await output("openssl", "pkey", "-in", `${at}.key`, "-pubout", "-out", `${at}.pub`);
}

/** A key that cosign made itself. */
async function keepCosignsKey(at: string): Promise<void> {
  await writeFile(`${at}.key`, COSIGNS_KEY, { mode: 0o600 });
  const environment = { COSIGN_PASSWORD: COSIGNS_PASSPHRASE };
  const { publicKey } = await openSigner(`${at}.key`, { environment });
  await writeFile(`${at}.pub`, publicKey.export({ type: "spki", format: "pem" }));
}

/** Publishes images and an index over them. */
async function push(
  store: Store,
  images: readonly SampleImage[],
  index: Content,
  tag: string,
): Promise<void> {
  const parts = images.flatMap(({ config, layer, manifest }) => [config, layer, manifest]);
  await copy(memoryStore("test", [...parts, index]), index.descriptor.digest, store, {
    tags: [tag],
  });
}

/** @see https://github.com/containers/image/blob/main/docs/containers-policy.json.5.md#sigstoresigned */
function policyFor(host: string, keyPath: string): string {
  const signedIdentity = { type: "matchRepository" };
  return JSON.stringify({
    default: [{ type: "reject" }],
    transports: {
      docker: { [`${host}/${NAME}`]: [{ type: "sigstoreSigned", keyPath, signedIdentity }] },
    },
  });
}

/** @see https://github.com/containers/image/blob/main/docs/containers-registries.d.5.md */
async function writeNode(folder: string, host: string): Promise<void> {
  await mkdir(join(folder, "registries.d"), { recursive: true });
  const text = `docker:\n  ${host}:\n    use-sigstore-attachments: true\n`;
  await writeFile(join(folder, "registries.d", "pause.yaml"), text);
}

const refusal = ({ exitCode, stderr }: { exitCode: number; stderr: string }): string =>
  exitCode === 0 ? "" : `${exitCode}: ${stderr}`;

const UNSIGNED = "A signature was required, but no signature exists";

/**
 * What builds say that have found a signature and cannot check any: Debian 12 has none of sigstore's
 * libraries for Go. They take nothing at all then.
 */
const UNCHECKED = "Debian-local change: sigstore disabled";

let isTold = false;

/** Sees that a signature was found, and that it is good wherever that is checked. */
function assertTaken(said: string): void {
  if (!said.includes(UNCHECKED)) return assert.is(said, "");
  if (!isTold) report([`skopeo and podman find our signatures, and check none: ${UNCHECKED}`]);
  isTold = true;
}

/** Sees that a signature was found, and refused for a reason wherever it is checked. */
function assertRefused(said: string, why: RegExp): void {
  if (!said.includes(UNCHECKED)) assert.match(said, why);
}

const BY_ANOTHER = /invalid signature|cryptographic signature verification failed/;

test("skopeo takes the index and each of its images that our key signed, and no other key's", () =>
  withStage(async ({ sign, skopeo }) => {
    assert.match(await skopeo("ours"), UNSIGNED);
    await sign("ours");
    assertTaken(await skopeo("ours"));
    assertTaken(await skopeo("ours", "--override-arch", "arch1"));
    assertTaken(await skopeo("ours", "--all"));
    assertRefused(await skopeo("theirs"), BY_ANOTHER);
  }));

test("skopeo refuses another image under the signed tag, also with the signature moved to it", () =>
  withStage(async ({ store, sign, skopeo }) => {
    await sign("ours");
    const other = await loadableImage("other");
    const index = sampleIndex([other, ELSEWHERE]);
    await push(store, [other, ELSEWHERE], index, TAG);
    assert.match(await skopeo("ours"), UNSIGNED);
    for (const [from, to] of [[INDEX, index], [HERE.manifest, other.manifest]] as const) {
      await store.putManifest(await store.getManifest(sigTag(from)), [sigTag(to)]);
    }
    assertRefused(await skopeo("ours"), /digest .* does not match/);
  }));

test("podman takes what our key signed, refuses another key's and what is not signed", () =>
  withStage(({ folder, image, sign }) =>
    withPodman(async (podman) => {
      const home = join(podman.env.HOME ?? "", ".config", "containers");
      const host = image.slice(0, image.indexOf("/"));
      await writeNode(home, host);
      const pull = async (key: string): Promise<string> => {
        const policy = policyFor(host, join(folder, `${key}.pub`));
        await writeFile(join(home, "policy.json"), policy);
        return refusal(await podman.attempt("pull", "--quiet", image));
      };
      assert.match(await pull("ours"), UNSIGNED);
      await sign("ours");
      assertRefused(await pull("theirs"), BY_ANOTHER);
      assertTaken(await pull("ours"));
    })
  ));

test("openssl verifies what stands under cosign's tag, by each key that signed and by no other", () =>
  withStage(async ({ folder, store, sign }) => {
    for (const key of ["ours", "cosigns", "ours"]) await sign(key);
    const { layers } = readManifest((await store.getManifest(sigTag(INDEX))).bytes);
    const verified = await Promise.all(layers.map(async (layer, at) => {
      const [payload, signature] = [join(folder, `${at}.json`), join(folder, `${at}.sig`)];
      const { "dev.cosignproject.cosign/signature": text = "" } = layer.annotations ?? {};
      await writeFile(signature, Buffer.from(text, "base64"));
      await writeFile(payload, await readAll(await store.getBlob(layer), 4096));
      return await Promise.all(["ours", "cosigns", "theirs"].map(async (key) => {
        const pub = join(folder, `${key}.pub`);
        const words = ["dgst", "-sha256", "-verify", pub, "-signature", signature, payload];
        return (await run(["openssl", ...words])).exitCode === 0;
      }));
    }));
    assert.equal(verified, [[true, false, false], [false, true, false]]);
  }));

test.run();
