import { everySettled } from "../../host/settle.ts";
import type { Bill, BillImage, BillTool } from "../../attest/sbom/bill.ts";
import { filesOf } from "../../attest/sbom/layer-files.ts";
import { formatTime } from "../../image/assemble.ts";
import { digestParts } from "../../oci/digest.ts";
import { VERSION } from "../../version.ts";
import { type Piece, piecesOf } from "../pieces.ts";
import { TEMPLATE } from "../source.ts";
import type { BuiltImage, Graph, Workshop } from "../workshop.ts";
import { hashSources, sourcesOf } from "./sources.ts";

/**
 * Gathers what there is to say of the images that were built.
 * @throws PauseError `storage` when a source is not what was built any more
 */
export async function makeBill(workshop: Workshop, graph: Graph): Promise<Bill> {
  const { settings } = workshop;
  const origins = await originsOf(workshop, graph);
  return {
    name: "pause",
    version: settings.tag,
    created: formatTime(settings.epoch ?? (await workshop.commit()).epoch),
    builder: VERSION,
    index: graph.index.digest,
    images: await everySettled(graph.built.map((one) => billOf(workshop, one, origins))),
    sources: await hashSources(workshop),
    template: TEMPLATE,
  };
}

/** The sources of what was made here, by its SHA-256 in hexadecimal. */
type Origins = ReadonlyMap<string, readonly string[]>;

async function originsOf(workshop: Workshop, { files }: Graph): Promise<Origins> {
  const programs = await everySettled(workshop.programs());
  const pieces = piecesOf(workshop.settings, "pause");
  return new Map<string, readonly string[]>([
    ...Object.values(files).map((digest) => [digestParts(digest).hex, [TEMPLATE]] as const),
    ...programs.flatMap(({ digest }, at) => {
      const piece = pieces[at];
      return piece ? [[digestParts(digest).hex, sourcesOf(workshop, piece)] as const] : [];
    }),
  ]);
}

async function billOf(
  workshop: Workshop,
  { image: { platform, manifest: { digest } }, arch, layers, base }: BuiltImage,
  origins: Origins,
): Promise<BillImage> {
  const files = await filesOf(layers.map(({ bytes }) => bytes));
  const own = piecesOf(workshop.settings, "pause").find(({ system, target }) =>
    system === platform.os && target.arch === arch
  );
  return {
    platform,
    digest,
    files: files.map((file) => ({ ...file, sources: origins.get(file.sha256) ?? [] })),
    tools: own === undefined ? [] : await toolsFor(workshop, own),
    ...(base && { base }),
  };
}

/** What a program was made with; and what built its image, if that was not this software. */
async function toolsFor(workshop: Workshop, { target, system }: Piece): Promise<BillTool[]> {
  const [toolchain, engine] = [await workshop.toolchain(), await workshop.engine()];
  return [
    ...await toolchain.tools(target, system),
    ...(engine === undefined
      ? []
      : [{ name: engine.name, version: engine.identity, told: engine.identity }]),
  ];
}
