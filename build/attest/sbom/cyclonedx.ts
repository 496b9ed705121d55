import type { Component } from "@cyclonedx/cyclonedx-library/Models";
import { type Bill, type BillImage, imageName, isSameTool, toolsOf, uuidOf } from "./bill.ts";
import { named } from "../../host/commonjs.ts";
import { type Library, type Maker, makerOf } from "./components.ts";

/**
 * Writes an SBOM as CycloneDX 1.6 in JSON: the same bill makes the same bytes.
 * @see https://cyclonedx.org/docs/1.6/json/
 */
export async function cycloneDxText(bill: Bill): Promise<string> {
  const library = await loadLibrary();
  const { Models, Serialize, Spec } = library;
  const maker = makerOf(library);
  const { component, components } = componentsOf(bill, maker);
  const tools = new Models.Tools({
    components: new Models.ComponentRepository([maker.builder(bill)]),
  });
  const document = new Models.Bom({
    metadata: new Models.Metadata({
      timestamp: new Date(bill.created),
      tools,
      ...(component && { component }),
    }),
    components: new Models.ComponentRepository(components),
  });
  const serializer = new Serialize.JsonSerializer(
    new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6),
  );
  // In the order of the bill: the library sorts as the machine's language does.
  const text = (): string => serializer.serialize(document, { sortLists: false });
  document.serialNumber = `urn:uuid:${uuidOf(text())}`;
  return text();
}

/** Loads no more than what writes JSON, and only when an SBOM is to be written. */
async function loadLibrary(): Promise<Library> {
  const [Enums, Models, Serialize, Spec] = await Promise.all([
    import("@cyclonedx/cyclonedx-library/Enums"),
    import("@cyclonedx/cyclonedx-library/Models"),
    import("@cyclonedx/cyclonedx-library/Serialize"),
    import("@cyclonedx/cyclonedx-library/Spec"),
  ]);
  return {
    Enums: named(Enums),
    Models: named(Models),
    Serialize: named(Serialize),
    Spec: named(Spec),
  };
}

/** What the document is about, and all else in it. */
interface Components {
  readonly component?: Component;
  readonly components: readonly Component[];
}

function componentsOf(bill: Bill, maker: Maker): Components {
  const sources = new Map(bill.sources.map((source) => [source.path, maker.source(source)]));
  const tools = toolsOf(bill).map((tool) => ({ tool, component: maker.tool(tool) }));
  const images = bill.images.map((image) => {
    const used = tools.filter(({ tool }) => image.tools.some((own) => isSameTool(own, tool)));
    const beside = [sources.get(bill.template), ...used.map(({ component }) => component)];
    return imageComponents(bill, image, maker, sources, beside);
  });
  const index = bill.index && maker.container(bill, "index", bill.index);
  for (const { top } of images) if (index) link(index, top);
  const component = index ?? images[0]?.top;
  const components = [
    ...images.flatMap(({ top, parts }) => top === component ? parts : [top, ...parts]),
    ...sources.values(),
    ...tools.map(({ component }) => component),
  ];
  return { ...(component && { component }), components };
}

/** An image, and what is in it; it depends on that and on what is `beside` it. */
function imageComponents(
  bill: Bill,
  image: BillImage,
  maker: Maker,
  sources: ReadonlyMap<string, Component>,
  beside: readonly (Component | undefined)[],
): { readonly top: Component; readonly parts: readonly Component[] } {
  const name = imageName(image);
  const top = maker.container(bill, name, image.digest, image);
  const files = image.files.map((file) => {
    const made = maker.file(name, file);
    for (const path of file.sources) link(made, sources.get(path));
    return made;
  });
  const parts = [...(image.base ? [maker.base(name, image.base)] : []), ...files];
  for (const one of [...parts, ...beside]) link(top, one);
  return { top, parts };
}

function link(from: Component, to: Component | undefined): void {
  if (to !== undefined) from.dependencies.add(to.bomRef);
}
