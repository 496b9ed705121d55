import type { Reference as Name } from "../make/workshop.ts";
import { formatReference, type Reference } from "../oci/reference.ts";
import { deliveryLine } from "../terminal/mirror-lines.ts";
import type { Desk } from "./desk.ts";
import { failureOf, placesOf } from "./mirrored.ts";

/**
 * Points further tags of a repository at an image that it has.
 *
 * @param image by its digest
 * @param desk.clobber whether tags that name something else are moved
 * @throws PauseError the first failure
 */
export async function moreTags(
  image: Reference & { readonly digest: Name["digest"] },
  tags: readonly string[],
  desk: Desk & { readonly clobber: boolean },
): Promise<{ readonly references: readonly Name[]; readonly changed: boolean }> {
  const { mirrorByName } = await import("../mirror/by-name.ts");
  const { host, repository, digest } = image;
  const places = tags.map((tag) => formatReference({ host, repository, tag }));
  const outcome = await mirrorByName(formatReference(image), places, {
    ...placesOf(desk),
    clobber: desk.clobber,
    onEvent: (event) => {
      if (event.type === "delivered") desk.log.write(deliveryLine(event.delivery, desk.log.paint));
    },
  });
  const failure = failureOf(outcome);
  if (failure !== undefined) throw failure;
  const deliveries = outcome.mirrored.flatMap(({ deliveries }) => deliveries);
  return {
    references: places.map((reference) => ({ reference, digest })),
    changed: deliveries.some(({ outcome }) => outcome === "copied"),
  };
}
