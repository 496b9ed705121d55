import type { Repository } from "../../../oci/reference.ts";
import { type Config, serverName } from "./config.ts";
import type { Found } from "./credentials.ts";
import { credentialIn } from "./entry.ts";
import type { AskHelper } from "./helper.ts";

/** One way to a login that a file offers. */
type Offer = { readonly helper: string } | { readonly entry: unknown };

/**
 * Looks for a repository's login in one file: the entry of the repository, of the nearest namespace
 * above it, or of its host. Of two for the same name, a helper is asked first.
 *
 * @param name how messages call the file
 */
export async function loginIn(
  config: Config,
  repository: Repository,
  name: string,
  ask: AskHelper,
): Promise<Found> {
  const { host } = repository;
  const notes: string[] = [];
  for (const offer of offers(config, repository)) {
    if ("helper" in offer) {
      const { note, ...found } = await ask(offer.helper, serverName(host), name);
      if (found.credential !== undefined) return found;
      if (note !== undefined) notes.push(note);
      continue;
    }
    const credential = credentialIn(offer.entry);
    if (credential !== undefined) return { credential, from: name };
  }
  const why = offers(config, repository).some((offer) => "entry" in offer)
    ? `${name} names ${host} without a login.`
    : `${name} has no login for ${host}.`;
  return { note: notes.length > 0 ? notes.join(" ") : why };
}

/** What there is for the repository, the nearest first. `credsStore` is for every host that `credHelpers` does not name. */
function offers(config: Config, { host, repository }: Repository): readonly Offer[] {
  const parts = [host.toLowerCase(), ...repository.split("/")];
  return parts.map((_, index) => parts.slice(0, parts.length - index).join("/")).flatMap((name) => {
    const named = config.credHelpers.get(name);
    const helper = named === undefined && !name.includes("/") ? config.credsStore : named;
    const entry = config.auths.get(name);
    return [
      // An empty name says that there is none, not even credsStore.
      ...(typeof helper === "string" && helper !== "" ? [{ helper }] : []),
      ...(entry === undefined || entry === null ? [] : [{ entry }]),
    ];
  });
}
