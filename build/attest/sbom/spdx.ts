import { createHash } from "node:crypto";
import { type Digest, digestParts } from "../../oci/digest.ts";
import {
  type Bill,
  type BillBase,
  type BillFile,
  type BillImage,
  type BillTool,
  type Hashed,
  imageName,
  isSameTool,
  LICENSE,
  purlOf,
  REPOSITORY,
  toolsOf,
  uuidOf,
} from "./bill.ts";
import { licenseOfTool } from "./tool-license.ts";

/** What SPDX writes where nobody looked. */
const UNKNOWN = "NOASSERTION";

/**
 * Writes an SBOM as SPDX 2.3 in JSON: the same bill makes the same bytes.
 * @see https://spdx.github.io/spdx-spec/v2.3/
 */
export function spdxText(bill: Bill): string {
  const document = documentOf(bill);
  const id = uuidOf(JSON.stringify(document));
  const documentNamespace = `https://spdx.org/spdxdocs/${encodeURIComponent(document.name)}-${id}`;
  return JSON.stringify({ ...document, documentNamespace });
}

function documentOf(bill: Bill) {
  const { created, builder, images, sources } = bill;
  const tools = toolsOf(bill);
  const tops = bill.index === undefined ? images.map(imageId) : [INDEX];
  return {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: DOCUMENT,
    name: nameOf(bill),
    creationInfo: { created, creators: [`Tool: pause-image-${builder}`] },
    packages: [
      ...(bill.index === undefined ? [] : [container(bill, INDEX, bill.index)]),
      ...images.flatMap((image) => [
        container(bill, imageId(image), image.digest, image),
        contents(bill, image),
        ...(image.base === undefined ? [] : [basePackage(image, image.base)]),
      ]),
      ...tools.map(toolPackage),
    ],
    files: [
      ...images.flatMap((image) => image.files.map((file) => containedFile(image, file))),
      ...sources.map(sourceFile),
    ],
    relationships: [
      ...tops.map((top) => relation(DOCUMENT, "DESCRIBES", top)),
      ...images.flatMap((image) => relationsOf(bill, image)),
    ],
  };
}

const DOCUMENT = "SPDXRef-DOCUMENT";
const INDEX = "SPDXRef-Index";

function nameOf({ name, version, index, images: [image] }: Bill): string {
  return index === undefined && image !== undefined
    ? `${name}-${version}-${imageName(image).replaceAll("/", "-")}`
    : `${name}-${version}`;
}

/** Letters, digits, "." and "-" are all that an identifier may have. */
function idOf(kind: string, ...names: readonly string[]): string {
  const name = names.join("-").replace(/[^A-Za-z0-9.]/g, (found) => {
    return "/-".includes(found) ? "-" : `-${found.codePointAt(0)?.toString(16)}-`;
  });
  return `SPDXRef-${kind}-${name}`;
}

const imageId = (image: BillImage): string => idOf("Image", imageName(image));
const contentsId = (image: BillImage): string => idOf("Contents", imageName(image));
const baseId = (image: BillImage): string => idOf("Base", imageName(image));
const fileId = (image: BillImage, { path }: Hashed): string => idOf("File", imageName(image), path);
const sourceId = (path: string): string => idOf("Source", path);
const toolId = ({ name }: BillTool, at: number): string => idOf("Tool", `${at + 1}`, name);

function relation(spdxElementId: string, relationshipType: string, relatedSpdxElement: string) {
  return { spdxElementId, relationshipType, relatedSpdxElement };
}

function relationsOf(bill: Bill, image: BillImage) {
  const { index, template } = bill;
  const [id, inside] = [imageId(image), contentsId(image)];
  return [
    ...(index === undefined ? [] : [relation(INDEX, "CONTAINS", id)]),
    relation(id, "CONTAINS", inside),
    relation(id, "GENERATED_FROM", sourceId(template)),
    ...(image.base === undefined ? [] : [relation(id, "DESCENDANT_OF", baseId(image))]),
    ...image.files.flatMap((file) => [
      relation(inside, "CONTAINS", fileId(image, file)),
      ...file.sources.map((path) =>
        relation(fileId(image, file), "GENERATED_FROM", sourceId(path))
      ),
    ]),
    ...toolsOf(bill).flatMap((tool, at) =>
      image.tools.some((own) => isSameTool(own, tool))
        ? [relation(toolId(tool, at), "BUILD_TOOL_OF", inside)]
        : []
    ),
  ];
}

