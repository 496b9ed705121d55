import { reason } from "../../error.ts";
import { readObject } from "../../oci/json.ts";
import { isTag } from "../../oci/reference.ts";
import {
  addressOf,
  type Fetched,
  getDocument,
  oddAnswer,
  refusal,
  type Session,
} from "./session.ts";
import { redacted } from "./http/redaction.ts";
import { type Answer, drain } from "./http/transport.ts";

/** Tags on a page. Some registries refuse to be asked for more. */
const PAGE = 1000;
/** A registry that pages for ever is broken. */
const MOST_PAGES = 10_000;
/** More tags than any repository has are none, and would fill our memory long before the last page. */
const MOST_TAGS = 1_000_000;

/**
 * Lists the tags of the repository, in the order of their code points, whatever the registry's.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#listing-tags
 */
export async function listTags(session: Session): Promise<readonly string[]> {
  const tags = new Set<string>();
  const first = addressOf(session, `tags/list?n=${PAGE}`);
  for await (const { bytes } of pages(session, first, "the list of tags")) {
    if (bytes === undefined) break;
    for (const tag of tagsIn(session, bytes)) tags.add(tag);
    if (tags.size > MOST_TAGS) throw oddAnswer(session, "the list of tags has no end");
  }
  return [...tags].sort();
}

function tagsIn(session: Session, bytes: Uint8Array): readonly string[] {
  const tags = readList(session, "list of tags", () => readObject(bytes, "list of tags").tags) ??
    [];
  if (!Array.isArray(tags)) throw oddAnswer(session, "the registry's list of tags is no list");
  // They go into addresses, names of files and onto terminals.
  if (tags.every(isTagText)) return tags;
  throw oddAnswer(session, "the registry's list of tags has something that is no tag");
}

function isTagText(value: unknown): value is string {
  return typeof value === "string" && isTag(value);
}

/** Reads what the registry sent as a list, and says who sent it when it is none. */
export function readList<Value>(session: Session, what: string, work: () => Value): Value {
  try {
    return work();
  } catch (error) {
    // What is wrong with it quotes it.
    const why = new Error(redacted(reason(error), session.transport.secrets));
    throw oddAnswer(session, `the registry's ${what} is none`, why);
  }
}

/**
 * The pages of a list. A first one that is not there is handed on without its bytes.
 * @param absent the statuses with which a registry says that there is no list
 */
export async function* pages(
  session: Session,
  first: URL,
  what: string,
  absent: readonly number[] = [404],
): AsyncGenerator<Fetched> {
  const seen = new Set<string>();
  for (let url: URL | undefined = first; url !== undefined;) {
    if (seen.has(url.href) || seen.size === MOST_PAGES) {
      throw oddAnswer(session, `${what} has no end`);
    }
    seen.add(url.href);
    const answer: Fetched = await getDocument(session, url);
    if (seen.size === 1 && absent.includes(answer.status)) await drain(answer);
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
