import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Bill } from "../../../build/attest/sbom/bill.ts";
import { cycloneDxText } from "../../../build/attest/sbom/cyclonedx.ts";
import { cycloneDxFaults } from "../../support/schemas/published.ts";
import { billOfOne, someBill, windowsImage } from "./bills.ts";

interface Bom {
  readonly serialNumber: string;
  readonly metadata: { readonly component: { readonly name: string; readonly purl: string } };
  readonly components: readonly {
    readonly name: string;
    readonly type: string;
    readonly scope?: string;
    readonly hashes?: readonly { readonly alg: string }[];
    readonly "bom-ref": string;
  }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: string[] }[];
}

const read = async (bill: Bill): Promise<Bom> => JSON.parse(await cycloneDxText(bill)) as Bom;

const dependsOn = ({ dependencies }: Bom, wanted: string): string[] | undefined =>
  dependencies.find(({ ref }) => ref === wanted)?.dependsOn;

test("what is written is CycloneDX 1.6 by its published schema: of an index, an image, and one on a base", async () => {
  const faults = await cycloneDxFaults();
  for (const bill of [someBill(), billOfOne(), billOfOne(windowsImage())]) {
    assert.equal(faults(await read(bill)), []);
  }
  const wrong = { ...await read(billOfOne()), serialNumber: "1" };
  assert.ok(faults(wrong).length > 0, "the schema sees faults");
});

test("it lists the one file with its hashes, and what it was made of as not in the image", async () => {
  const { metadata, components } = await read(billOfOne());
  assert.match(metadata.component.purl, /^pkg:oci\/pause@sha256%3A[0-9a-f]{64}\?arch=amd64/);
  const listed = components.map(({ name, type, scope = "required" }) => `${type} ${name} ${scope}`);
  assert.equal(listed, [
    "file /pause required",
    "file src/linux/pause.c excluded",
    "file arch/amd64/syscall.h excluded",
    "file Dockerfile.tmpl excluded",
    "application clang excluded",
  ]);
  assert.equal(components[0]?.hashes?.map(({ alg }) => alg), ["SHA-1", "SHA-256"]);
});

test("the file depends on its sources, the image on the file, the template and the tools, the index on the images", async () => {
  const bom = await read(someBill());
  assert.equal(dependsOn(bom, "file/linux/arm64/pause"), [
    "source/src/linux/pause.c",
    "source/arch/arm64/syscall.h",
  ]);
  assert.equal(dependsOn(bom, "container/linux/arm64"), [
    "file/linux/arm64/pause",
    "source/Dockerfile.tmpl",
    "tool/clang/clang version 19.1.7",
  ]);
  assert.equal(dependsOn(bom, "container/index"), [
    "container/linux/amd64",
    "container/linux/arm64",
  ]);
});

test("an image depends on its base", async () => {
  const name = "windows/amd64/10.0.20348.3207";
  const bom = await read(billOfOne(windowsImage()));
  assert.is(dependsOn(bom, `container/${name}`)?.[0], `base/${name}`);
});

test("the same bill makes the same bytes, and another one has another serial number", async () => {
  assert.is(await cycloneDxText(someBill()), await cycloneDxText(someBill()));
  const other = await read(someBill(undefined, { version: "3.11" }));
  assert.is.not((await read(someBill())).serialNumber, other.serialNumber);
});

test.run();
