import type { Digest } from "./digest.ts";
import { sha256 } from "./digest.ts";
import type { Platform } from "./platform.ts";

/**
 * What points at content: its type, digest and size.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.0/descriptor.md
 */
export interface Descriptor {
  /** What the bytes are. */
  readonly mediaType: string;
  /** Of the bytes, by which they are found. */
  readonly digest: Digest;
  /** Bytes, of the content as it is stored (compressed, encoded). */
  readonly size: number;
  /** In an index: what the image runs on. */
  readonly platform?: Platform;
  /** What its maker wanted to say, by key. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Where else the content can be had (foreign layers). */
  readonly urls?: readonly string[];
  /** What the artifact is, where the media type only says manifest. */
  readonly artifactType?: string;
}

/** Content with the descriptor that points at it. */
export interface Content {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

/** Describes `bytes`: hashes and counts them. */
export function content(mediaType: string, bytes: Uint8Array): Content {
  return { descriptor: { mediaType, digest: sha256(bytes), size: bytes.length }, bytes };
}

/** Encodes `value` as JSON, keys in the order in which the value holds them, and describes the bytes. */
export function jsonContent(mediaType: string, value: unknown): Content {
  return content(mediaType, new TextEncoder().encode(JSON.stringify(value)));
}
