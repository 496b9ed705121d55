/**
 * The annotation keys that we write and read.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.0/annotations.md
 */
export const ANNOTATION = {
  created: "org.opencontainers.image.created",
  title: "org.opencontainers.image.title",
  description: "org.opencontainers.image.description",
  version: "org.opencontainers.image.version",
  revision: "org.opencontainers.image.revision",
  source: "org.opencontainers.image.source",
  licenses: "org.opencontainers.image.licenses",
  /** Of the image that this one is built on: the reference, and the digest of its manifest. */
  baseName: "org.opencontainers.image.base.name",
  baseDigest: "org.opencontainers.image.base.digest",
  /** In a layout's index.json: the tag of the entry. */
  refName: "org.opencontainers.image.ref.name",
  /** There too, in place of it: the tag of what hangs on an image, which engines shall take for none. */
  hangingName: "io.github.pause-image.hanging.name",
  /** There too: the full name under which containerd and podman take the image. */
  containerdName: "io.containerd.image.name",
} as const;
