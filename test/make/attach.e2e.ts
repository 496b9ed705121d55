/** What hangs on images that were saved and pushed, and what becomes of it. */

import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ARTIFACT, PREDICATE } from "../../build/attest/media-types.ts";
import { type Attached, attachments } from "../../build/attest/attach.ts";
import { readStatement } from "../../build/attest/statement.ts";
import type { Ended } from "../../build/host/process.ts";
import type { Metadata } from "../../build/make/metadata.ts";
import { type Digest, sha256 } from "../../build/oci/digest.ts";
import { readIndex } from "../../build/oci/document.ts";
import { archiveSource } from "../../build/store/archive/source.ts";
import { layoutStore } from "../../build/store/layout/layout.ts";
import { registryStore } from "../../build/store/registry/registry.ts";
import type { Store } from "../../build/store/store.ts";
import { withFolder } from "../support/folder.ts";
import { onDeno, runProgram } from "../support/program.ts";
import { type RegistryOptions, type TestRegistry, withRegistry } from "../support/registry.ts";
import {
  cycloneDxFaults,
  provenanceFaults,
  spdxFaults,
  statementFaults,
} from "../support/schemas/published.ts";
import { lacks, skip } from "../support/skip.ts";

// deadline: 600 s

const program = onDeno(process.cwd());
const FEW = ["TAG=v1", "ALL_ARCH=amd64 arm", "SOURCE_DATE_EPOCH=1", "REV=r"];
const TYPES = [ARTIFACT.spdx, ARTIFACT.cyclonedx, ARTIFACT.statement];

interface Bench {
  readonly folder: string;
  readonly run: (...words: string[]) => Promise<Ended>;
  readonly make: (...words: string[]) => Promise<Metadata>;
}

async function withMake(use: (bench: Bench) => Promise<void>): Promise<void> {
  const missing = lacks("clang-19", "ld.lld-19");
  if (missing !== undefined) return skip(missing);
  await withFolder(async (folder) => {
    const run = (...words: string[]): Promise<Ended> =>
      runProgram(folder, [...FEW, "--json", ...words], { program });
    await use({
      folder,
      run,
      make: async (...words) => {
        const { exitCode, stdout, stderr } = await run(...words);
        assert.is(exitCode, 0, stderr);
        return JSON.parse(stdout) as Metadata;
      },
    });
  });
}

const withPush = (
  options: RegistryOptions,
  use: (registry: TestRegistry, bench: Bench, where: string) => Promise<void>,
): Promise<void> =>
  withMake((bench) =>
    withRegistry(options, (registry) => use(registry, bench, `REGISTRY=${registry.host}/k8s`))
  );

const pushedTo = ({ host }: TestRegistry): Store =>
  registryStore({ host, repository: "k8s/pause" });

async function hangingOn(store: Store, subject: Digest): Promise<readonly Attached[]> {
  const found: Attached[] = [];
  for await (const one of attachments(store, subject)) found.push(one);
  return found;
}

const typesOf = async (store: Store, subject: Digest): Promise<string[]> =>
  (await hangingOn(store, subject)).map(({ artifactType }) => artifactType).sort();

const sorted = [...TYPES].sort();

/** The subjects that a run made: the index and the images. */
const subjectsOf = ({ index, images }: Metadata): Digest[] => [
  ...(index ? [index.digest] : []),
  ...images.map(({ digest }) => digest),
];

test("a layout has an SPDX document, a CycloneDX document and the provenance of the index and of each image, outside the index", () =>
  withMake(async ({ folder, make }) => {
    const made = await make("all");
    const store = layoutStore(join(folder, "out"));
    for (const subject of subjectsOf(made)) assert.equal(await typesOf(store, subject), sorted);
    assert.is(made.attached.length, 3 * 4);
    const { manifests } = readIndex((await store.getManifest("v1")).bytes);
    assert.equal(manifests.map(({ digest }) => digest), made.images.map(({ digest }) => digest));
  }));

