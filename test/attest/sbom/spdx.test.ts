import { createHash } from "node:crypto";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { spdxText } from "../../../build/attest/sbom/spdx.ts";
import type { Bill } from "../../../build/attest/sbom/bill.ts";
import { spdxFaults } from "../../support/schemas/published.ts";
import { billOfOne, someBill, someImage, windowsImage } from "./bills.ts";

interface Spdx {
  readonly documentNamespace: string;
  readonly packages: readonly (Readonly<Record<string, unknown>> & { readonly SPDXID: string })[];
  readonly files: readonly { readonly SPDXID: string; readonly fileName: string }[];
  readonly relationships: readonly {
    readonly spdxElementId: string;
    readonly relationshipType: string;
    readonly relatedSpdxElement: string;
  }[];
}

const read = (bill: Bill): Spdx => JSON.parse(spdxText(bill)) as Spdx;

const related = ({ relationships }: Spdx, type: string): string[] =>
  relationships.filter(({ relationshipType }) => relationshipType === type)
    .map(({ spdxElementId, relatedSpdxElement }) => `${spdxElementId} ${relatedSpdxElement}`);

const BILLS = { index: someBill(), image: billOfOne(), windows: billOfOne(windowsImage()) };

test("what is written is SPDX 2.3 by its published schema: of an index, an image, and one on a base", async () => {
  const faults = await spdxFaults();
  for (const bill of Object.values(BILLS)) assert.equal(faults(read(bill)), []);
  assert.ok(faults({ ...read(BILLS.image), spdxVersion: 2 }).length > 0, "the schema sees faults");
  assert.ok(faults({ ...read(BILLS.image), hashes: [] }).length > 0, "and unknown fields");
});

test("every relationship is between elements that are there, and every identifier is one, and one alone", () => {
  for (const bill of Object.values(BILLS)) {
    const document = read(bill);
    const ids = [
      "SPDXRef-DOCUMENT",
      ...[...document.packages, ...document.files].map(({ SPDXID }) => SPDXID),
    ];
    assert.is(new Set(ids).size, ids.length);
    for (const id of ids) assert.match(id, /^SPDXRef-[A-Za-z0-9.-]+$/);
    for (const { spdxElementId, relatedSpdxElement } of document.relationships) {
      assert.ok(ids.includes(spdxElementId), spdxElementId);
      assert.ok(ids.includes(relatedSpdxElement), relatedSpdxElement);
    }
  }
});

test("the one file is generated from its sources, the image from the template, with the tools that made it", () => {
  const document = read(BILLS.image);
  assert.equal(related(document, "DESCRIBES"), ["SPDXRef-DOCUMENT SPDXRef-Image-linux-amd64"]);
  assert.equal(related(document, "GENERATED_FROM"), [
    "SPDXRef-Image-linux-amd64 SPDXRef-Source-Dockerfile.tmpl",
    "SPDXRef-File-linux-amd64-pause SPDXRef-Source-src-linux-pause.c",
    "SPDXRef-File-linux-amd64-pause SPDXRef-Source-arch-amd64-syscall.h",
  ]);
  assert.equal(related(document, "BUILD_TOOL_OF"), [
    "SPDXRef-Tool-1-clang SPDXRef-Contents-linux-amd64",
  ]);
});

test("the index contains every image, and each has the tools of its own alone", () => {
  const gcc = { name: "gcc", version: "12.2.0", told: "gcc version 12.2.0" };
  const document = read(someBill(["amd64"], {
    images: [someImage("amd64"), someImage("arm64", { tools: [gcc] })],
  }));
  const contained = related(document, "CONTAINS").filter((one) => one.startsWith("SPDXRef-Index"));
  assert.equal(contained, [
    "SPDXRef-Index SPDXRef-Image-linux-amd64",
    "SPDXRef-Index SPDXRef-Image-linux-arm64",
  ]);
  assert.equal(related(document, "BUILD_TOOL_OF"), [
    "SPDXRef-Tool-1-clang SPDXRef-Contents-linux-amd64",
    "SPDXRef-Tool-2-gcc SPDXRef-Contents-linux-arm64",
  ]);
});

test("an image on a base descends from it, and nothing is said of a file that nobody knows the sources of", () => {
  const document = read(BILLS.windows);
  assert.equal(related(document, "DESCENDANT_OF"), [
    "SPDXRef-Image-windows-amd64-10.0.20348.3207 SPDXRef-Base-windows-amd64-10.0.20348.3207",
  ]);
  const [known, unknown] = document.files as readonly { readonly licenseConcluded?: string }[];
  assert.is(known?.licenseConcluded, "Apache-2.0");
  assert.is(unknown?.licenseConcluded, "NOASSERTION");
});

test("the verification code is that of the specification: SHA-1 over the sorted sums of the files", () => {
  const document = read(BILLS.windows);
  const sums = BILLS.windows.images.flatMap(({ files }) => files.map(({ sha1 }) => sha1)).sort();
  const code = createHash("sha1").update(sums.join("")).digest("hex");
  const codes = document.packages.flatMap(({ packageVerificationCode }) =>
    packageVerificationCode === undefined ? [] : [packageVerificationCode]
  );
  assert.equal(codes, [{ packageVerificationCodeValue: code }]);
});

test("the same bill makes the same bytes, and another one has another namespace", () => {
  assert.is(spdxText(someBill()), spdxText(someBill()));
  const other = read(someBill(undefined, { builder: "0.2.0" }));
  assert.is.not(read(someBill()).documentNamespace, other.documentNamespace);
});

test("an image is named by a purl without a registry: mirrors keep the document as it is", () => {
  const { packages: [image] } = read(BILLS.image);
  const digest = BILLS.image.images[0]?.digest.replace(":", "%3A");
  assert.equal(image?.externalRefs, [{
    referenceCategory: "PACKAGE-MANAGER",
    referenceType: "purl",
    referenceLocator: `pkg:oci/pause@${digest}?arch=amd64&os=linux&tag=3.10.2`,
  }]);
});

test.run();