/** An image or the index. What is in it is a package of its own: that has files to look into. */
function container(bill: Bill, SPDXID: string, digest: Digest, image?: BillImage) {
  return {
    name: bill.name,
    SPDXID,
    versionInfo: bill.version,
    supplier: UNKNOWN,
    downloadLocation: UNKNOWN,
    filesAnalyzed: false,
    checksums: checksumsOf(digest),
    licenseConcluded: UNKNOWN,
    licenseDeclared: LICENSE,
    copyrightText: UNKNOWN,
    externalRefs: [purlRef(purlOf(bill, digest, image?.platform))],
    primaryPackagePurpose: "CONTAINER",
  };
}

function contents({ name, version }: Bill, image: BillImage) {
  return {
    name,
    SPDXID: contentsId(image),
    versionInfo: version,
    supplier: UNKNOWN,
    downloadLocation: `git+${REPOSITORY}`,
    filesAnalyzed: true,
    packageVerificationCode: {
      packageVerificationCodeValue: verificationCode(image.files),
    },
    licenseConcluded: UNKNOWN,
    licenseDeclared: LICENSE,
    licenseInfoFromFiles: [UNKNOWN],
    copyrightText: UNKNOWN,
    primaryPackagePurpose: "APPLICATION",
  };
}

/** @see https://spdx.github.io/spdx-spec/v2.3/package-information/#79-package-verification-code-field */
function verificationCode(files: readonly Hashed[]): string {
  const sums = files.map(({ sha1 }) => sha1).sort().join("");
  return createHash("sha1").update(sums).digest("hex");
}

function basePackage(image: BillImage, { name, digest }: BillBase) {
  return {
    name,
    SPDXID: baseId(image),
    supplier: UNKNOWN,
    downloadLocation: UNKNOWN,
    filesAnalyzed: false,
    checksums: checksumsOf(digest),
    licenseConcluded: UNKNOWN,
    licenseDeclared: UNKNOWN,
    copyrightText: UNKNOWN,
    primaryPackagePurpose: "CONTAINER",
  };
}

function toolPackage(tool: BillTool, at: number) {
  return {
    name: tool.name,
    SPDXID: toolId(tool, at),
    versionInfo: tool.version,
    supplier: UNKNOWN,
    downloadLocation: UNKNOWN,
    filesAnalyzed: false,
    licenseConcluded: UNKNOWN,
    licenseDeclared: licenseOfTool(tool.name) ?? UNKNOWN,
    copyrightText: UNKNOWN,
    comment: tool.told,
    primaryPackagePurpose: "APPLICATION",
  };
}

function containedFile(image: BillImage, file: BillFile) {
  const isOurs = file.sources.length > 0;
  return fileEntry(fileId(image, file), file, "BINARY", isOurs ? LICENSE : UNKNOWN);
}

function sourceFile(source: Hashed) {
  return fileEntry(sourceId(source.path), source, "SOURCE", LICENSE);
}

function fileEntry(
  SPDXID: string,
  { path, sha1, sha256 }: Hashed,
  type: string,
  licenseConcluded: string,
) {
  return {
    fileName: `./${path}`,
    SPDXID,
    fileTypes: [type],
    checksums: [
      { algorithm: "SHA1", checksumValue: sha1 },
      { algorithm: "SHA256", checksumValue: sha256 },
    ],
    licenseConcluded,
    licenseInfoInFiles: [UNKNOWN],
    copyrightText: UNKNOWN,
  };
}

function checksumsOf(digest: Digest) {
  const { algorithm, hex } = digestParts(digest);
  return [{ algorithm: algorithm.toUpperCase(), checksumValue: hex }];
}

function purlRef(referenceLocator: string) {
  return { referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator };
}
