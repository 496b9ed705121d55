import { PauseError, reason } from "../error.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { children, readImageConfig, readManifest } from "../oci/document.ts";
import { DOCUMENT_LIMIT } from "../oci/json.ts";
import type { ImageConfig, Index, Manifest } from "../oci/manifest.ts";
import { type Gathering, gathering, giveUp } from "./gather.ts";
import { type Gate, gatherFiles } from "./image-files.ts";
import { type Part, readBlob, readManifestPart, type Source } from "./source.ts";

/** What an image hangs on. */
export interface Parent {
  readonly index: Index;
  /** The index's entry for the image. */
  readonly entry: Descriptor;
}

/**
 * Finds out all about an image that can be known without running it. It reads at most the
 * manifest, the configuration, and layers of 64 MiB in all, packed as well as unpacked. Of the
 * files' contents only the program's stays.
 *
 * @param gate what is large is read, and what is packed unpacked, behind it
 * @throws PauseError when the source cannot tell, as {@link readBlob} does
 */
export async function gatherImage(
  source: Source,
  descriptor: Descriptor,
  gate: Gate,
  parent?: Parent,
): Promise<Gathering> {
  const facts = gathering();
  if (parent) facts.known.index = parent.index;
  if (parent?.entry.platform) {
    facts.known.indexPlatform = facts.known.platform = parent.entry.platform;
  }
  const manifest = await gatherDocuments(facts, source, descriptor);
  if (manifest === undefined) return facts;
  await gatherFiles(facts, source, manifest.layers, gate);
  return facts;
}

/** @returns the manifest, when it and the configuration are what they should be */
async function gatherDocuments(
  facts: Gathering,
  source: Source,
  descriptor: Descriptor,
): Promise<Manifest | undefined> {
  const manifest = read(await readManifestPart(source, descriptor), (bytes) => {
    // This one compares what it says of itself with what points at it.
    children(descriptor, bytes);
    return readManifest(bytes);
  });
  if (!("value" in manifest)) return stop(facts, manifest, "manifest");
  const part = manifest.value.config.size > DOCUMENT_LIMIT
    ? { bytes: new Uint8Array(DOCUMENT_LIMIT + 1) }
    : await readBlob(source, manifest.value.config);
  const config = read(part, readImageConfig);
  if (!("value" in config)) return stop(facts, config, "configuration");
  facts.known.parts = facts.known.documents = [];
  facts.known.manifest = manifest.value;
  facts.known.config = config.value;
  facts.known.platform ??= platformOf(config.value);
  return manifest.value;
}

type Document<Value> =
  | { readonly value: Value }
  | { readonly fault: string }
  | { readonly malformed: string };

function read<Value>(part: Part, reader: (bytes: Uint8Array) => Value): Document<Value> {
  if ("fault" in part) return part;
  try {
    return { value: reader(part.bytes) };
  } catch (error) {
    if (error instanceof PauseError) return { malformed: reason(error) };
    throw error;
  }
}

function stop(
  facts: Gathering,
  document: { readonly fault: string } | { readonly malformed: string },
  what: string,
): undefined {
  facts.known.parts = "fault" in document ? [document.fault] : [];
  if ("malformed" in document) facts.known.documents = [document.malformed];
  giveUp(facts, "documents", `the ${what} could not be read`);
}

function platformOf(
  { os, architecture, variant }: ImageConfig,
): NonNullable<Descriptor["platform"]> {
  return { os, architecture, ...(variant !== undefined && { variant }) };
}
