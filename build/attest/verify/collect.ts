import { PauseError } from "../../error.ts";
import { cosignTag } from "../../oci/attachment-tag.ts";
import type { Content, Descriptor } from "../../oci/descriptor.ts";
import { readManifest, referrer } from "../../oci/document.ts";
import { isIndex, OCI } from "../../oci/media-types.ts";
import type { Store } from "../../store/store.ts";
import { EMPTY_CONFIG } from "../media-types.ts";
import { readBundleCandidate } from "./bundle.ts";
import { type Candidate, refused, type Wanted } from "./candidate.ts";
import { lookThroughCosign } from "./cosign.ts";
import { duplicateKey } from "./duplicate-key.ts";
import { blobReader, counter, MOST_REFERRERS, MOST_SIGNATURES, type ReadBlob } from "./limits.ts";
import type { Look } from "./look.ts";

/** Of one image: what is looked for, and how it is read. */
interface Search {
  readonly store: Store;
  readonly wanted: Wanted;
  readonly readBlob: ReadBlob;
}

/** What to do with a referrer, by its type. The first one that fits counts; others sign nothing. */
const FORMS: readonly {
  readonly type: RegExp;
  readonly look: (
    manifest: Content,
    from: string,
    search: Search,
  ) => readonly (Candidate | Look)[];
}[] = [
  {
    type: /^application\/vnd\.dev\.sigstore\.bundle(\.v\d+\.\d+\+json|\+json;version=\d+\.\d+)$/,
    look: lookIntoBundle,
  },
  {
    // cosign 2, where it was told to use referrers: the manifest that is under its tag otherwise.
    type: /^application\/vnd\.dev\.cosign\.artifact\.sig\.v1\+json$/,
    look: (manifest, from, { wanted, readBlob }) =>
      wanted.predicateType === undefined ? lookThroughCosign(manifest, from, wanted, readBlob) : [],
  },
  {
    // Notation's, and whatever else calls itself so.
    type: /signature|sigstore|cosign/i,
    look: (manifest, from, { wanted }) =>
      wanted.predicateType === undefined
        ? [refused(from, `it is of the type ${typeOf(manifest)}, which is not read here`)]
        : [],
  },
];

/** The types of configurations, which say nothing of what the artifact is. */
const CONFIGS: readonly string[] = [EMPTY_CONFIG, OCI.config];

/** Where signatures of an image are kept. Each place is looked into by itself. */
export function placesOf(store: Store, wanted: Wanted): readonly Look[] {
  const search: Search = { store, wanted, readBlob: blobReader(store) };
  return [() => lookUnderTag(search), () => lookAtReferrers(search)];
}

async function lookUnderTag(
  { store, wanted, readBlob }: Search,
): Promise<readonly (Candidate | Look)[]> {
  const { digest, predicateType } = wanted;
  const tag = cosignTag(digest, predicateType === undefined ? "sig" : "att");
  const found = await store.resolve(tag);
  if (found === undefined) return [];
  const manifest = await store.getManifest(found.digest);
  return lookThroughCosign(manifest, `tag ${tag}`, wanted, readBlob);
}

async function lookAtReferrers(search: Search): Promise<readonly Look[]> {
  const looks: Look[] = [];
  const [count, countSignatures] = [
    counter("referrers", MOST_REFERRERS),
    counter("signatures among the referrers", MOST_SIGNATURES),
  ];
  for await (const entry of search.store.referrers(search.wanted.digest)) {
    count();
    const { artifactType } = entry;
    // Lists may lack the type, or have the configuration's in its place: the manifest has it.
    const signs = artifactType === undefined || CONFIGS.includes(artifactType) ||
      formOf(artifactType) !== undefined;
    if (signs) countSignatures();
    looks.push(() => signs ? lookAtReferrer(entry, search) : requireThere(entry, search));
  }
  return looks;
}

/** A list that names what is not there may have lost more. */
async function requireThere({ digest }: Descriptor, { store }: Search): Promise<readonly Look[]> {
  if (await store.resolve(digest) !== undefined) return [];
  throw new PauseError(
    "registry",
    `Cannot read ${digest} from ${store.name}: it is listed as a referrer, and is not there. Push it anew, or remove it from the list.`,
  );
}

async function lookAtReferrer(
  { digest }: Descriptor,
  search: Search,
): Promise<readonly (Candidate | Look)[]> {
  const from = `referrer ${digest}`;
  const manifest = await search.store.getManifest(digest);
  const form = formOf(typeOf(manifest));
  if (form === undefined) return [];
  const twice = duplicateKey(manifest.bytes);
  if (twice !== undefined) return [refused(from, `its manifest has the key "${twice}" twice`)];
  const subject = referrer(manifest)?.subject;
  if (subject !== search.wanted.digest) {
    return [refused(from, `it refers to ${subject ?? "nothing"}, whatever lists it here`)];
  }
  return form.look(manifest, from, search);
}

function formOf(artifactType: string): (typeof FORMS)[number] | undefined {
  return FORMS.find(({ type }) => type.test(artifactType));
}

function typeOf(manifest: Content): string {
  return (referrer(manifest)?.descriptor.artifactType ?? "").slice(0, 100);
}

function lookIntoBundle(
  { descriptor, bytes }: Content,
  from: string,
  { wanted, readBlob }: Search,
): readonly (Candidate | Look)[] {
  const layers = isIndex(descriptor.mediaType) ? [] : readManifest(bytes).layers;
  const [layer] = layers;
  if (layer === undefined || layers.length > 1) {
    return [refused(from, `it has ${layers.length} layers, and a bundle is one`)];
  }
  return [async () => {
    const candidate = await readBundleCandidate(await readBlob(layer), from, wanted);
    return candidate === undefined ? [] : [candidate];
  }];
}
