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
} as const;

/** How the image is called, and what is told. */
export const SEALED = {
  as: {
    value: "NAME",
    fallback: "the registry's name of it",
    summary: "the repository that it is signed for, such as registry.example.com/k8s/pause",
  },
  "no-recursive": { summary: "of an index: the index alone, and not its images too" },
  json: { summary: "print one object of JSON" },
} as const;

/** The images that can be signed: an archive is written whole, once. */
export const SIGNABLE: readonly Row[] = [
  ["HOST/NAME[:TAG|@DIGEST]", "an image on a registry; foo/bar is docker.io/foo/bar"],
  ["oci:DIR[:TAG|@DIGEST]", "an OCI layout"],
];

export const SEALING_EXITS: readonly Row[] = [
  ["0", "it is signed now, or was by this key already"],
  [`${EXIT_CODES.usage}`, "the words, or the key, are wrong"],
  [`${EXIT_CODES.authentication}`, "the passphrase is missing or wrong, or a login"],
  [`${EXIT_CODES.registry}, ${EXIT_CODES.storage}`, "the registry or the layout failed"],
];
