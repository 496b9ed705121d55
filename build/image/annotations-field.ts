import { DOCKER, type MediaTypes } from "../oci/media-types.ts";
import { sortByKey } from "./bytewise.ts";

/** `annotations`, sorted, for a document whose media type has them, when there are any. */
export function annotationsField(
  annotations: Readonly<Record<string, string>>,
  mediaTypes: MediaTypes,
): { readonly annotations?: Readonly<Record<string, string>> } {
  const entries = Object.entries(annotations);
  return mediaTypes === DOCKER || entries.length === 0 ? {} : { annotations: sortByKey(entries) };
}
