import type { Component } from "@cyclonedx/cyclonedx-library/Models";
import { type Digest, digestParts } from "../../oci/digest.ts";
import {
  type Bill,
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

/**
 * Writes an SBOM as CycloneDX 1.6 in JSON: the same bill makes the same bytes.
 * @see https://cyclonedx.org/docs/1.6/json/
 */
export async function cycloneDxText(bill: Bill): Promise<string> {
  const { Enums, Models, Serialize, Spec } = await library();
  const maker = makerOf({ Enums, Models });
  const sources = new Map(bill.sources.map((source) => [source.path, maker.source(source)]));
  const tools = toolsOf(bill).map((tool) => ({ tool, component: maker.tool(tool) }));
  const images = bill.images.map((image) => {
    const top = maker.container(bill, imageName(image), image.digest, image);
    const files = image.files.map((file) => {
      const made = maker.file(imageName(image), file);
      for (const path of file.sources) link(made, sources.get(path));
      return made;
    });
    const own = tools.filter(({ tool }) => image.tools.some((used) => isSameTool(used, tool)));
    const base = image.base === undefined ? [] : [maker.base(image)];
    const below = [...base, ...files, ...own.map(({ component }) => component)];
    for (const one of [...below, sources.get(bill.template)]) link(top, one);
    return { top, parts: [...base, ...files] };
  });
  const index = bill.index && maker.container(bill, "index", bill.index);
  for (const { top } of images) if (index) link(index, top);
  const component = index ?? images[0]?.top;
  const components = [
    ...images.flatMap(({ top, parts }) => top === component ? parts : [top, ...parts]),
    ...sources.values(),
    ...tools.map(({ component }) => component),
  ];
  const self = new Models.Component(Enums.ComponentType.Application, "pause-image", {
    version: bill.builder,
    bomRef: "pause-image",
  });
  const document = new Models.Bom({
    metadata: new Models.Metadata({
      timestamp: new Date(bill.created),
      tools: new Models.Tools({ components: new Models.ComponentRepository([self]) }),
      ...(component && { component }),
    }),
    components: new Models.ComponentRepository(components),
  });
  const serializer = new Serialize.JsonSerializer(
    new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6),
  );
  const text = (): string => serializer.serialize(document, { sortLists: true });
  document.serialNumber = `urn:uuid:${uuidOf(text())}`;
  return text();
}

/** Loads no more than what writes JSON, and only when an SBOM is to be written. */
async function library() {
  const [Enums, Models, Serialize, Spec] = await Promise.all([
    import("@cyclonedx/cyclonedx-library/Enums"),
    import("@cyclonedx/cyclonedx-library/Models"),
    import("@cyclonedx/cyclonedx-library/Serialize"),
    import("@cyclonedx/cyclonedx-library/Spec"),
  ]);
  return { Enums, Models, Serialize, Spec };
}

type Library = Awaited<ReturnType<typeof library>>;

function link(from: Component, to: Component | undefined): void {
  if (to !== undefined) from.dependencies.add(to.bomRef);
}

/** What makes the components of a bill. */
interface Maker {
  container(bill: Bill, name: string, digest: Digest, image?: BillImage): Component;
  base(image: BillImage): Component;
  file(image: string, file: BillFile): Component;
  source(source: Hashed): Component;
  tool(tool: BillTool): Component;
}

function makerOf({ Enums, Models }: Pick<Library, "Enums" | "Models">): Maker {
  const { ComponentScope, ComponentType, HashAlgorithm } = Enums;
  const sha256 = HashAlgorithm["SHA-256"];
  const sha1 = HashAlgorithm["SHA-1"];
  const hashesOf = (file: Hashed) =>
    new Models.HashDictionary([[sha1, file.sha1], [sha256, file.sha256]]);
  const hashOf = (digest: Digest) => {
    const { algorithm, hex } = digestParts(digest);
    const name = algorithm === "sha256" ? sha256 : HashAlgorithm["SHA-512"];
    return new Models.HashDictionary([[name, hex]]);
  };
  const licensed = (expression: string | undefined) =>
    new Models.LicenseRepository(
      expression === undefined ? [] : [new Models.LicenseExpression(expression)],
    );
  const repository = () =>
    new Models.ExternalReferenceRepository([
      new Models.ExternalReference(REPOSITORY, Enums.ExternalReferenceType.VCS),
    ]);
  return {
    container: (bill, name, digest, image) =>
      new Models.Component(ComponentType.Container, bill.name, {
        bomRef: `container/${name}`,
        version: bill.version,
        hashes: hashOf(digest),
        licenses: licensed(LICENSE),
        purl: purlOf(bill, digest, image?.platform),
        externalReferences: repository(),
        properties: new Models.PropertyRepository(
          image ? [new Models.Property("pause-image:platform", name)] : [],
        ),
      }),
    base: (image) =>
      new Models.Component(ComponentType.Container, image.base?.name ?? "", {
        bomRef: `base/${imageName(image)}`,
        ...(image.base && { hashes: hashOf(image.base.digest) }),
      }),
    file: (image, file) =>
      new Models.Component(ComponentType.File, `/${file.path}`, {
        bomRef: `file/${image}/${file.path}`,
        hashes: hashesOf(file),
        licenses: licensed(file.sources.length > 0 ? LICENSE : undefined),
      }),
    // Neither sources nor tools are in the image.
    source: (source) =>
      new Models.Component(ComponentType.File, source.path, {
        bomRef: `source/${source.path}`,
        scope: ComponentScope.Excluded,
        hashes: hashesOf(source),
        licenses: licensed(LICENSE),
      }),
    tool: (tool) =>
      new Models.Component(ComponentType.Application, tool.name, {
        bomRef: `tool/${tool.name}/${tool.told}`,
        scope: ComponentScope.Excluded,
        version: tool.version,
        description: tool.told,
        licenses: licensed(licenseOfTool(tool.name)),
      }),
  };
}
