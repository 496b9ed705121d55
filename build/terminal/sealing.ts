import { readFile } from "node:fs/promises";
import process from "node:process";
import type { Seal } from "../attest/sign/seal.ts";
import type { Target } from "../attest/sign/sign.ts";
import { PauseError, reason } from "../error.ts";
import type { Places } from "../mirror/place.ts";
import { readObject } from "../oci/json.ts";
import { nameOf } from "../oci/platform.ts";
import { formatReference, parseReference, splitDigest } from "../oci/reference.ts";
import type { Store } from "../store/store.ts";
import type { SEALED, SEALING } from "./manual/sealing.ts";
import type { CONNECTION } from "./manual/shared.ts";
import { type Values, wrongWords } from "./options.ts";

/** What the commands that sign have in common. */
export type SealingValues = Values<typeof SEALING & typeof SEALED & typeof CONNECTION>;

/** An image that is to be signed. */
export interface Sealable {
  /** As the user named it. */
  readonly image: string;
  readonly store: Store;
  /** A tag or a digest. */
  readonly ref: string;
  /** What it is signed for; undefined where nobody has said a name. */
  readonly name?: string;
}

/**
 * Opens images to hang something on them, all of them before anything is done to the first.
 *
 * @param images what the user typed
 * @throws PauseError `usage` without any, for what is written whole, once, and for names that are none
 */
export async function openSealables(
  images: readonly string[],
  command: string,
  values: SealingValues,
  signal: AbortSignal,
): Promise<readonly Sealable[]> {
  if (images.length === 0 || images.includes("")) {
    throw wrongWords(command, "it takes the name of an image");
  }
  const name = values.as === undefined ? undefined : signedAs(values.as);
  const places = await placesFor(values, signal);
  const opened: Sealable[] = [];
  for (const image of images) {
    opened.push({
      image,
      ...await openSealable(image, places),
      ...(name !== undefined && { name }),
    });
  }
  return opened;
}

/** The name that images are signed for: a repository's, or one with a tag. */
function signedAs(text: string): string {
  const { digest, ...name } = parseReference(text);
  if (digest === undefined) return formatReference(name);
  throw new PauseError(
    "usage",
    `Cannot sign as "${text}": the digest is what is signed. Leave it out of --as.`,
  );
}

async function placesFor(values: SealingValues, signal: AbortSignal): Promise<Places> {
  const { openPlaces } = await import("../mirror/place.ts");
  const { openNetwork } = await import("../store/registry/http/network.ts");
  const certDir = values["cert-dir"] ?? process.env.CERT_DIR ?? "";
  return openPlaces({
    plainHttp: values.insecure === true || process.env.INSECURE === "1",
    // A tag that only seems to be missing would be written over, with the signatures that it holds.
    strictAbsence: true,
    network: openNetwork(certDir === "" ? {} : { certDir }),
    signal,
  });
}

async function openSealable(image: string, places: Places): Promise<Omit<Sealable, "image">> {
  const { readMirrorPlace } = await import("../mirror/place.ts");
  const { name, ...pinned } = splitDigest(image);
  const place = readMirrorPlace(name);
  if (place.kind === "registry") {
    const { host, repository, tag = "latest" } = place.reference;
    return {
      store: places.destination(place),
      ref: pinned.digest ?? tag,
      name: formatReference({ host, repository }),
    };
  }
  if (place.place.form !== "oci") {
    throw new PauseError(
      "usage",
      `Cannot sign ${image}: an archive is written whole, once. Sign the layout or the image on a registry, and save that.`,
    );
  }
  const { ref } = pinned.digest === undefined ? await places.source(place) : { ref: pinned.digest };
  return { store: places.destination(place), ref };
}

/**
 * Opens what signs.
 * @param warn told of a key that others can read
 * @throws PauseError `usage` without a key, or for one that is none; `authentication` for its
 * passphrase
 */
export async function openSeal(
  values: SealingValues,
  command: string,
  signal: AbortSignal,
  warn: (text: string) => void,
): Promise<Seal> {
  const { key, "passphrase-file": passphraseFile } = values;
  const ofKeyless = KEYLESS_WORDS.find((name) => values[name] !== undefined);
  if (values.keyless) {
    const ofKeys = (["key", "passphrase-file"] as const).find((name) => values[name] !== undefined);
    if (ofKeys !== undefined) {
      throw wrongWords(command, `--keyless signs without a key. Leave --${ofKeys} out`);
    }
    return await openKeyless(values, signal);
  }
  if (ofKeyless !== undefined) throw wrongWords(command, `--${ofKeyless} is for --keyless. Add it`);
  if (key === undefined) {
    throw new PauseError(
      "usage",
      `Cannot ${command}: no key is named. Add --key FILE, or --keyless to sign as whoever runs this.`,
    );
  }
  const { openSigner } = await import("../attest/keys/key-source.ts");
  const { keySeal } = await import("../attest/sign/seal.ts");
  return keySeal(
    await openSigner(key, {
      environment: process.env,
      onWarning: warn,
      ...(passphraseFile !== undefined && { passphraseFile }),
    }),
  );
}

/** The options that say how to sign without a key. */
const KEYLESS_WORDS = ["identity-token", "fulcio-url", "rekor-url", "timestamp-url"] as const;

async function openKeyless(values: SealingValues, signal: AbortSignal): Promise<Seal> {
  const {
    "identity-token": file,
    "fulcio-url": fulcio,
    "rekor-url": rekor,
    "timestamp-url": timestamp,
  } = values;
  const { keylessSeal } = await import("../attest/keyless/seal.ts");
  return await keylessSeal({
    environment: process.env,
    signal,
    ...(file !== undefined && { file }),
    services: {
      ...(fulcio !== undefined && { fulcio }),
      ...(rekor !== undefined && { rekor }),
      ...(timestamp !== undefined && { timestamp }),
    },
  });
}

/**
 * Reads what is to be said of an image.
 * @throws PauseError `usage` when it is no JSON object, `storage` when it cannot be read
 */
export async function readPredicate(file: string): Promise<unknown> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (error) {
    throw new PauseError("storage", `Cannot read ${file}: ${reason(error)}.`, { cause: error });
  }
  try {
    return readObject(bytes, file);
  } catch (error) {
    throw new PauseError(
      "usage",
      `Cannot attest with ${file}: it is no JSON object. Write one into it.`,
      { cause: error },
    );
  }
}

/** What is told of one target: whether anything was done, and to what. */
export function sealedLine(
  outcome: "signed" | "present",
  { descriptor, platform }: Target,
  what: string,
): string {
  const of = platform === undefined ? "" : `  ${nameOf(platform)}`;
  return `${outcome.padEnd("present".length)}  ${descriptor.digest}  ${what}${of}`;
}

/** What is told of one target, as JSON. */
export function sealedJson({ descriptor, platform, ...rest }: Target): object {
  return {
    digest: descriptor.digest,
    ...(platform !== undefined && { platform: nameOf(platform) }),
    ...rest,
  };
}
