import { readFileSync } from "node:fs";

/** What stands in README between the marks of that name. */
export function readmeBlock(name: string): string {
  const readme = readFileSync("README.md", "utf8");
  const [, found = ""] = new RegExp(`<!-- ${name}: begin -->\n(.*?)<!-- ${name}: end -->`, "s")
    .exec(readme) ?? [];
  return found.trim();
}

/** Markdown as it is before a formatter aligns columns and breaks lines. */
export function unformatted(text: string): string {
  return text.trim().replaceAll(/\s*\|\s*/g, "|").replaceAll(/\s+/g, " ").replaceAll(/-+/g, "-");
}
