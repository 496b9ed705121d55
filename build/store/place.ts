import { PauseError } from "../error.ts";
import { isTag } from "../oci/reference.ts";
import { archiveStore } from "./archive/archive.ts";
import { requireReplaceable } from "./archive/replaceable.ts";
import { archiveSource } from "./archive/source.ts";
import { folderFiles } from "./layout/files.ts";
import { layoutStore } from "./layout/layout.ts";
import { type LayoutReader, layoutReader } from "./layout/reader.ts";
import type { Store } from "./store.ts";

/** A place on this machine that images can be written to, as a user names it. */
export interface Place {
  readonly form: "oci" | "oci-archive" | "docker-archive";
  /** The folder or the file. */
  readonly path: string;
  /** The tag behind the path, `oci:DIR:TAG`. */
  readonly tag?: string;
}

const FORMS = ["oci", "oci-archive", "docker-archive"] as const;

/**
 * Reads the name of a place: `oci:DIR[:TAG]`, `oci-archive:FILE[:TAG]`, `docker-archive:FILE`, or
 * simply a path, which is an archive when it ends in `.tar` or `.tar:TAG` and a layout otherwise.
 *
 * @throws PauseError `usage` for an unknown form, no path, or a tag that is none
 */
export function readPlace(text: string): Place {
  const [, prefix, rest = ""] = /^([a-z][a-z-]+):(.*)$/s.exec(text) ?? [];
  if (prefix === undefined) {
    return readPath(text, /\.tar(:[^/:]*)?$/.test(text) ? "oci-archive" : "oci");
  }
  const form = FORMS.find((known) => known === prefix);
  if (form !== undefined) return readPath(rest, form);
  throw new PauseError(
    "usage",
    `Cannot use "${text}": "${prefix}:" is no kind of store. Write oci:DIR[:TAG], DIR, oci-archive:FILE or docker-archive:FILE.`,
  );
}

function readPath(text: string, form: Place["form"]): Place {
  const [, path = "", tag] = /^(.*?)(?::([^/:]*))?$/s.exec(text) ?? [];
  if (path === "") {
    throw new PauseError("usage", `Cannot use "${form}:${text}": it names no path.`);
  }
  if (tag !== undefined && !isTag(tag)) {
    throw new PauseError("usage", `Cannot use "${form}:${text}": "${tag}" is no legal tag.`);
  }
  return { form, path, ...(tag !== undefined && { tag }) };
}

/** The name that {@link readPlace} reads back, with `tag`. */
export function formatPlace(place: Place, tag: string): string {
  return `${place.form}:${place.path}:${tag}`;
}

/**
 * Opens a place for reading and writing.
 * @param repository what `docker load` shall call the image, without a tag. Undefined: it gets no name
 */
export function openPlace({ form, path }: Place, repository: string | undefined): Store {
  switch (form) {
    case "oci":
      return layoutStore(path);
    case "oci-archive":
      return archiveStore(path, { form: "oci" });
    case "docker-archive":
      return archiveStore(path, {
        form: "docker",
        ...(repository !== undefined && { repository }),
      });
  }
}

/**
 * Sees that nothing foreign is lost when images are written to a place, and writes nothing.
 * @throws PauseError as the store's own functions do when the place holds something else
 */
export async function requireOurs(place: Place): Promise<void> {
  if (place.form === "oci") await openSource(place).entries();
  else await requireReplaceable(place.path);
}

/** Opens a place that is there, to read it and to see what it holds. */
export function openSource({ form, path }: Place): LayoutReader {
  return form === "oci" ? layoutReader(`oci:${path}`, folderFiles(path)) : archiveSource(path);
}
