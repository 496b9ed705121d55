/**
 * The media types of images, OCI's and Docker's.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.0/media-types.md
 * @see https://distribution.github.io/distribution/spec/manifest-v2-2/
 */
export const OCI = {
  index: "application/vnd.oci.image.index.v1+json",
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar+gzip",
} as const;

export const DOCKER = {
  index: "application/vnd.docker.distribution.manifest.list.v2+json",
  manifest: "application/vnd.docker.distribution.manifest.v2+json",
  config: "application/vnd.docker.container.image.v1+json",
  layer: "application/vnd.docker.image.rootfs.diff.tar.gzip",
} as const;

/** One family of media types: an image uses either OCI's or Docker's throughout. */
export type MediaTypes = typeof OCI | typeof DOCKER;

/** The families by the value of the variable FORMAT. */
export const FORMATS: Readonly<Record<"oci" | "docker", MediaTypes>> = { oci: OCI, docker: DOCKER };

/** What layers are called, by OCI and by Docker. */
const LAYERS: readonly (readonly [oci: string, docker: string])[] = [
  [OCI.layer, DOCKER.layer],
  ["application/vnd.oci.image.layer.v1.tar", "application/vnd.docker.image.rootfs.diff.tar"],
  [
    "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
    "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
  ],
];

/** What a family calls a layer of either one. What only one of them knows keeps its name. */
export function layerTypeIn(family: MediaTypes, mediaType: string): string {
  const [oci, docker] = LAYERS.find((names) => names.includes(mediaType)) ?? [mediaType, mediaType];
  return family === OCI ? oci : docker;
}

/** Whether `mediaType` is an index (OCI) or a manifest list (Docker). */
export function isIndex(mediaType: string): boolean {
  return mediaType === OCI.index || mediaType === DOCKER.index;
}

/** Whether `mediaType` is stored as a manifest, and not as a blob: an index or an image manifest. */
export function isManifest(mediaType: string): boolean {
  return isIndex(mediaType) || mediaType === OCI.manifest || mediaType === DOCKER.manifest;
}
