import { PauseError } from "../../error.ts";
import { listed } from "../listed.ts";

/** What can be attached to an image: the words of ATTACH. */
export type AttachmentKind = "spdx" | "cyclonedx" | "provenance";

/** In the order in which they are attached. */
export const ATTACHMENT_KINDS: readonly AttachmentKind[] = ["spdx", "cyclonedx", "provenance"];

/** The word for nothing. */
export const NO_ATTACHMENT = "none";

/**
 * Reads ATTACH.
 *
 * @param given undefined: nobody said anything, and all is attached that the format allows
 * @param format FORMAT: Docker's media types know nothing that is attached to an image
 * @throws PauseError `usage`
 */
export function readAttach(given: string | undefined, format: string): readonly AttachmentKind[] {
  const words: readonly string[] = given === undefined ? ATTACHMENT_KINDS : listed(given);
  const kinds = ATTACHMENT_KINDS.filter((kind) => words.includes(kind));
  if (words.includes(NO_ATTACHMENT) && kinds.length > 0) {
    throw new PauseError(
      "usage",
      `Cannot use ATTACH="${given}": with "${NO_ATTACHMENT}" nothing is attached. Leave out that or the rest.`,
    );
  }
  if (format !== "docker") return kinds;
  if (given === undefined || kinds.length === 0) return [];
  throw new PauseError(
    "usage",
    `Cannot use ATTACH="${given}" with FORMAT=docker: what is attached has OCI's media types. Leave one of them out.`,
  );
}
