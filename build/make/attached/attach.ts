import type { Bill } from "../../attest/sbom/bill.ts";
import type { Attachment } from "../../attest/attach.ts";
import type { Carrier } from "../../copy/copy.ts";
import { everySettled } from "../../host/settle.ts";
import { type Content, content, type Descriptor } from "../../oci/descriptor.ts";
import { type Digest, digestParts } from "../../oci/digest.ts";
import { children } from "../../oci/document.ts";
import type { Store } from "../../store/store.ts";
import type { Attached, Graph, Images, Workshop } from "../workshop.ts";
import { makeBill } from "./bill.ts";
import type { AttachmentKind } from "./settings.ts";
import { byteVariables } from "./variables.ts";

/**
 * Makes what ATTACH names for the index and for every image, and puts it beside them.
 *
 * @returns the index's first, then in its order
 * @throws PauseError `storage` when a source is not what was built any more
 */
export async function makeAttached(workshop: Workshop, graph: Graph): Promise<Attached[]> {
  const kinds = workshop.settings.attach;
  if (kinds.length === 0) return [];
  const { attach } = await import("../../attest/attach.ts");
  const bill = await makeBill(workshop, graph);
  const provenance = await makeProvenance(workshop, bill);
  const subjects: [Descriptor, Bill][] = [
    [graph.index, bill],
    ...graph.images.map(({ manifest }, at): [Descriptor, Bill] => [manifest, aboutOne(bill, at)]),
  ];
  return await everySettled(
    subjects.flatMap(([subject, about]) =>
      kinds.map(async (kind): Promise<Attached> => {
        const attachment = await MAKERS[kind](about, provenance);
        const manifest = await attach(graph.store, subject, attachment);
        const { artifactType } = attachment;
        const blobs = children(manifest, (await graph.store.getManifest(manifest.digest)).bytes);
        return { kind, artifactType, subject: subject.digest, manifest, blobs };
      })
    ),
  );
}

/** What an SBOM of one image says: of the sources those that it was made of. */
function aboutOne({ index: _, images, sources, ...bill }: Bill, at: number): Bill {
  const own = images.slice(at, at + 1);
  const used = own.flatMap(({ files }) => files.flatMap((file) => file.sources));
  return {
    ...bill,
    images: own,
    sources: sources.filter(({ path }) => path === bill.template || used.includes(path)),
  };
}

/** How each kind is made. The provenance is one statement about all images. */
const MAKERS: Readonly<
  Record<AttachmentKind, (bill: Bill, provenance: Content) => Promise<Attachment>>
> = {
  spdx: async (bill) => {
    const { spdxText } = await import("../../attest/sbom/spdx.ts");
    return await documentOf("spdx", spdxText(bill));
  },
  cyclonedx: async (bill) => {
    const { cycloneDxText } = await import("../../attest/sbom/cyclonedx.ts");
    return await documentOf("cyclonedx", await cycloneDxText(bill));
  },
  provenance: async (_, provenance) => {
    const { ARTIFACT, PREDICATE } = await import("../../attest/media-types.ts");
    return {
      artifactType: ARTIFACT.statement,
      document: provenance,
      // By which BuildKit's are told from other statements.
      annotations: { "in-toto.io/predicate-type": PREDICATE.provenance },
    };
  },
};

async function documentOf(kind: "spdx" | "cyclonedx", text: string): Promise<Attachment> {
  const { ARTIFACT } = await import("../../attest/media-types.ts");
  const artifactType = ARTIFACT[kind];
  return { artifactType, document: content(artifactType, new TextEncoder().encode(text)) };
}

async function makeProvenance(workshop: Workshop, bill: Bill): Promise<Content> {
  const { ARTIFACT, PREDICATE } = await import("../../attest/media-types.ts");
  const { statement, statementBytes } = await import("../../attest/statement.ts");
  const { provenanceOf } = await import("../../attest/provenance/provenance.ts");
  const { toolsOf } = await import("../../attest/sbom/bill.ts");
  const { revision } = await workshop.commit();
  const bases = new Map(bill.images.flatMap(({ base }) => base ? [[base.digest, base]] : []));
  const predicate = provenanceOf({
    variables: await byteVariables(workshop),
    ...(/^[0-9a-f]{40,64}$/.test(revision) && { commit: revision }),
    sources: bill.sources,
    tools: toolsOf(bill),
    bases: [...bases.values()],
    programs: await everySettled(workshop.programs()),
    builder: bill.builder,
  }, workshop.runner);
  const digests = [...bill.index ? [bill.index] : [], ...bill.images.map(({ digest }) => digest)];
  const subjects = digests.map((digest) => {
    const { algorithm, hex } = digestParts(digest);
    return { name: bill.name, digest: { [algorithm]: hex } };
  });
  const made = statement(subjects, PREDICATE.provenance, predicate);
  return content(ARTIFACT.statement, statementBytes(made));
}

/** Those that hang on any of the images. */
export async function attachedTo(
  { attached }: Pick<Images, "attached">,
  subjects: readonly Descriptor[],
): Promise<readonly Attached[]> {
  const digests = new Set<Digest>(subjects.map(({ digest }) => digest));
  return (await attached()).filter(({ subject }) => digests.has(subject));
}

/**
 * Carries attachments to where their images go.
 * @param listed whether the destination lists it already: then it is there, too
 */
export async function carryAttached(
  carrier: Carrier,
  attached: readonly Attached[],
  listed: (one: Attached) => Promise<boolean> = () => Promise.resolve(false),
): Promise<void> {
  await everySettled(attached.map(async (one) => {
    if (await listed(one)) return;
    // It is put also where it is there: whoever was killed may have left it unlisted.
    await carrier.carry(one.manifest.digest, [], { here: "absent" });
  }));
}

/**
 * What a registry lists already. Where it has not got the top of what is pushed, nobody asks for the
 * lists: what hangs on the images is sent.
 */
export function listedAt(
  store: Store,
  top: Descriptor,
): (one: Attached) => Promise<boolean> {
  const lists = new Map<Digest, Promise<ReadonlySet<Digest>>>();
  let known: Promise<boolean> | undefined;
  return async ({ subject, manifest }) => {
    known ??= store.resolve(top.digest).then((found) => found !== undefined);
    if (!await known) return false;
    const list = lists.get(subject) ?? referrersAt(store, subject);
    lists.set(subject, list);
    return (await list).has(manifest.digest);
  };
}

async function referrersAt(store: Store, subject: Digest): Promise<ReadonlySet<Digest>> {
  const found = new Set<Digest>();
  for await (const { digest } of store.referrers(subject)) found.add(digest);
  return found;
}
