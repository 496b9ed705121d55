import { Buffer } from "node:buffer";
import { streamOf } from "../../oci/bytes.ts";
import { type Content, content, type Descriptor, jsonContent } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import { readManifest } from "../../oci/document.ts";
import { isIndex, OCI } from "../../oci/media-types.ts";
import { PauseError } from "../../error.ts";
import type { Store } from "../../store/store.ts";
import { cosignTag } from "../../oci/attachment-tag.ts";
import { LEGACY } from "../verify/legacy-bundle.ts";
import type { Signer } from "../keys/signer.ts";
import { ARTIFACT } from "../media-types.ts";
import { isSigned } from "./seal.ts";

/**
 * What is signed under cosign's tag: that the image of this digest may go by this name.
 * @param name the repository, as people pull from it: `registry.example.com/k8s/pause`
 * @see https://github.com/containers/image/blob/v5.30.0/docs/containers-signature.5.md#json-data-format
 */
export function simpleSigning(name: string, digest: Digest): Content {
  return jsonContent(ARTIFACT.simpleSigning, {
    critical: {
      identity: { "docker-reference": name },
      image: { "docker-manifest-digest": digest },
      type: "cosign container image signature",
    },
    optional: null,
  });
}

/** How often what somebody else wrote over is written once more. */
const MOST_WRITES = 5;

/**
 * Adds a signature to those that cosign's tag of an image holds. All others stay. What was written is
 * read back: no registry can be told to take a tag only as long as nobody else has moved it.
 *
 * @returns false when the key has signed the same there already
 * @throws PauseError `verification` when the tag names something that holds no signatures; `registry`
 * when others keep writing over it; what the store throws
 */
export async function addCosignSignature(
  store: Store,
  image: Descriptor,
  name: string,
  signer: Signer,
): Promise<boolean> {
  const tag = cosignTag(image.digest, "sig");
  const payload = simpleSigning(name, image.digest);
  const signature = Buffer.from(await signer.sign(payload.bytes)).toString("base64");
  const layer = { ...payload.descriptor, annotations: { [LEGACY.signature]: signature } };
  for (let made = 0;; made++) {
    const held = await layersUnder(store, tag);
    if (held.some((layer) => isOurs(layer, payload, signer))) return made > 0;
    if (made === MOST_WRITES) break;
    await putLayers(store, tag, payload, [...held, layer]);
  }
  throw new PauseError(
    "registry",
    `Cannot sign in ${store.name}: others wrote over ${tag} again and again. Run the command again later.`,
  );
}

async function putLayers(
  store: Store,
  tag: string,
  payload: Content,
  layers: readonly Descriptor[],
): Promise<void> {
  const config = configOf(layers);
  for (const { descriptor, bytes } of [payload, config]) {
    if (await store.hasBlob(descriptor)) continue;
    await store.putBlob(descriptor, () => Promise.resolve(streamOf(bytes)));
  }
  const manifest = jsonContent(OCI.manifest, {
    schemaVersion: 2,
    mediaType: OCI.manifest,
    config: config.descriptor,
    layers,
  });
  await store.putManifest(manifest, [tag]);
}

async function layersUnder(store: Store, tag: string): Promise<readonly Descriptor[]> {
  const there = await store.resolve(tag);
  if (there === undefined) return [];
  const { descriptor, bytes } = await store.getManifest(there.digest);
  if (!isIndex(descriptor.mediaType)) return readManifest(bytes).layers;
  throw new PauseError(
    "verification",
    `Cannot sign in ${store.name}: ${tag} is an index, where cosign keeps its signatures. Remove that tag, or sign without it (--form referrer).`,
  );
}

function isOurs(layer: Descriptor, payload: Content, signer: Signer): boolean {
  const signature = layer.annotations?.[LEGACY.signature];
  return layer.digest === payload.descriptor.digest && signature !== undefined &&
    isSigned(signer, payload.bytes, signature);
}

/** An image's configuration, as all of cosign's readers expect one there. */
function configOf(layers: readonly Descriptor[]): Content {
  return content(
    OCI.config,
    new TextEncoder().encode(JSON.stringify({
      architecture: "",
      os: "",
      config: {},
      rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
    })),
  );
}
