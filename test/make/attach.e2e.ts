/** What hangs on images that were saved, and what becomes of it. Pushed ones: attach-push.e2e.ts. */

import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ARTIFACT, PREDICATE } from "../../build/attest/media-types.ts";
import { readStatement } from "../../build/attest/statement.ts";
import { sha256 } from "../../build/oci/digest.ts";
import { readIndex } from "../../build/oci/document.ts";
import { archiveSource } from "../../build/store/archive/source.ts";
import {
  cycloneDxFaults,
  provenanceFaults,
  spdxFaults,
  statementFaults,
} from "../support/schemas/published.ts";
import { hangingOn, subjectsOf, TYPES, typesOf, withMake } from "./attach-bench.ts";

// deadline: 600 s

test("a layout has an SPDX document, a CycloneDX document and the provenance of the index and of each image, outside the index", () =>
  withMake(async ({ out, make }) => {
    const made = await make("all");
    for (const subject of subjectsOf(made)) assert.equal(await typesOf(out, subject), TYPES);
    assert.is(made.attached.length, 3 * 4);
    const { manifests } = readIndex((await out.getManifest("v1")).bytes);
    assert.equal(manifests.map(({ digest }) => digest), made.images.map(({ digest }) => digest));
  }));

test("all of it is what the published schemas demand, and speaks of the image that it hangs on", () =>
  withMake(async ({ out, make }) => {
    const made = await make("all");
    const faults = { spdx: await spdxFaults(), cyclonedx: await cycloneDxFaults() };
    const [isStatement, isProvenance] = [await statementFaults(), await provenanceFaults()];
    for (const subject of subjectsOf(made)) {
      for (const { artifactType, document: { bytes } } of await hangingOn(out, subject)) {
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
  withMake(async ({ folder, out, make }) => {
    const made = await make("all", "ARCH=amd64");
    const [image] = made.images;
    const found = image && await hangingOn(out, image.digest);
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
  withMake(async ({ out, make }) => {
    const made = await make("all", "VERSION=mine");
    const found = await hangingOn(
      out,
      made.index?.digest,
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
  withMake(async ({ out, make, run }) => {
    const none = await make("all", "ATTACH=none");
    assert.equal(none.attached, []);
    assert.equal(await typesOf(out, none.index?.digest), []);
    const some = await make("all", "ATTACH=spdx");
    assert.equal(await typesOf(out, some.index?.digest), [ARTIFACT.spdx]);
    for (const words of [["ATTACH=sbom"], ["ATTACH=none spdx"], ["ATTACH=spdx", "FORMAT=docker"]]) {
      const { exitCode, stderr } = await run("all", ...words);
      assert.is(exitCode, 3, stderr);
      assert.match(stderr, "ATTACH");
    }
  }));

test("an OCI archive has it when ATTACH is set; a docker-archive, and images of Docker's media types, have not", () =>
  withMake(async ({ folder, make }) => {
    const bare = await make("all", "OUTPUT=oci-archive:bare.tar");
    assert.equal(bare.attached, []);
    const made = await make(
      "all",
      "OUTPUT=oci-archive:all.tar",
      "ATTACH=spdx cyclonedx provenance",
    );
    const archive = archiveSource(join(folder, "all.tar"));
    for (const subject of subjectsOf(made)) assert.equal(await typesOf(archive, subject), TYPES);
    const docker = await make("all", "OUTPUT=docker-archive:one.tar", "ARCH=amd64");
    assert.equal(docker.attached, []);
    assert.equal((await make("all", "FORMAT=docker")).attached, []);
  }));

test("single images are saved with what hangs on them alone", () =>
  withMake(async ({ out, make }) => {
    const made = await make("container");
    const [amd64, v7, v6] = made.images.map(({ digest }) => digest);
    assert.equal(await typesOf(out, amd64), TYPES);
    assert.equal(await typesOf(out, v7), TYPES);
    // It has no tag, so it is not saved.
    assert.not(made.attached.some(({ subject }) => subject === v6));
  }));

test("a run of --dry-run attaches nothing and writes nothing", () =>
  withMake(async ({ folder, run }) => {
    const { exitCode, stdout } = await run("all", "--dry-run");
    assert.is(exitCode, 0);
    assert.match(stdout, "# write oci:out");
    assert.equal(await readdir(folder), []);
  }));

test("the time is the images' own, and no file is named by where it is", () =>
  withMake(async ({ folder, out, make }) => {
    const { attached } = await make("all", "ARCH=amd64");
    for (const { subject } of attached) {
      for (const { document: { bytes } } of await hangingOn(out, subject)) {
        const text = new TextDecoder().decode(bytes);
        assert.not.match(text, folder);
        assert.not.match(text, process.cwd());
        assert.not.match(text, /20[2-9]\d-\d\d-\d\dT/);
      }
    }
  }));

test.run();