test("all of it is what the published schemas demand, and speaks of the image that it hangs on", () =>
  withMake(async ({ folder, make }) => {
    const made = await make("all");
    const store = layoutStore(join(folder, "out"));
    const faults = { spdx: await spdxFaults(), cyclonedx: await cycloneDxFaults() };
    const [isStatement, isProvenance] = [await statementFaults(), await provenanceFaults()];
    for (const subject of subjectsOf(made)) {
      for (const { artifactType, document: { bytes } } of await hangingOn(store, subject)) {
        const text = new TextDecoder().decode(bytes);
        assert.ok(text.includes(subject.slice("sha256:".length)), artifactType);
        const document = JSON.parse(text) as { predicate?: unknown };
        if (artifactType === ARTIFACT.spdx) assert.equal(faults.spdx(document), []);
        else if (artifactType === ARTIFACT.cyclonedx) assert.equal(faults.cyclonedx(document), []);
        else assert.equal([...isStatement(document), ...isProvenance(document.predicate)], []);
      }
    }
  }));

test("the SBOM of an image lists its one file as it is in bin/, and the sources as they are in src/", () =>
  withMake(async ({ folder, make }) => {
    const made = await make("all", "ARCH=amd64");
    const [image] = made.images;
    const store = layoutStore(join(folder, "out"));
    const found = image && await hangingOn(store, image.digest);
    const spdx = found?.find(({ artifactType }) => artifactType === ARTIFACT.spdx);
    const { files } = JSON.parse(new TextDecoder().decode(spdx?.document.bytes)) as {
      files: { fileName: string; checksums: { algorithm: string; checksumValue: string }[] }[];
    };
    const listed = Object.fromEntries(
      files.map(({ fileName, checksums: [, sum] }) => [fileName, `sha256:${sum?.checksumValue}`]),
    );
    const digest = async (path: string): Promise<string> => sha256(await readFile(path));
    assert.equal(listed, {
      "./pause": await digest(join(folder, "bin/pause-amd64")),
      "./arch/amd64/syscall.h": await digest("arch/amd64/syscall.h"),
      "./src/linux/pause.c": await digest("src/linux/pause.c"),
      "./src/linux/pause.ld": await digest("src/linux/pause.ld"),
      "./Dockerfile.tmpl": await digest("Dockerfile.tmpl"),
    });
  }));

test("the provenance is about all images, and names the variables as they were resolved", () =>
  withMake(async ({ folder, make }) => {
    const made = await make("all", "VERSION=mine");
    const found = await hangingOn(
      layoutStore(join(folder, "out")),
      made.index?.digest ?? "sha256:",
    );
    const document = found.find(({ artifactType }) => artifactType === ARTIFACT.statement);
    assert.is(document?.annotations["in-toto.io/predicate-type"], PREDICATE.provenance);
    const { subject, predicate } = readStatement(document?.document.bytes ?? new Uint8Array());
    assert.equal(
      subject.map(({ digest }) => `sha256:${digest.sha256}`),
      subjectsOf(made),
    );
    const { buildDefinition } = predicate as {
      buildDefinition: { externalParameters: { variables: unknown } };
    };
    assert.equal(buildDefinition.externalParameters.variables, {
      TAG: "v1",
      VERSION: "mine",
      REV: "r",
      ARCH: "amd64 arm",
      OS: "linux",
      FORMAT: "oci",
      ENGINE: "embedded",
      CFLAGS: "",
      SOURCE_DATE_EPOCH: "1",
      TOOLCHAIN: "clang",
    });
  }));

test("another folder and another registry get the same bytes", () =>
  withPush({}, async (registry, { make }, where) => {
    const one = await make("all-push", where);
    await withMake(async ({ make }) => {
      const other = await make("all", "REGISTRY=elsewhere.example/k8s");
      assert.equal(other.attached, one.attached);
    });
    assert.equal(await typesOf(pushedTo(registry), one.index?.digest ?? "sha256:"), sorted);
  }));

