import type { Edition } from "../../build/terminal/man-page.ts";
import { VERSION } from "../../build/version.ts";

/**
 * The edition that the manual page says it is of: no clock has a part in it.
 * @param changelog the text of CHANGELOG.md, whose newest release comes first
 */
export function editionOf(changelog: string): Edition {
  const [, date = "unreleased"] = /^## \S+ - (\d{4}-\d\d-\d\d)$/m.exec(changelog) ?? [];
  return { version: VERSION, date };
}
