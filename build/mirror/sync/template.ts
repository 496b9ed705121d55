import { PauseError } from "../../error.ts";
import { didYouMean } from "../../did-you-mean.ts";
import { isTag, parseReference, type Reference } from "../../oci/reference.ts";

/** What is put into a destination's name. */
export interface Named {
  /** The source's host, with what no path may hold replaced: `localhost-5000`. */
  readonly host: string;
  /** The source's path, or what `as` says instead: `coredns/coredns`. */
  readonly path: string;
  /** The last part of that: `coredns`. */
  readonly name: string;
  readonly tag?: string;
}

const PLACEHOLDERS = ["host", "path", "name", "tag"] as const;

/** The destination of an image: its tag is missing when the image has none, and is known by its digest. */
export type Template = (source: Reference, as?: string) => Reference;

/**
 * Reads a destination's name: `registry.example.com/mirror/{path}`, with `:{tag}` or without.
 *
 * @throws PauseError `usage` when it names no repository, or has a placeholder that there is not
 */
export function readTemplate(text: string): Template {
  for (const [whole, name = ""] of text.matchAll(/\{([^{}]*)\}/g)) {
    if (!PLACEHOLDERS.some((known) => known === name)) {
      throw unusable(
        text,
        `there is no ${whole}, only ${PLACEHOLDERS.map((known) => `{${known}}`).join(", ")}`,
        didYouMean(name, PLACEHOLDERS),
      );
    }
  }
  if (text.includes("@")) throw unusable(text, "a destination has no digest and no login", "");
  const [, repository = text, tag = "{tag}"] = /^(.*):([^/]*)$/s.exec(text) ?? [];
  if (repository.includes("{tag}")) throw unusable(text, "{tag} stands before the last colon", "");
  if (!repository.includes("/")) {
    throw unusable(text, "it names no path", ` Write ${text}/{path}, to keep the source's.`);
  }
  const template: Template = (source, as) => filled(repository, tag, namedBy(source, as));
  // With an image like any other; what real ones make of it is checked when they come.
  template({ host: "registry.k8s.io", repository: "coredns/coredns", tag: "v1.13.1" });
  return template;
}

function namedBy({ host, repository, tag }: Reference, as: string = repository): Named {
  return {
    host: host.toLowerCase().replaceAll(/[^a-z0-9.]+/g, "-").replaceAll(/^-|-$/g, ""),
    path: as,
    name: as.split("/").at(-1) ?? as,
    ...(tag !== undefined && { tag }),
  };
}

function filled(repository: string, tag: string, named: Named): Reference {
  const fill = (text: string): string =>
    text.replaceAll(/\{(\w+)\}/g, (_, name) => named[name as keyof Named] ?? "");
  const { host, repository: path } = parseReference(fill(repository));
  // An image that is known by its digest has no tag to go by.
  if (named.tag === undefined && tag.includes("{tag}")) return { host, repository: path };
  if (isTag(fill(tag))) return { host, repository: path, tag: fill(tag) };
  throw unusable(`${repository}:${tag}`, `"${fill(tag)}" is no tag`, "");
}

function unusable(text: string, found: string, hint: string): PauseError {
  return new PauseError(
    "usage",
    `Cannot use the destination "${text.replace(/^.*@/, "…@")}": ${found}.${hint}`,
  );
}