test("what hangs on the images is whole and saved again when any of it is lost, and up to date when not", () =>
  withMake(async ({ folder, make }) => {
    const { attached: [one] } = await make("all");
    const blob = join(folder, "out/blobs/sha256", one?.digest.slice("sha256:".length) ?? "");
    const index = join(folder, "out/index.json");
    const before = await readFile(index, "utf8");
    await make("all");
    assert.is(await readFile(index, "utf8"), before);
    await rm(blob);
    await make("all");
    assert.is(sha256(await readFile(blob)), one?.digest);
    const entries = JSON.parse(before) as { manifests: { annotations?: unknown }[] };
    const tagged = entries.manifests.filter(({ annotations }) => annotations !== undefined);
    await writeFile(index, JSON.stringify({ ...entries, manifests: tagged }));
    await make("all");
    assert.is(await readFile(index, "utf8"), before);
  }));

test("ATTACH says what is attached, and none attaches nothing", () =>
  withMake(async ({ folder, make, run }) => {
    const store = layoutStore(join(folder, "out"));
    const none = await make("all", "ATTACH=none");
    assert.equal(none.attached, []);
    assert.equal(await typesOf(store, none.index?.digest ?? "sha256:"), []);
    const some = await make("all", "ATTACH=spdx");
    assert.equal(await typesOf(store, some.index?.digest ?? "sha256:"), [ARTIFACT.spdx]);
    for (const words of [["ATTACH=sbom"], ["ATTACH=none spdx"], ["ATTACH=spdx", "FORMAT=docker"]]) {
      const { exitCode, stderr } = await run("all", ...words);
      assert.is(exitCode, 3, stderr);
      assert.match(stderr, "ATTACH");
    }
  }));

test("an OCI archive has it too; a docker-archive, and images of Docker's media types, have not", () =>
  withMake(async ({ folder, make }) => {
    const made = await make("all", "OUTPUT=oci-archive:all.tar");
    const store = archiveSource(join(folder, "all.tar"));
    for (const subject of subjectsOf(made)) assert.equal(await typesOf(store, subject), sorted);
    const docker = await make("all", "OUTPUT=docker-archive:one.tar", "ARCH=amd64");
    assert.equal(docker.attached, []);
    assert.equal((await make("all", "FORMAT=docker")).attached, []);
  }));

test("single images are saved with what hangs on them alone", () =>
  withMake(async ({ folder, make }) => {
    const made = await make("container");
    const store = layoutStore(join(folder, "out"));
    const [amd64, v7, v6] = made.images.map(({ digest }) => digest);
    assert.equal(await typesOf(store, amd64 ?? "sha256:"), sorted);
    assert.equal(await typesOf(store, v7 ?? "sha256:"), sorted);
    // It has no tag, so it is not saved.
    assert.not(made.attached.some(({ subject }) => subject === v6));
  }));

for (const referrersApi of [true, false]) {
  const name = referrersApi ? "with" : "without";
  test(`a registry ${name} the referrers API lists it all, before the tag is there`, () =>
    withPush({ referrersApi }, async (registry, { make }, where) => {
      const made = await make("all-push", where);
      for (const subject of subjectsOf(made)) {
        assert.equal(await typesOf(pushedTo(registry), subject), sorted);
      }
      const puts = registry.logged("PUT manifest").map(({ path }) => path.split("/").at(-1) ?? "");
      assert.is(puts.at(-1), "v1");
      const documents = new Set(made.attached.map(({ digest }) => digest));
      assert.is(puts.filter((put) => documents.has(put as Digest)).length, documents.size);
      const lists = puts.filter((put) => /^sha256-/.test(put));
      // Once for all that comes while it is read; the rest together.
      const most = referrersApi ? 0 : 2 * subjectsOf(made).length;
      assert.ok(lists.length <= most, `${lists.length} lists for ${most / 2} subjects`);
    }));
}

