/** What hangs on images for Windows. */

import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ARTIFACT } from "../../../build/attest/media-types.ts";
import { readStatement } from "../../../build/attest/statement.ts";
import type { Metadata } from "../../../build/make/metadata.ts";
import { layoutStore } from "../../../build/store/layout/layout.ts";
import { cycloneDxFaults, type Faults, spdxFaults } from "../../support/schemas/published.ts";
import { windowsBase } from "../../support/windows-base.ts";
import { hangingOn, subjectsOf, TYPES, typesOf } from "../attach-bench.ts";
import { windowsTest } from "./place.ts";

// deadline: 600 s

interface Spdx {
  readonly packages: readonly {
    readonly name: string;
    readonly SPDXID: string;
    readonly checksums?: readonly { readonly checksumValue: string }[];
  }[];
  readonly files: readonly { readonly fileName: string; readonly licenseConcluded: string }[];
}

const windowsIn = ({ images }: Metadata): Metadata["images"] =>
  images.filter(({ platform }) => platform.startsWith("windows/"));

windowsTest(
  "an image for Windows has SBOMs of its own, with its base by digest, all of its files, and the linker that made them",
  async ({ folder, base, make }) => {
    await make("update-base");
    const made = await make("all");
    const store = layoutStore(join(folder, "out"));
    for (const subject of subjectsOf(made)) assert.equal(await typesOf(store, subject), TYPES);
    const faults: Readonly<Record<string, Faults>> = {
      [ARTIFACT.spdx]: await spdxFaults(),
      [ARTIFACT.cyclonedx]: await cycloneDxFaults(),
    };
    const bases = (await windowsBase()).images.map(({ manifest }) =>
      manifest.descriptor.digest.slice("sha256:".length)
    );
    for (const { digest } of windowsIn(made)) {
      for (const { artifactType, document: { bytes } } of await hangingOn(store, digest)) {
        const document = JSON.parse(new TextDecoder().decode(bytes)) as Spdx;
        assert.equal(faults[artifactType]?.(document) ?? [], []);
        if (artifactType !== ARTIFACT.spdx) continue;
        const { packages, files } = document;
        const below = packages.find(({ SPDXID }) => SPDXID.startsWith("SPDXRef-Base-"));
        assert.is(below?.name, base);
        assert.ok(bases.includes(below?.checksums?.[0]?.checksumValue ?? ""));
        assert.ok(packages.some(({ name }) => name === "lld-link"));
        const ours = files.filter(({ fileName }) => !/^\.\/(src|arch|Docker)/.test(fileName));
        assert.equal(ours.map(({ fileName }) => fileName), [
          "./Windows/System32/diagtrack.dll",
          "./Windows/System32/wincat.exe",
          "./pause.exe",
        ]);
        assert.ok(ours.every(({ licenseConcluded }) => licenseConcluded === "Apache-2.0"));
      }
    }
  },
);

windowsTest(
  "the provenance names each base once, and the versions of Windows that were built",
  async ({ folder, base, make }) => {
    await make("update-base");
    const made = await make("all", "OSVERSION=ltsc2022");
    const found = await hangingOn(layoutStore(join(folder, "out")), made.index?.digest);
    const one = found.find(({ artifactType }) => artifactType === ARTIFACT.statement);
    const { predicate } = readStatement(one?.document.bytes ?? new Uint8Array());
    const { buildDefinition: { externalParameters, resolvedDependencies } } = predicate as {
      buildDefinition: {
        externalParameters: { variables: Record<string, string> };
        resolvedDependencies: { name?: string }[];
      };
    };
    const { OS, OSVERSION, BASE } = externalParameters.variables;
    assert.equal([OS, OSVERSION, BASE], ["linux windows", "ltsc2022", base]);
    assert.is(resolvedDependencies.filter(({ name }) => name === base).length, 1);
    assert.ok(resolvedDependencies.some(({ name }) => name === "src/windows/wincat.c"));
  },
);

test.run();
