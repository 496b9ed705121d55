import { gzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { verifyTarget } from "../../build/check/verify.ts";
import { sha256 } from "../../build/oci/digest.ts";
import { DOCKER } from "../../build/oci/media-types.ts";
import { elfBytes, goodElf, goodLoad, stack } from "../compile/elf-file.ts";
import { failsWith } from "../support/fails.ts";
import { idsOf, imageOf, type Json, PAUSE, type Recipe, reportOn } from "./images.ts";
import { windowsImage } from "./windows/images.ts";

const arm64 = [{ ...PAUSE, bytes: elfBytes(goodElf({ machine: 183, segments: loadsFor64K() })) }];
const run = (changes: Json): Recipe => ({
  config: (config) => Object.assign(config.config as Json, changes),
});

/** Images that differ from the plainest one, and are as good. */
const GOOD: Readonly<Record<string, Recipe>> = {
  "with nothing special": {},
  "of Docker's media types": { types: DOCKER },
  "without an index": { entry: false },
  "with a layer that is not compressed": { compress: (tar) => tar },
  "with a layer of several gzip members": {
    compress: (tar) => joined(gzipSync(tar.subarray(0, 700)), gzipSync(tar.subarray(700))),
  },
  "of two layers, the second of which replaces the program": {
    layers: [[{ ...PAUSE, mode: 0o777 }], [PAUSE]],
  },
  "with a file that a later layer takes away": {
    layers: [[PAUSE, { path: "etc/passwd" }], [{ path: ".wh.etc" }]],
  },
  "with a folder that a later layer empties and fills": {
    layers: [
      [{ path: "bin/", type: "directory", mode: 0o755 }, { path: "bin/sh" }],
      [{ ...PAUSE, path: "bin/pause" }, { path: "bin/.wh..wh..opq" }],
    ],
    ...run({ Entrypoint: ["/bin/pause"] }),
  },
  "with names that begin with ./": {
    layers: [[{ path: "./", type: "directory", mode: 0o755 }, { ...PAUSE, path: "./pause" }]],
  },
  "with the program in a folder of PATH": {
    layers: [[{ ...PAUSE, path: "opt/pause" }]],
    ...run({ Entrypoint: ["pause"], Env: ["PATH=/bin:/opt"] }),
  },
  "with the program in the working directory": {
    layers: [[{ ...PAUSE, path: "opt/bin/pause" }]],
    ...run({ Entrypoint: ["./bin/pause"], WorkingDir: "/opt" }),
  },
  "with a command instead of an entry point": run({ Entrypoint: null, Cmd: ["/pause"] }),
  "with a user and no group": run({ User: "65535" }),
  "without a history": { config: (config) => delete config.history },
  "with lines in the history that made no layer": {
    config: ({ history }) => (history as Json[]).push({ created_by: "USER", empty_layer: true }),
  },
  "with attestations in the index": {
    index: ({ manifests }) =>
      (manifests as Json[]).push({
        mediaType: "application/vnd.oci.image.manifest.v1+json",
        digest: sha256(new Uint8Array()),
        size: 0,
        platform: { os: "unknown", architecture: "unknown" },
        annotations: { "vnd.docker.reference.type": "attestation-manifest" },
      }),
  },
  "with an entry for no platform in the index": {
    index: ({ manifests }) =>
      (manifests as Json[]).push({
        ...(manifests as Json[])[0],
        platform: { os: "unknown", architecture: "unknown" },
      }),
  },
  "with an artifact in the index": {
    index: ({ manifests }) => {
      const { platform: _, ...entry } = (manifests as Json[])[0] ?? {};
      (manifests as Json[]).push({ ...entry, artifactType: "application/spdx+json" });
    },
  },
  "for arm64, with a variant that the index leaves out": {
    platform: { os: "linux", architecture: "arm64", variant: "v8" },
    layers: [arm64],
    entry: (entry) => entry.platform = { os: "linux", architecture: "arm64" },
  },
  "with a program that may lie anywhere": {
    layers: [[{ ...PAUSE, bytes: staticPie() }]],
  },
  "for Windows": windowsImage(),
};

for (const [what, recipe] of Object.entries(GOOD)) {
  test(`every row passes for an image ${what}`, async () => {
    const report = await reportOn(recipe);
    assert.equal([idsOf(report, "fail"), idsOf(report, "unchecked")], [[], []]);
    assert.ok(idsOf(report, "pass").length > 4);
    assert.is(report.outcome, "pass");
  });
}

test("the program is found behind links, which are files too many", async () => {
  const link = { path: "pause", type: "symlink", to: "../opt/./run" } as const;
  const hard = { path: "opt/run", type: "link", to: "opt/program" } as const;
  const report = await reportOn({ layers: [[{ ...PAUSE, path: "opt/program" }, link, hard]] });
  assert.equal(idsOf(report, "fail"), ["extra-files"]);
  assert.equal(idsOf(report, "unchecked"), []);
});

test("a link from the root is followed from the root", async () => {
  const link = { path: "bin/pause", type: "symlink", to: "/opt/program" } as const;
  const recipe = { layers: [[{ ...PAUSE, path: "opt/program" }, link]] };
  const report = await reportOn({ ...recipe, ...run({ Entrypoint: ["/bin/pause"] }) });
  assert.equal(idsOf(report, "fail"), ["extra-files"]);
});

test("only the wanted platforms are checked, and one that is not there is an error", async () => {
  const target = await imageOf({
    index: ({ manifests }) => {
      const [entry = {}] = manifests as Json[];
      const platform = { os: "linux", architecture: "arm64", variant: "v8" };
      (manifests as Json[]).push({ ...entry, platform });
    },
  });
  const platforms = [{ os: "linux", architecture: "arm64" }];
  const { subjects } = await verifyTarget(target, { static: true, platforms });
  assert.equal(subjects.map(({ name }) => name), ["index", "linux/arm64/v8"]);
  const missing = [{ os: "linux", architecture: "arm64", variant: "v9" }];
  const error = await failsWith(
    ["verification"],
    () => verifyTarget(target, { static: true, platforms: missing }),
  );
  assert.match(error.message, "linux/arm64/v9: it is for linux/amd64, linux/arm64/v8");
});

test("a platform that is not known is neither good nor bad", async () => {
  const report = await reportOn({ platform: { os: "linux", architecture: "alpha" } });
  assert.equal(idsOf(report, "fail"), []);
  assert.ok(idsOf(report, "unchecked").includes("machine"));
  assert.ok(idsOf(report, "pass").includes("user"));
});

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

function loadsFor64K(): ReturnType<typeof goodLoad>[] {
  return [goodLoad({ align: 0x10000 }), stack()];
}

/** A program whose addresses begin at 0, with a dynamic section that asks for no library. */
function staticPie(): Uint8Array {
  const load = goodLoad({ vaddr: 0 });
  const dynamic = { ...stack(), type: 2, offset: 0xe0, filesz: 32 };
  const bytes = elfBytes(goodElf({ type: 3, entry: 0xc0, segments: [load, stack(), dynamic] }));
  // What stands behind the end of the section is none of its entries.
  new DataView(bytes.buffer).setBigUint64(0xf0, 1n, true);
  return bytes;
}

test.run();
