import type { Descriptor } from "../../oci/descriptor.ts";
import { type Digest, digestParts } from "../../oci/digest.ts";
import { readIndex } from "../../oci/document.ts";
import { readObject } from "../../oci/json.ts";
import { findManifest } from "./manifests.ts";
import {
  addressOf,
  type Fetched,
  getDocument,
  oddAnswer,
  refusal,
  type Session,
} from "./session.ts";
import { type Answer, drain } from "./http/transport.ts";

/** Tags on a page. Some registries refuse to be asked for more. */
const PAGE = 1000;
/** A registry that pages for ever is broken. */
const MOST_PAGES = 10_000;

/**
 * Lists the tags of the repository, in the order of their code points, whatever the registry's.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#listing-tags
 */
export async function listTags(session: Session): Promise<readonly string[]> {
  const tags = new Set<string>();
  const first = addressOf(session, `tags/list?n=${PAGE}`);
  for await (const { bytes } of pages(session, first, "the list of tags")) {
    if (bytes === undefined) break;
    const list = readObject(bytes, "list of tags").tags ?? [];
    if (!Array.isArray(list)) throw oddAnswer(session, "the registry's list of tags is no list");
    for (const tag of list) tags.add(String(tag));
  }
  return [...tags].sort();
}

/** The tag under which registries without the referrers API keep a subject's list. */
export function fallbackTag(subject: Digest): string {
  const { algorithm, hex } = digestParts(subject);
  return `${algorithm}-${hex.slice(0, 64)}`;
}

/**
 * Lists what refers to `subject`: by the API, or by the fallback tag where there is none.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#listing-referrers
 */
export async function* listReferrers(
  session: Session,
  subject: Digest,
): AsyncGenerator<Descriptor> {
  const first = addressOf(session, `referrers/${subject}`);
  for await (const { bytes } of pages(session, first, "the list of referrers")) {
    if (bytes === undefined) return yield* await fallbackReferrers(session, subject);
    yield* readIndex(bytes).manifests;
  }
}

/** What the fallback tag lists. */
export async function fallbackReferrers(
  session: Session,
  subject: Digest,
): Promise<readonly Descriptor[]> {
  const found = await findManifest(session, fallbackTag(subject));
  return found === undefined ? [] : readIndex(found.bytes).manifests;
}

/** The pages of a list. A first one that is not there is handed on without its bytes. */
async function* pages(session: Session, first: URL, what: string): AsyncGenerator<Fetched> {
  let url: URL | undefined = first;
  for (let count = 0; url !== undefined; count++) {
    if (count === MOST_PAGES) throw oddAnswer(session, `${what} has no end`);
    const answer: Fetched = await getDocument(session, url);
    if (answer.status === 404 && count === 0) await drain(answer);
    else if (answer.status !== 200) throw await refusal(session, answer, `to ${what}`);
    yield answer;
    url = nextPage(answer, session);
  }
}

/**
 * The address in the Link header, on the registry's own origin: proxies make registries believe in
 * other schemes, hosts and ports, and our login goes nowhere else.
 */
function nextPage({ url, headers }: Answer, { root }: Session): URL | undefined {
  const link = /<([^>]*)>\s*;[^,]*\brel="?next\b/i.exec(headers.get("link") ?? "")?.[1];
  if (link === undefined || !URL.canParse(link, url)) return undefined;
  const { pathname, search } = new URL(link, url);
  return new URL(pathname + search, root);
}
