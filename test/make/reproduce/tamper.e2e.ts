/** One flipped bit anywhere in a layout: in its own files, images, SBOMs, provenances, signatures. */
// deadline: 600 s

import { generateKeyPairSync } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ARTIFACT, PREDICATE } from "../../../build/attest/media-types.ts";
import { provenancesOf } from "../../../build/attest/reproduce/recorded.ts";
import { type Policy, policyOf } from "../../../build/attest/verify/policy.ts";
import { readTrustedKey } from "../../../build/attest/verify/public-key.ts";
import { verifySignatures } from "../../../build/attest/verify/verify.ts";
import { compareImages } from "../../../build/make/reproduce/compare.ts";
import { assignmentsOf, sourcesOf } from "../../../build/make/reproduce/orders.ts";
import { rebuild } from "../../../build/make/reproduce/rebuild.ts";
import { PauseError } from "../../../build/error.ts";
import { grouped } from "../../../build/host/grouped.ts";
import { findSource } from "../../../build/make/source.ts";
import type { Graph } from "../../../build/make/workshop.ts";
import { mirrorImage } from "../../../build/mirror/mirror.ts";
import { streamOf } from "../../../build/oci/bytes.ts";
import type { Digest } from "../../../build/oci/digest.ts";
import { isIndex, isManifest } from "../../../build/oci/media-types.ts";
import type { LayoutFiles } from "../../../build/store/layout/files.ts";
import { layoutReader } from "../../../build/store/layout/reader.ts";
import { memoryStore } from "../../../build/store/memory.ts";
import type { Store } from "../../../build/store/store.ts";
import { bytesOf } from "../../support/images.ts";
import { report } from "../../support/report.ts";
import { lacks, skip } from "../../support/skip.ts";
import { withClone } from "./clone.ts";

const POSITIONS = 1000;
const SEED = 9;
const TAG = "3.10.2";

/** What a layout holds, by path. */
type Files = ReadonlyMap<string, Uint8Array>;

function filesIn(folder: string): Files {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return new Map(
    entries.filter((entry) => entry.isFile()).map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path.slice(folder.length + 1), readFileSync(path)] as const;
    }),
  );
}

/** A layout to read from that lies in memory. */
function storeOf(files: Files): Store {
  const layout: LayoutFiles = {
    remedy: "Make it anew.",
    isBlank: () => Promise.resolve(false),
    size: (path) => Promise.resolve(files.get(path)?.length),
    read: (path) => Promise.resolve(files.get(path)),
    stream: (path) => Promise.resolve(streamOf(files.get(path) ?? new Uint8Array())),
  };
  const { complete: _, ...store } = memoryStore("nothing");
  return { ...store, ...layoutReader("oci:out", layout) };
}

/** What a file is, for the table: its own name, or what its bytes say that they are. */
function kindOf(path: string, bytes: Uint8Array | undefined): string {
  if (!path.startsWith("blobs/")) return path;
  const text = new TextDecoder().decode(bytes);
  if (!text.startsWith("{")) return "layer";
  const document = JSON.parse(text) as Record<string, unknown>;
  const { artifactType, mediaType } = document;
  if (typeof artifactType === "string") {
    return artifactType === ARTIFACT.bundle ? "manifest of a signature" : "manifest of a document";
  }
  if (text.includes("dev.cosignproject.cosign/signature")) return "manifest of a signature";
  if (typeof mediaType === "string" && isIndex(mediaType)) return "index";
  if (typeof mediaType === "string" && isManifest(mediaType)) return "manifest";
  if (typeof mediaType === "string") return "signature (bundle)";
  if ("critical" in document) return "signature (cosign's payload)";
  if ("spdxVersion" in document) return "SBOM (SPDX)";
  if ("bomFormat" in document) return "SBOM (CycloneDX)";
  if ("predicateType" in document) return "provenance";
  if (!("rootfs" in document)) return "empty config";
  return text.includes("Entrypoint") ? "config" : "config of a signature";
}

/** The layout with one bit in it the other way round. */
function flipped(files: Files, path: string, bit: number): Files {
  const bytes = Uint8Array.from(files.get(path) ?? []);
  const at = Math.floor(bit / 8);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << (bit % 8));
  return new Map([...files, [path, bytes]]);
}

/** All that arrives where an image is mirrored to: the root, and what hangs on it and its images. */
async function arriving(store: Store): Promise<string> {
  const there = memoryStore("there");
  const { deliveries, notes } = await mirrorImage(store, TAG, [{ store: there, tags: [TAG] }]);
  for (const { error } of deliveries) if (error) throw error;
  const found = [`${(await there.resolve(TAG))?.digest}`, ...notes];
  for await (const tag of there.tags()) found.push(`${tag} ${(await there.resolve(tag))?.digest}`);
  for (const subject of await subjectsOf(there)) {
    for await (const { digest } of there.referrers(subject)) found.push(digest);
  }
  return found.sort().join("\n");
}

async function subjectsOf(store: Store): Promise<Digest[]> {
  const root = await store.getManifest(TAG);
  const { manifests } = JSON.parse(new TextDecoder().decode(root.bytes)) as {
    manifests: { digest: Digest }[];
  };
  return [root.descriptor.digest, ...manifests.map(({ digest }) => digest)];
}

/** What did not arrive, or arrived in its place. */
function linesLost(before: string, now: string): string[] {
  const [old, found] = [before.split("\n"), now.split("\n")];
  return [
    ...old.filter((line) => !found.includes(line)),
    ...found.filter((line) => !old.includes(line)),
  ];
}

/** A tag of cosign's. Names are what no digest covers: under another one, nobody looks for it. */
const SIGNATURE_TAG = /^sha256-[0-9a-f]{64}\.sig /;

