import { createHash } from "node:crypto";
import { type Digest, digestParts, sha256 } from "../../oci/digest.ts";
import { formatPlatform, type Platform } from "../../oci/platform.ts";

/** The licence of everything that is made of our sources, as SPDX names it. */
export const LICENSE = "Apache-2.0";

/** Where the sources are. */
export const REPOSITORY = "https://github.com/pause-image/pause-image";

/** A file and what tells it from others: SPDX wants SHA-1 beside SHA-256. */
export interface Hashed {
  /** With `/`: below the root of the sources, or inside the image, without a `/` in front. */
  readonly path: string;
  /** In hexadecimal. */
  readonly sha1: string;
  /** In hexadecimal. */
  readonly sha256: string;
}

/** A file in an image. */
export interface BillFile extends Hashed {
  /** The sources that it was made of, by their paths; none: nobody here knows. */
  readonly sources: readonly string[];
}

/** A compiler or a linker. */
export interface BillTool {
  /** `clang`, `ld.lld`, `gcc`. */
  readonly name: string;
  /** `19.1.7` */
  readonly version: string;
  /** All that it says of its version: `Debian clang version 19.1.7 (3+b1)`. */
  readonly told: string;
}

/** What an image is built on. */
export interface BillBase {
  /** As FROM names it, without the digest. */
  readonly name: string;
  readonly digest: Digest;
}

/** One image of one platform. */
export interface BillImage {
  readonly platform: Platform;
  /** Of the manifest. */
  readonly digest: Digest;
  /** Those that were put into it; none of the base's. */
  readonly files: readonly BillFile[];
  /** That its programs were made with. */
  readonly tools: readonly BillTool[];
  readonly base?: BillBase;
}

/** All that an SBOM says, whatever its format. */
export interface Bill {
  /** `pause` */
  readonly name: string;
  /** TAG. */
  readonly version: string;
  /** `2026-11-22T10:00:00Z`, the images' own time. */
  readonly created: string;
  /** Of this software. */
  readonly builder: string;
  /** Of the index over the images; missing: this is about one image alone. */
  readonly index?: Digest;
  readonly images: readonly BillImage[];
  readonly sources: readonly Hashed[];
  /** The one of the sources that describes the images. */
  readonly template: string;
}

/** The hashes of a file's bytes. */
export function hashed(path: string, bytes: Uint8Array): Hashed {
  const sha1 = createHash("sha1").update(bytes).digest("hex");
  return { path, sha1, sha256: digestParts(sha256(bytes)).hex };
}

/** The tools of all images, each once. */
export function toolsOf({ images }: Bill): readonly BillTool[] {
  const all = images.flatMap(({ tools }) => tools);
  return all.filter((tool, at) => all.findIndex((other) => isSameTool(other, tool)) === at);
}

/** Whether two images were made with one tool. */
export function isSameTool(one: BillTool, other: BillTool): boolean {
  return one.name === other.name && one.told === other.told;
}

/** What the image of a platform is called in an SBOM: `linux/arm/v7`, `windows/amd64/10.0.20348.3207`. */
export function imageName({ platform }: BillImage): string {
  const version = platform["os.version"];
  return formatPlatform(platform) + (version === undefined ? "" : `/${version}`);
}

/**
 * Names an image whatever registry it is on: a mirror keeps what is attached, byte for byte.
 * @see https://github.com/package-url/purl-spec/blob/main/types-doc/oci-definition.md
 */
export function purlOf({ name, version }: Bill, digest: Digest, platform?: Platform): string {
  const qualifiers = [
    ...(platform ? [`arch=${platform.architecture}`, `os=${platform.os}`] : []),
    `tag=${encodeURIComponent(version)}`,
  ];
  return `pkg:oci/${name}@${encodeURIComponent(digest)}?${qualifiers.join("&")}`;
}

/**
 * A UUID that another content has another one of, and the same content the same.
 * @see https://www.rfc-editor.org/rfc/rfc9562#section-5.8
 */
export function uuidOf(content: string): string {
  const { hex } = digestParts(sha256(new TextEncoder().encode(content)));
  const variant = (0x8 | Number.parseInt(hex.charAt(16), 16) & 0x3).toString(16);
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`];
  return [...parts, variant + hex.slice(17, 20), hex.slice(20, 32)].join("-");
}
