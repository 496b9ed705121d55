import { Buffer } from "node:buffer";
import type { toTrustMaterial } from "@sigstore/verify";
import { type Fields, readObject, unreadable } from "../../oci/json.ts";
import { fields, listOf, optional, type Shape, text } from "../../oci/shape.ts";

/** Whom keyless signatures rest on: authorities and logs with their keys, and from when to when. */
export type TrustedRoot = Parameters<typeof toTrustMaterial>[0];

type Log = TrustedRoot["tlogs"][number];
type Authority = TrustedRoot["certificateAuthorities"][number];
type Validity = Authority["validFor"];

/**
 * The kinds of keys that logs sign with, as protobuf numbers them.
 * @see https://github.com/sigstore/protobuf-specs/blob/v0.5.0/protos/sigstore_common.proto
 */
const KEYS: Readonly<Record<string, number>> = {
  PKIX_ECDSA_P256_SHA_256: 5,
  PKIX_ED25519: 7,
  PKIX_ECDSA_P384_SHA_384: 12,
  PKIX_ECDSA_P521_SHA_512: 13,
};

const base64: Shape = (value, at) =>
  text(value, at) ??
    (/^[A-Za-z0-9+/]+={0,2}$/.test(value as string) ? undefined : `${at} is no base64`);

const time: Shape = (value, at) =>
  text(value, at) ??
    (Number.isNaN(Date.parse(value as string)) ? `${at} is no time` : undefined);

const key: Shape = (value, at) =>
  text(value, at) ??
    (Object.hasOwn(KEYS, value as string) ? undefined : `${at} is of a kind that is not known`);

const id: Shape = fields({ keyId: base64 });

const validity: Shape = fields({ start: optional(time), end: optional(time) });

const logs: Shape = listOf(fields({
  baseUrl: text,
  publicKey: fields({ rawBytes: base64, keyDetails: key, validFor: optional(validity) }),
  logId: id,
  checkpointKeyId: optional(id),
}));

const authorities: Shape = listOf(fields({
  certChain: fields({ certificates: listOf(fields({ rawBytes: base64 })) }),
  validFor: optional(validity),
}));

const MEDIA_TYPE =
  /^application\/vnd\.dev\.sigstore\.trustedroot(\+json;version=0\.1|\.v0\.[12]\+json)$/;

const mediaType: Shape = (value, at) =>
  text(value, at) ??
    (MEDIA_TYPE.test(value as string) ? undefined : `${at} is not that of a trusted root`);

const SHAPE: Shape = fields({
  mediaType,
  tlogs: logs,
  certificateAuthorities: authorities,
  ctlogs: logs,
  timestampAuthorities: optional(authorities),
});

/**
 * Reads a trusted root, `trusted_root.json`.
 *
 * @param name how messages call it: its file
 * @throws PauseError `verification` when it is none, or holds a kind of key that is not known
 * @see https://github.com/sigstore/protobuf-specs/blob/v0.5.0/protos/sigstore_trustroot.proto
 */
export function readTrustedRoot(bytes: Uint8Array, name: string): TrustedRoot {
  const what = `trusted root ${name}`;
  const next = "Take the trusted_root.json of the Sigstore that signed.";
  const document = readObject(bytes, what, next);
  const found = SHAPE(document, "");
  if (found !== undefined) throw unreadable(what, found, next);
  return {
    mediaType: document.mediaType as string,
    tlogs: listIn(document, "tlogs").map(logOf),
    certificateAuthorities: listIn(document, "certificateAuthorities").map(authorityOf),
    ctlogs: listIn(document, "ctlogs").map(logOf),
    timestampAuthorities: listIn(document, "timestampAuthorities").map(authorityOf),
  };
}

/** What the shape holds: it was checked. */
const listIn = (object: Fields, name: string): readonly Fields[] =>
  (object[name] ?? []) as readonly Fields[];
const objectIn = (object: Fields, name: string): Fields => (object[name] ?? {}) as Fields;
const textIn = (object: Fields, name: string): string => (object[name] ?? "") as string;
const bytesIn = (object: Fields, name: string): Buffer =>
  Buffer.from(textIn(object, name), "base64");

function logOf(log: Fields): Log {
  const { checkpointKeyId } = log;
  const publicKey = objectIn(log, "publicKey");
  return {
    baseUrl: textIn(log, "baseUrl"),
    // Of SHA-256, which all logs have.
    hashAlgorithm: 1,
    operator: textIn(log, "operator"),
    logId: { keyId: bytesIn(objectIn(log, "logId"), "keyId") },
    checkpointKeyId: checkpointKeyId === undefined
      ? undefined
      : { keyId: bytesIn(objectIn(log, "checkpointKeyId"), "keyId") },
    publicKey: {
      rawBytes: bytesIn(publicKey, "rawBytes"),
      keyDetails: KEYS[textIn(publicKey, "keyDetails")] ?? 0,
      validFor: validityIn(publicKey),
    },
  };
}

function authorityOf(authority: Fields): Authority {
  const chain = listIn(objectIn(authority, "certChain"), "certificates");
  return {
    subject: undefined,
    uri: textIn(authority, "uri"),
    operator: textIn(authority, "operator"),
    certChain: {
      certificates: chain.map((certificate) => ({ rawBytes: bytesIn(certificate, "rawBytes") })),
    },
    validFor: validityIn(authority),
  };
}

function validityIn(object: Fields): Validity {
  const { start, end } = objectIn(object, "validFor");
  const timeOf = (text: unknown): Date | undefined =>
    text === undefined ? undefined : new Date(text as string);
  return { start: timeOf(start), end: timeOf(end) };
}
