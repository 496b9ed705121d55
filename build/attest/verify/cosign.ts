import { Buffer } from "node:buffer";
import type { Content, Descriptor } from "../../oci/descriptor.ts";
import { readManifest } from "../../oci/document.ts";
import { isIndex } from "../../oci/media-types.ts";
import { ARTIFACT } from "../media-types.ts";
import { type Candidate, refused, type Wanted } from "./candidate.ts";
import { readSimpleSigning } from "./claims.ts";
import { duplicateKey } from "./duplicate-key.ts";
import { LEGACY, legacyBundle } from "./legacy-bundle.ts";
import { counter, MOST_SIGNATURES, type ReadBlob } from "./limits.ts";
import type { Look } from "./look.ts";

const DSSE_ENVELOPE = "application/vnd.dsse.envelope.v1+json";

/** Where cosign up to 2 says of which type an attestation is. */
const PREDICATE_TYPE = "predicateType";

/**
 * Looks through a manifest as cosign writes them: each layer is a payload, with its signature in an
 * annotation.
 *
 * @param from where the manifest was found, in words
 * @throws PauseError `verification` when it is none, or has too many layers
 */
export function lookThroughCosign(
  { descriptor, bytes }: Content,
  from: string,
  wanted: Wanted,
  readBlob: ReadBlob,
): readonly (Candidate | Look)[] {
  if (isIndex(descriptor.mediaType)) return [refused(from, "it is an index, which signs nothing")];
  const { layers } = readManifest(bytes);
  const twice = duplicateKey(bytes);
  if (twice !== undefined) return [refused(from, `its manifest has the key "${twice}" twice`)];
  const count = counter("signatures in one manifest", MOST_SIGNATURES);
  return layers.map((layer) => {
    count();
    return () => readLayer(layer, `${from}, layer ${layer.digest}`, wanted, readBlob);
  });
}

async function readLayer(
  layer: Descriptor,
  from: string,
  wanted: Wanted,
  readBlob: ReadBlob,
): Promise<readonly Candidate[]> {
  const { mediaType, annotations = {} } = layer;
  if (mediaType === DSSE_ENVELOPE && wanted.predicateType !== undefined) {
    const type = annotations[PREDICATE_TYPE] ?? wanted.predicateType;
    return type !== wanted.predicateType ? [] : [
      refused(from, "it is an attestation of cosign 2, which is not read here. Attest it anew"),
    ];
  }
  if (mediaType !== ARTIFACT.simpleSigning) {
    return [refused(from, `it is of the type ${mediaType.slice(0, 100)}, which is not read here`)];
  }
  return [readSimple(await readBlob(layer), annotations, from, wanted)];
}

function readSimple(
  payload: Uint8Array,
  annotations: Readonly<Record<string, string>>,
  from: string,
  wanted: Wanted,
): Candidate {
  const signature = fromBase64(annotations[LEGACY.signature] ?? "");
  if (signature === undefined) {
    return refused(from, "it has no signature, or one that is no base64");
  }
  const claim = readSimpleSigning(payload, wanted);
  if (claim.is !== "about it") return refused(from, claim.fault);
  const told = { from, ...(claim.note !== undefined && { note: claim.note }) };
  if (annotations[LEGACY.certificate] === undefined) {
    return { ...told, kind: "key", bytes: payload, signature };
  }
  const bundle = legacyBundle(payload, annotations);
  return bundle === undefined
    ? refused(from, "its certificate, or its entry in the transparency log, cannot be read")
    : { ...told, kind: "certificate", bundle, artifact: payload };
}

/** The bytes of canonical base64, which is all that anybody writes. */
function fromBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, "base64");
  return text !== "" && bytes.toString("base64") === text ? new Uint8Array(bytes) : undefined;
}
