import type { Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import { readIndex, referrer } from "../../oci/document.ts";
import { readFallback } from "./fallback.ts";
import { pages, readList } from "./listings.ts";
import { findManifest } from "./manifests.ts";
import { addressOf, type Fetched, isWebPage, oddAnswer, type Session } from "./session.ts";

/**
 * How registries without the referrers API answer. The specification knows 404 alone; others say
 * that they do not know the address, or show a web page.
 */
const NO_API = [400, 404, 405, 406, 501];

/**
 * Lists what refers to `subject`: by the API, or by the fallback tag where there is none.
 *
 * @param artifactType lists only referrers of that type, whether the registry filters or not
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#listing-referrers
 */
export async function* listReferrers(
  session: Session,
  subject: Digest,
  artifactType?: string,
): AsyncGenerator<Descriptor> {
  const filter = artifactType === undefined
    ? ""
    : `?artifactType=${encodeURIComponent(artifactType)}`;
  const first = addressOf(session, `referrers/${subject}${filter}`);
  for await (const page of pages(session, first, "the list of referrers", NO_API)) {
    const isList = page.bytes !== undefined && !isWebPage(page);
    const listed = isList
      ? readList(
        session,
        "list of referrers",
        () => readIndex(page.bytes ?? new Uint8Array()).manifests,
      )
      : await listedByTag(session, subject, page);
    for (const found of listed) {
      const isWanted = artifactType === undefined ||
        await typeOf(session, found) === artifactType;
      if (isWanted) yield found;
    }
    if (!isList) return;
  }
}

/**
 * What the fallback tag lists, since the registry has no list of its own.
 * @throws PauseError `registry` in a strict session, where it lists nothing and the registry did not
 * say in so many words that it has none
 */
async function listedByTag(
  session: Session,
  subject: Digest,
  { status }: Fetched,
): Promise<readonly Descriptor[]> {
  const { list } = await readFallback(session, subject);
  if (session.strictAbsence && list.length === 0 && status !== 404) {
    const answered = status === 200 ? "a web page" : `${status}`;
    throw oddAnswer(
      session,
      `the registry answered ${answered} to the list of referrers, which does not say that there are none`,
    );
  }
  return list.map(({ descriptor }) => descriptor);
}

/** The type of an entry. Lists that clients keep may lack it: then the manifest has it. */
async function typeOf(session: Session, entry: Descriptor): Promise<string | undefined> {
  if (entry.artifactType !== undefined) return entry.artifactType;
  const manifest = await findManifest(session, entry.digest);
  return manifest && referrer(manifest)?.descriptor.artifactType;
}
