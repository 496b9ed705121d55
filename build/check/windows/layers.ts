import { isForeign } from "../../oci/foreign.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { Entry } from "../tree.ts";

/** Bytes, packed. Windows' own layers have a hundred million, and those above them a few. */
const OWN_LIMIT = 16 * 1024 * 1024;

/** Whether a layer is Windows itself, which is large, and Microsoft's to check: nobody reads it here. */
export function isWindowsOwn(layer: Descriptor): boolean {
  return isForeign(layer) || layer.size > OWN_LIMIT;
}

/** The folders at the top of a layer: what is in all others is not unpacked. */
const ROOTS: ReadonlySet<string> = new Set(["Files", "Hives", "UtilityVM"]);
const NEEDED = ["Files", "Hives"] as const;

/** What Windows knows of a file, as records of the archive. */
const RECORDS = [["MSWINDOWS.fileattr"], ["MSWINDOWS.rawsd", "MSWINDOWS.sd"]] as const;

/**
 * The files of a layer as Windows sees them: what is below `Files`, by names in small letters,
 * because large and small ones are the same there.
 */
export function windowsFiles(entries: readonly Entry[]): Entry[] {
  return entries.flatMap((entry) => {
    const name = inFiles(entry.name);
    if (name === undefined) return [];
    const target = inFiles(entry.target ?? "");
    return [{ ...entry, name, ...(target !== undefined && { target }) }];
  });
}

function inFiles(path: string): string | undefined {
  const [root, ...parts] = partsOf(path);
  return root === "Files" ? parts.join("/").toLowerCase() : undefined;
}

/** What is wrong with the places where a layer has its files. */
export function shapeFault(entries: readonly Entry[]): string | undefined {
  const folders = new Set(
    entries.filter(({ kind }) => kind === "folder").map(({ name }) => partsOf(name).join("/")),
  );
  const lacking = NEEDED.find((name) => !folders.has(name));
  if (lacking !== undefined) return `a layer has no folder ${lacking}`;
  for (const { name } of entries) {
    const parts = partsOf(name);
    if (!ROOTS.has(parts[0] ?? "")) return `${name} is in none of ${[...ROOTS].join(", ")}`;
    const above = parts.slice(0, -1).join("/");
    if (above !== "" && !folders.has(above)) {
      return `${above}, where ${name} is, is not in its layer`;
    }
  }
  return undefined;
}

/** What Windows does not learn of a layer's files. */
export function recordsFault(entries: readonly Entry[]): string | undefined {
  for (const { name, kind, attributes } of entries) {
    const [root, ...parts] = partsOf(name);
    // What is taken away is nothing, and a link is what it leads to.
    const isThere = kind !== "link" && !(parts.at(-1) ?? "").startsWith(".wh.");
    if (root !== "Files" || parts.length === 0 || !isThere) continue;
    const lacking = RECORDS.find((names) => !names.some((one) => attributes.includes(one)));
    if (lacking !== undefined) return `${name} has no ${lacking.join(" or ")}`;
  }
  return undefined;
}

function partsOf(path: string): string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".");
}
