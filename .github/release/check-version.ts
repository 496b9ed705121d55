/**
 * Checks that a tag is what the files say, for release.yml:
 *
 *   git tag --list | deno run -A .github/release/check-version.ts v0.1.0 NOTES_FILE
 *
 * prints `version=`, `major=` and `prerelease=` for GITHUB_OUTPUT, and writes the notes.
 */
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { VERSION } from "../../build/version.ts";
import { readRelease } from "./release.ts";

const versionIn = (path: string): string =>
  (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;

try {
  const [tag = "", notesFile = ""] = process.argv.slice(2);
  if (notesFile === "") throw new Error("Usage: check-version.ts TAG NOTES_FILE");
  const { version, major, prerelease, notes } = readRelease(tag, {
    versions: {
      "package.json": versionIn("package.json"),
      "deno.json": versionIn("deno.json"),
      "build/version.ts": VERSION,
    },
    changelog: readFileSync("CHANGELOG.md", "utf8"),
    tags: readFileSync(0, "utf8").split("\n").filter((line) => line !== ""),
  });
  writeFileSync(notesFile, `${notes}\n`);
  console.log(`version=${version}\nmajor=${major ?? ""}\nprerelease=${prerelease}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
