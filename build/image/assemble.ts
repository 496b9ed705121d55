import { PauseError } from "../error.ts";
import { ANNOTATION } from "../oci/annotations.ts";
import { type Content, type Descriptor, jsonContent } from "../oci/descriptor.ts";
import type { ImageConfig, Manifest } from "../oci/manifest.ts";
import type { MediaTypes } from "../oci/media-types.ts";
import { LAST_SECOND } from "../oci/time.ts";
import { annotationsField } from "./annotations-field.ts";

/** An image of one platform. */
export interface Image {
  readonly manifest: Content;
  readonly config: Content;
  /** The image's time and its labels of OCI's own keys. Docker's manifests have none, and leave them out. */
  readonly annotations: Readonly<Record<string, string>>;
  /** One for each instruction that puts files into the image, in their order; none of the base's. */
  readonly layers: readonly Content[];
}

/** What an image is put together of. */
export interface Parts {
  readonly config: ImageConfig;
  readonly layers: readonly Content[];
  /** Of the base, below all others. @default none */
  readonly below?: readonly Descriptor[];
  /** What the manifest says beyond {@link Image.annotations}. @default nothing */
  readonly more?: Readonly<Record<string, string>>;
}

/** Makes the configuration's bytes and the manifest. */
export function assemble({ config, layers, below = [], more }: Parts, types: MediaTypes): Image {
  const content = jsonContent(types.config, config);
  const annotations = annotationsOf(config);
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: content.descriptor,
    layers: [...below, ...layers.map(({ descriptor }) => descriptor)],
    ...annotationsField({ ...annotations, ...more }, types),
  };
  return { manifest: jsonContent(types.manifest, manifest), config: content, layers, annotations };
}

/** The Dockerfile's labels say it all; nothing is described a second time. */
function annotationsOf({ created, config }: ImageConfig): Record<string, string> {
  const standard = Object.entries(config?.Labels ?? {})
    .filter(([key]) => key.startsWith(STANDARD_KEYS));
  return {
    ...Object.fromEntries(standard),
    ...(created !== undefined && { [ANNOTATION.created]: created }),
  };
}

/** @see https://github.com/opencontainers/image-spec/blob/v1.1.0/annotations.md#pre-defined-annotation-keys */
const STANDARD_KEYS = "org.opencontainers.image.";

/**
 * @param seconds since 1970
 * @throws PauseError `usage` for what is no whole number up to the end of the year 9999
 * @see https://www.rfc-editor.org/rfc/rfc3339#section-5.6
 */
export function formatTime(seconds: number): string {
  if (Number.isInteger(seconds) && seconds >= 0 && seconds <= LAST_SECOND) {
    return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
  }
  throw new PauseError(
    "usage",
    `Cannot use ${seconds} as the image's time: it is no whole number of seconds from 0 to ${LAST_SECOND}.`,
  );
}