/** Whether a command finds that something is wrong: it refuses, or gives another verdict. */
type Finder = (store: Store) => Promise<boolean>;

function findersOf(policy: Policy, graph: Graph): Readonly<Record<string, Finder>> {
  const types = [undefined, PREDICATE.provenance, PREDICATE.spdx, PREDICATE.cyclonedx];
  return {
    mirror: async (store) => await arriving(store) === "",
    "verify-signature": async (store) => {
      for (const predicateType of types) {
        const { verdict } = await verifySignatures(() => Promise.resolve({ store, ref: TAG }), {
          policy,
          check: () => Promise.reject(new Error("no certificate was made")),
          ...(predicateType !== undefined && { predicateType }),
        });
        if (verdict !== "signed") return true;
      }
      return false;
    },
    reproduce: async (store) => {
      const root = await store.getManifest(TAG);
      const provenances = await provenancesOf(store, root.descriptor.digest);
      const parts = await compareImages(store, root, graph);
      return provenances.length === 0 || provenances.some(({ content }) => "fault" in content) ||
        parts.some(({ differences }) => differences.length > 0);
    },
  };
}

const finds = async (find: Finder, store: Store): Promise<boolean> => {
  try {
    return await find(store);
  } catch (error) {
    if (error instanceof PauseError) return true;
    throw error;
  }
};

/** Whole numbers below `limit`, the same ones each time. */
function* numbers(seed: number): Generator<(limit: number) => number> {
  const bytes = new DataView(bytesOf(seed, POSITIONS * 16).buffer);
  let at = 0;
  const next = (limit: number): number => {
    const value = bytes.getUint32(at, true);
    at += 4;
    return value % limit;
  };
  for (let count = 0; count < POSITIONS; count++) yield next;
}

/** A layout with everything that can hang on an image, signed; and the images once more. */
async function withSigned(
  use: (files: Files, policy: Policy, graph: Graph) => Promise<void>,
): Promise<void> {
  await withClone(async ({ root, make, reproduce }) => {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const key = join(root, "key.pem");
    writeFileSync(key, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
    const pem = publicKey.export({ type: "spki", format: "pem" }) as string;
    await make("all", "ARCH=amd64");
    await make("sign", "oci:out", "--key", key, "--as", "registry.example.com/k8s/pause");
    await make("attest", "oci:out", "--key", key);
    const told = await reproduce(["oci:out"]);
    assert.is(told.verdict, "identical");
    assert.equal(told.reproductions.map(({ isSigned }) => isSigned).sort(), [false, true]);
    const files = filesIn(join(root, "out"));
    const store = storeOf(files);
    const digest = (await store.getManifest(TAG)).descriptor.digest;
    const [first] = await provenancesOf(store, digest);
    if (first === undefined || "fault" in first.content) return assert.unreachable("a provenance");
    const assignments = assignmentsOf(first.content, {});
    const sources = await sourcesOf(first.content, findSource(root));
    if ("reason" in assignments || "reason" in sources) return assert.unreachable("its sources");
    const { graph } = await rebuild({ sources, assignments });
    if (graph === undefined) return assert.unreachable("images");
    await use(files, policyOf([readTrustedKey(pem, "key.pub")], 1), graph);
  });
}

/** What became of the places of one kind of file. */
interface Row {
  places: number;
  /** Where it changes nothing that arrives anywhere. */
  harmless: number;
  /** Where cosign's tag has another name, and the same signature is found as a referrer. */
  renamed: number;
  /** Who found it at the first places, to which everybody was sent. */
  readonly finders: Set<string>;
}

/** So many places of each kind are shown to everybody, for the table; at others one finder will do. */
const SHOWN_TO_ALL = 6;

test("one flipped bit at each of 1,000 places is found, or is proven to change nothing that arrives anywhere", async () => {
  const missing = lacks("clang-19", "git");
  if (missing !== undefined) return skip(missing);
  await withSigned(async (files, policy, graph) => {
    const finders = Object.entries(findersOf(policy, graph));
    const honest = storeOf(files);
    for (const [name, find] of finders) assert.is(await finds(find, honest), false, name);
    const arrived = await arriving(honest);
    const kinds = [...grouped(files.keys(), (path) => kindOf(path, files.get(path)))];
    const rows = kinds.map((): Row => ({ places: 0, harmless: 0, renamed: 0, finders: new Set() }));
    const missed: string[] = [];
    let turn = 0;
    for (const next of numbers(SEED)) {
      const at = turn++ % kinds.length;
      const [[, paths], row] = [kinds[at], rows[at]] as [typeof kinds[number], Row];
      const path = paths[next(paths.length)] ?? paths[0];
      const bit = next((files.get(path)?.length ?? 0) * 8);
      const store = storeOf(flipped(files, path, bit));
      row.places++;
      let isFound = false;
      for (const [name, find] of finders) {
        if (isFound && row.places > SHOWN_TO_ALL) break;
        if (!await finds(find, store)) continue;
        isFound = true;
        row.finders.add(name);
      }
      if (isFound) continue;
      // Nobody found it: then what a mirror makes of it has to be the same, to the last digest.
      const lost = linesLost(arrived, await arriving(store));
      if (lost.length === 0) row.harmless++;
      else if (lost.every((line) => SIGNATURE_TAG.test(line))) row.renamed++;
      else missed.push(`${path}, bit ${bit}: ${lost.join("; ")}`);
    }
    report(kinds.map(([kind], at) => {
      const { places = 0, harmless = 0, renamed = 0, finders = [] } = rows[at] ?? {};
      return `${kind}: ${places} places, ${harmless} harmless, ${renamed} renamed, found by ${
        [...finders].join(", ")
      }`;
    }));
    assert.equal(missed, []);
  });
});

test.run();
