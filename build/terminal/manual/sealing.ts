import { EXIT_CODES } from "../../error.ts";
import type { Row } from "../columns.ts";

/** By what is signed. */
export const SEALING = {
  key: {
    value: "KEY",
    kind: "files",
    summary:
      "sign with this private key: a PEM file, or env://NAME; ECDSA P-256 or Ed25519, also as cosign keeps it",
  },
  "passphrase-file": {
    value: "FILE",
    kind: "files",
    fallback: "the variable PAUSE_KEY_PASSPHRASE, else COSIGN_PASSWORD",
    summary: "the file that holds the key's passphrase",
  },
  keyless: {
    summary:
      "sign as whoever runs this, by an identity token and Sigstore's services, in place of a key: as a job of GitHub Actions",
  },
  "identity-token": {
    value: "FILE",
    kind: "files",
    fallback: "the variable SIGSTORE_ID_TOKEN, else the runner's of GitHub Actions",
    summary: "with --keyless: the file that holds the token",
  },
  "fulcio-url": {
    value: "URL",
    fallback: "SIGSTORE_FULCIO_URL, else Sigstore's",
    summary: "with --keyless: who gives the certificate",
  },
  "rekor-url": {
    value: "URL",
    fallback: "SIGSTORE_REKOR_URL, else Sigstore's",
    summary: "with --keyless: who keeps the log",
  },
  "timestamp-url": {
    value: "URL",
    fallback: "SIGSTORE_TIMESTAMP_URL, else none",
    summary: "with --keyless: an authority that signs what time it is",
  },
} as const;

/** How the image is called, and what is told. */
export const SEALED = {
  as: {
    value: "NAME",
    fallback: "the registry's name of it",
    summary: "what it is signed for: a repository, or a name with a tag",
  },
  "no-recursive": { summary: "of an index: the index alone, and not its images too" },
  json: { summary: "print an object of JSON for each image, a line each" },
} as const;

/** The images that can be signed: an archive is written whole, once. */
export const SIGNABLE: readonly Row[] = [
  ["HOST/NAME[:TAG|@DIGEST]", "an image on a registry; foo/bar is docker.io/foo/bar"],
  ["oci:DIR[:TAG|@DIGEST]", "an OCI layout"],
];

export const SEALING_EXITS: readonly Row[] = [
  ["0", "it is signed now, or was by this key already"],
  [`${EXIT_CODES.usage}`, "the words, or the key, are wrong"],
  [
    `${EXIT_CODES.authentication}`,
    "the passphrase is missing or wrong, or a login, or no identity token is taken",
  ],
  [
    `${EXIT_CODES.registry}, ${EXIT_CODES.storage}`,
    "the registry, the layout or a service of Sigstore failed",
  ],
  [
    `${EXIT_CODES.verification}`,
    "what is there is no place for a signature, or not what it should be",
  ],
];
