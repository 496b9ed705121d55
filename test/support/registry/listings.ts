import type { Digest } from "../../../build/oci/digest.ts";
import { referrer } from "../../../build/oci/document.ts";
import { OCI } from "../../../build/oci/media-types.ts";
import type { Descriptor } from "../../../build/oci/descriptor.ts";
import { type Answered, type Asked, failure, json, text } from "./answer.ts";
import { type Held, type HeldRepository, repositoryIn } from "./held.ts";
import type { Routed } from "./route.ts";

/** docker-registry knows a repository once it has had a manifest. */
export function tags(held: Held, { query }: Asked, { name }: Routed): Answered {
  const { tags } = repositoryIn(held, name);
  if (tags.size === 0 && !held.named.has(name)) return failure(404, "NAME_UNKNOWN");
  const last = query.get("last");
  const all = [...tags.keys()].sort().filter((tag) => last === null || tag > last);
  const n = Math.min(held.habits.pageLimit ?? Infinity, Number(query.get("n") ?? Infinity));
  const page = all.slice(0, n);
  const next = `/v2/${name}/tags/list?last=${page.at(-1)}&n=${n}`;
  const list = { name, tags: page.length > 0 ? page : null };
  return json(200, list, all.length > n ? link(next) : {});
}

/** @see https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#listing-referrers */
export function referrers(held: Held, { query }: Asked, { name, id }: Routed): Answered {
  const { referrersApi = true, filtersReferrers = true, pageLimit = Infinity } = held.habits;
  if (!referrersApi) return text(404, "404 page not found\n");
  const type = filtersReferrers ? query.get("artifactType") : null;
  const all = referrersOf(repositoryIn(held, name), id)
    .filter(({ artifactType }) => type === null || artifactType === type);
  const from = Number(query.get("from") ?? 0);
  const index = {
    schemaVersion: 2,
    mediaType: OCI.index,
    manifests: all.slice(from, from + pageLimit),
  };
  const asked = query.get("artifactType");
  const filter = asked === null ? "" : `artifactType=${encodeURIComponent(asked)}&`;
  const next = `/v2/${name}/referrers/${id}?${filter}from=${from + pageLimit}`;
  return json(200, index, {
    "content-type": OCI.index,
    ...(type !== null && { "oci-filters-applied": "artifactType" }),
    ...(all.length > from + pageLimit && link(next)),
  });
}

function link(next: string): Record<string, string> {
  return { link: `<${next}>; rel="next"` };
}

function referrersOf({ manifests }: HeldRepository, subject: string): Descriptor[] {
  return [...manifests].flatMap(([digest, { mediaType, bytes }]) => {
    const descriptor = { mediaType, digest: digest as Digest, size: bytes.length };
    const found = referrer({ descriptor, bytes });
    return found?.subject === subject ? [found.descriptor] : [];
  });
}