test("blobs that several of them share are sent once", () =>
  withPush({}, async (registry, { make }, where) => {
    const made = await make("all-push", where);
    const subjects = subjectsOf(made).length;
    const images = 3 + 2; // Configurations, and layers: both variants of arm have one.
    // Two documents of each subject, one provenance, one empty configuration.
    assert.is(registry.logged("PUT upload").length, images + 2 * subjects + 2);
  }));

test("what the registry has is looked up and not sent again, and what it lost of it is", () =>
  withPush({}, async (registry, { make }, where) => {
    const made = await make("all-push", where);
    const sent = registry.log.length;
    await make("all-push", where);
    const again = registry.log.slice(sent);
    assert.ok(again.every(({ method }) => method === "HEAD" || method === "GET"));
    assert.is(again.filter(({ route }) => route === "referrers").length, subjectsOf(made).length);
    const [{ digest }] = made.attached as [Metadata["attached"][number]];
    registry.repositories.get("k8s/pause")?.manifests.delete(digest);
    await make("all-push", where);
    const [put] = registry.logged("PUT manifest").slice(-1);
    assert.match(put?.path ?? "", digest);
  }));

test("push sends single images with what hangs on them, push-manifest the rest", () =>
  withPush({}, async (registry, { make }, where) => {
    const images = await make("push", where);
    const [amd64] = images.images;
    assert.equal(await typesOf(pushedTo(registry), amd64?.digest ?? "sha256:"), sorted);
    const { index } = await make("push-manifest", where);
    assert.equal(await typesOf(pushedTo(registry), index?.digest ?? "sha256:"), sorted);
  }));

test("when an attachment cannot be pushed, the tag is not given", () =>
  withPush({}, async (registry, { run }, where) => {
    const one = ["ALL_ARCH=amd64", where];
    assert.is((await run("push", "ATTACH=none", ...one)).exitCode, 0);
    // The image is there, and the index waits: this is one of what hangs on them.
    registry.fault({ route: "manifest", method: "PUT", fault: { status: 403 } });
    assert.is.not((await run("push-manifest", ...one)).exitCode, 0);
    assert.not(registry.repositories.get("k8s/pause")?.tags.has("v1"));
    assert.is((await run("push-manifest", ...one)).exitCode, 0);
    assert.ok(registry.repositories.get("k8s/pause")?.tags.has("v1"));
  }));

test("NO_CLOBBER=1 leaves what hangs on a published image alone, and attaches nothing to one that is refused", () =>
  withPush({}, async (registry, { make, run }, where) => {
    await make("all-push", where, "NO_CLOBBER=1");
    const count = registry.log.filter(({ method }) => method === "PUT").length;
    await make("all-push", where, "NO_CLOBBER=1");
    const { exitCode } = await run("all-push", where, "NO_CLOBBER=1", "REV=other");
    assert.is(exitCode, 8);
    assert.is(registry.log.filter(({ method }) => method === "PUT").length, count);
  }));

test("a run of --dry-run attaches nothing and writes nothing", () =>
  withMake(async ({ folder, run }) => {
    const { exitCode, stdout } = await run("all", "--dry-run");
    assert.is(exitCode, 0);
    assert.match(stdout, "# write oci:out");
    assert.equal(await readdir(folder), []);
  }));

test("the time is the images' own, and no file is named by where it is", () =>
  withMake(async ({ folder, make }) => {
    const { attached } = await make("all", "ARCH=amd64");
    const store = layoutStore(join(folder, "out"));
    for (const { subject } of attached) {
      for (const { document: { bytes } } of await hangingOn(store, subject)) {
        const text = new TextDecoder().decode(bytes);
        assert.not.match(text, folder);
        assert.not.match(text, process.cwd());
        assert.not.match(text, /20[2-9]\d-\d\d-\d\dT/);
      }
    }
  }));

test.run();
