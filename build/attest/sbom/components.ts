import type * as Enums from "@cyclonedx/cyclonedx-library/Enums";
import type * as Models from "@cyclonedx/cyclonedx-library/Models";
import type * as Serialize from "@cyclonedx/cyclonedx-library/Serialize";
import type * as Spec from "@cyclonedx/cyclonedx-library/Spec";
import { type Digest, digestParts } from "../../oci/digest.ts";
import {
  type Bill,
  type BillBase,
  type BillFile,
  type BillImage,
  type BillTool,
  type Hashed,
  LICENSE,
  purlOf,
  REPOSITORY,
} from "./bill.ts";
import { licenseOfTool } from "./tool-license.ts";

/** The parts of the library that write JSON. */
export interface Library {
  readonly Enums: typeof Enums;
  readonly Models: typeof Models;
  readonly Serialize: typeof Serialize;
  readonly Spec: typeof Spec;
}

type Component = Models.Component;

/** What makes the components of an SBOM. */
export interface Maker {
  /** This software. */
  readonly builder: (bill: Bill) => Component;
  /** An image, or without one the index. */
  readonly container: (bill: Bill, name: string, digest: Digest, image?: BillImage) => Component;
  /** @param image the name of the image that is built on it */
  readonly base: (image: string, base: BillBase) => Component;
  /** @param image the name of the image that it is in */
  readonly file: (image: string, file: BillFile) => Component;
  readonly source: (source: Hashed) => Component;
  readonly tool: (tool: BillTool) => Component;
}

/** Makes components with the library. */
export function makerOf(library: Library): Maker {
  const { Models, Enums: { ComponentScope, ComponentType } } = library;
  return {
    builder: ({ builder: version }) =>
      new Models.Component(ComponentType.Application, "pause-image", {
        version,
        bomRef: "pause-image",
      }),
    container: (bill, name, digest, image) => container(library, bill, name, digest, image),
    base: (image, { name, digest }) =>
      new Models.Component(ComponentType.Container, name, {
        bomRef: `base/${image}`,
        hashes: hashesOfDigest(library, digest),
      }),
    file: (image, file) =>
      new Models.Component(ComponentType.File, `/${file.path}`, {
        bomRef: `file/${image}/${file.path}`,
        hashes: hashesOf(library, file),
        licenses: licensed(library, file.sources.length > 0 ? LICENSE : undefined),
      }),
    // Neither sources nor tools are in the image.
    source: (source) =>
      new Models.Component(ComponentType.File, source.path, {
        bomRef: `source/${source.path}`,
        scope: ComponentScope.Excluded,
        hashes: hashesOf(library, source),
        licenses: licensed(library, LICENSE),
      }),
    tool: ({ name, version, told }) =>
      new Models.Component(ComponentType.Application, name, {
        bomRef: `tool/${name}/${told}`,
        scope: ComponentScope.Excluded,
        version,
        description: told,
        licenses: licensed(library, licenseOfTool(name)),
      }),
  };
}

function container(
  library: Library,
  bill: Bill,
  name: string,
  digest: Digest,
  image: BillImage | undefined,
): Component {
  const { Models, Enums: { ComponentType, ExternalReferenceType } } = library;
  const repository = new Models.ExternalReference(REPOSITORY, ExternalReferenceType.VCS);
  const platform = image && new Models.Property("pause-image:platform", name);
  return new Models.Component(ComponentType.Container, bill.name, {
    bomRef: `container/${name}`,
    version: bill.version,
    hashes: hashesOfDigest(library, digest),
    licenses: licensed(library, LICENSE),
    purl: purlOf(bill, digest, image?.platform),
    externalReferences: new Models.ExternalReferenceRepository([repository]),
    properties: new Models.PropertyRepository(platform ? [platform] : []),
  });
}

function hashesOf({ Models, Enums: { HashAlgorithm } }: Library, file: Hashed) {
  return new Models.HashDictionary([
    [HashAlgorithm["SHA-1"], file.sha1],
    [HashAlgorithm["SHA-256"], file.sha256],
  ]);
}

function hashesOfDigest({ Models, Enums: { HashAlgorithm } }: Library, digest: Digest) {
  const { algorithm, hex } = digestParts(digest);
  const name = algorithm === "sha256" ? HashAlgorithm["SHA-256"] : HashAlgorithm["SHA-512"];
  return new Models.HashDictionary([[name, hex]]);
}

function licensed({ Models }: Library, expression: string | undefined) {
  return new Models.LicenseRepository(
    expression === undefined ? [] : [new Models.LicenseExpression(expression)],
  );
}
