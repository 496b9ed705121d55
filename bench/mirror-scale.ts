/** What an image is made of, with all its platforms. */
export interface ImageShape {
  /** Its index and the manifests below it; 1 for an image without an index. */
  readonly manifests: number;
  /** Blobs of up to 16 KiB, configs above all. */
  readonly smallBlobs: number;
  readonly largeBlobs: number;
  /** Of all blobs. */
  readonly bytes: number;
}

/** What is to be mirrored. No two images share a blob: where they do, there is less to do. */
export interface Fleet {
  readonly images: number;
  /** How many repositories the images are in. */
  readonly repositories: number;
  /** How many registries each image goes to. */
  readonly registries: number;
  readonly shape: ImageShape;
}

/** What one run comes to, without logins. */
export interface Load {
  /** Requests to the source. */
  readonly source: number;
  /** Requests to each of the registries. */
  readonly registry: number;
  /** Bytes of blobs that leave the source. */
  readonly sourceBytes: number;
  /** Bytes of blobs that reach each registry. */
  readonly registryBytes: number;
}

/** Tags that are asked for one by one before the list of all is: as build/mirror/referrers.ts has it. */
const FEW_TAGS = 9;
/** cosign's tags of a subject: .sig, .att, .sbom. */
const COSIGN = 3;

/** A run that finds nothing of it there, and nothing that hangs on the images. */
export function firstRun({ images, repositories, registries, shape }: Fleet): Load {
  const { manifests, smallBlobs, largeBlobs, bytes } = shape;
  // Each manifest is asked for its referrers. Many cosign tags are told by one list of all tags.
  const asksForTags = COSIGN * manifests <= FEW_TAGS;
  const hanging = manifests + (asksForTags ? COSIGN * manifests : 0);
  // The tag at the start and in the end; manifests once; blobs once for each registry.
  const source = 2 + manifests + hanging + registries * (smallBlobs + largeBlobs);
  // Each manifest is asked for and put; the tag is looked at in the end. A small blob is asked for
  // by the request that begins its upload.
  const registry = 2 * manifests + 1 + 2 * smallBlobs + 3 * largeBlobs;
  return {
    source: images * source + (asksForTags ? 0 : repositories),
    registry: images * registry,
    sourceBytes: images * registries * bytes,
    registryBytes: images * bytes,
  };
}

/** A run that finds everything up to date. */
export function laterRun({ images }: Fleet): Load {
  return { source: images, registry: images, sourceBytes: 0, registryBytes: 0 };
}

/** Seconds that a run takes at least, when the source and each registry allow so many requests a second. */
export function leastSeconds({ source, registry }: Load, perSecond: number): number {
  return Math.max(source, registry) / perSecond;
}

/** Hours that so many bytes take over a line of so many bits a second. */
export function transferHours(bytes: number, bitsPerSecond: number): number {
  return bytes * 8 / bitsPerSecond / 3600;
}

/** What docs/mirror-at-scale.md reckons with. */
export const EXAMPLE: Fleet = {
  images: 10_000,
  repositories: 1_000,
  registries: 100,
  shape: { manifests: 3, smallBlobs: 2, largeBlobs: 8, bytes: 100_000_000 },
};

/** Requests a second that each host allows in the example. */
export const EXAMPLE_RATE = 100;

/** The table of docs/mirror-at-scale.md. */
export function scaleTable(): string {
  const direct = firstRun(EXAMPLE);
  const toHub = firstRun({ ...EXAMPLE, registries: 1 });
  const later = laterRun(EXAMPLE);
  const rows: readonly (readonly [string, Load])[] = [
    ["first run, straight to all 100", direct],
    ["first run, to one of them", toHub],
    ["any later run, all up to date, to all 100", later],
  ];
  return [
    "| Run | Requests to the source | Requests to each registry | Bytes from the source | Bytes to each registry | At 100 requests a second |",
    "| --- | ---: | ---: | ---: | ---: | ---: |",
    ...rows.map(([name, load]) =>
      [
        `| ${name}`,
        thousands(load.source),
        thousands(load.registry),
        terabytes(load.sourceBytes),
        terabytes(load.registryBytes),
        `${duration(leastSeconds(load, EXAMPLE_RATE))} |`,
      ].join(" | ")
    ),
  ].join("\n");
}

function thousands(number: number): string {
  return String(number).replaceAll(/\B(?=(\d{3})+$)/g, ",");
}

function terabytes(bytes: number): string {
  return bytes === 0 ? "0" : `${bytes / 1e12} TB`;
}

function duration(seconds: number): string {
  const hours = seconds / 3600;
  if (hours >= 1) return `${hours.toFixed(1)} h`;
  return seconds >= 60 ? `${(seconds / 60).toFixed(1)} min` : `${seconds} s`;
}
