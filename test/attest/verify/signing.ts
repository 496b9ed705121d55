/** Signatures made with nothing but Node's own cryptography, as cosign and sigstore write them. */

import { Buffer } from "node:buffer";
import { createECDH, createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import { type Content, content, jsonContent } from "../../../build/oci/descriptor.ts";
import { OCI } from "../../../build/oci/media-types.ts";
import { bytesOf } from "../../support/images.ts";

/** A key of the tests: the same seed makes the same key. */
export interface TestKey {
  readonly privateKey: KeyObject;
  /** PEM. */
  readonly publicKey: string;
}

export function ecKey(seed: number): TestKey {
  const ecdh = createECDH("prime256v1");
  const d = bytesOf(seed, 32);
  ecdh.setPrivateKey(d);
  const point = ecdh.getPublicKey();
  const part = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");
  const key = { kty: "EC", crv: "P-256", d: part(d) };
  const at = { x: part(point.subarray(1, 33)), y: part(point.subarray(33)) };
  return keyFrom(createPrivateKey({ key: { ...key, ...at }, format: "jwk" }));
}

export function ed25519Key(seed: number): TestKey {
  const prefix = Buffer.from("302e020100300506032b657004220420", "hex");
  const key = Buffer.concat([prefix, bytesOf(seed, 32)]);
  return keyFrom(createPrivateKey({ key, format: "der", type: "pkcs8" }));
}

function keyFrom(privateKey: KeyObject): TestKey {
  const publicKey = createPublicKey(privateKey).export({ type: "spki", format: "pem" });
  return { privateKey, publicKey: String(publicKey) };
}

export function signed({ privateKey }: TestKey, bytes: Uint8Array): string {
  const hash = privateKey.asymmetricKeyType === "ed25519" ? null : "sha256";
  return sign(hash, bytes, privateKey).toString("base64");
}

const SIMPLE_SIGNING = "application/vnd.dev.cosign.simplesigning.v1+json";
export const BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json";
export const SIGN = "https://sigstore.dev/cosign/sign/v1";

/** What a payload says unless a test has it say something else. */
export function simpleSigning(subject: Content, more: object = {}): object {
  return {
    critical: {
      identity: { "docker-reference": "registry.example.com/k8s/pause" },
      image: { "docker-manifest-digest": subject.descriptor.digest },
      type: "cosign container image signature",
    },
    optional: null,
    ...more,
  };
}

export interface CosignLayer {
  readonly content: Content;
  readonly annotations: Readonly<Record<string, string>>;
}

export function cosignLayer(
  key: TestKey,
  payload: object | string,
  { mediaType = SIMPLE_SIGNING, annotations = {} }: {
    readonly mediaType?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  } = {},
): CosignLayer {
  const text = typeof payload === "string" ? payload : JSON.stringify(payload);
  const layer = content(mediaType, new TextEncoder().encode(text));
  const signature = { "dev.cosignproject.cosign/signature": signed(key, layer.bytes) };
  return { content: layer, annotations: { ...signature, ...annotations } };
}

/** Blobs, and the manifest over them, which comes last. */
export type Contents = readonly Content[];

/** The manifest that cosign keeps under the tag `sha256-….sig`. */
export function cosignManifest(layers: readonly CosignLayer[], more: object = {}): Contents {
  const config = jsonContent(OCI.config, { architecture: "", os: "", rootfs: {} });
  const manifest = jsonContent(OCI.manifest, {
    schemaVersion: 2,
    mediaType: OCI.manifest,
    config: config.descriptor,
    layers: layers.map(({ content, annotations }) => ({ ...content.descriptor, annotations })),
    ...more,
  });
  return [config, ...layers.map(({ content }) => content), manifest];
}

/** A statement about `subject`, as cosign 3 makes them: the subject has no name. */
export function statement(
  subject: Content,
  predicateType: string = SIGN,
  more: object = {},
): object {
  return {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ digest: { sha256: subject.descriptor.digest.slice("sha256:".length) } }],
    predicateType,
    predicate: {},
    ...more,
  };
}

/** A bundle over a statement, signed by a key. */
export function keyBundle(
  key: TestKey,
  statement: object | string,
  payloadType = "application/vnd.in-toto+json",
): object {
  const text = typeof statement === "string" ? statement : JSON.stringify(statement);
  const payload = Buffer.from(text);
  const head = `DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `;
  const sig = signed(key, Buffer.concat([Buffer.from(head), payload]));
  return bundle({
    dsseEnvelope: { payload: payload.toString("base64"), payloadType, signatures: [{ sig }] },
  });
}

/** A bundle over the bytes of the manifest themselves. */
export function messageBundle(key: TestKey, { bytes, descriptor }: Content): object {
  const digest = Buffer.from(descriptor.digest.slice("sha256:".length), "hex").toString("base64");
  const messageDigest = { algorithm: "SHA2_256", digest };
  return bundle({ messageSignature: { messageDigest, signature: signed(key, bytes) } });
}

function bundle(content: object): object {
  return {
    mediaType: BUNDLE,
    verificationMaterial: { publicKey: { hint: "test" }, tlogEntries: [] },
    ...content,
  };
}

/** Something that refers to `subject`: one layer, and the empty configuration. */
export function referrerOf(
  subject: Content,
  layer: object | string | Content,
  artifactType: string = BUNDLE,
  more: object = {},
): Contents {
  const held = layerFrom(layer, artifactType);
  const config = content("application/vnd.oci.empty.v1+json", new TextEncoder().encode("{}"));
  const manifest = jsonContent(OCI.manifest, {
    schemaVersion: 2,
    mediaType: OCI.manifest,
    artifactType,
    config: config.descriptor,
    layers: [held.descriptor],
    subject: subject.descriptor,
    ...more,
  });
  return [config, held, manifest];
}

function layerFrom(layer: object | string | Content, mediaType: string): Content {
  if (typeof layer === "object" && "descriptor" in layer) return layer;
  return content(
    mediaType,
    new TextEncoder().encode(typeof layer === "string" ? layer : JSON.stringify(layer)),
  );
}

/** The manifest of what {@link cosignManifest} or {@link referrerOf} made. */
export function manifestOf(contents: Contents): Content {
  const manifest = contents.at(-1);
  if (manifest === undefined) throw new Error("nothing was made");
  return manifest;
}
