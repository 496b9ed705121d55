/** Makes the manual page, man/pause-image.1: `deno task man`. A test holds it to the tables. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { manPage } from "../../build/terminal/man-page.ts";
import { editionOf } from "./edition.ts";

const root = process.cwd();
const page = await manPage(editionOf(readFileSync(join(root, "CHANGELOG.md"), "utf8")));
mkdirSync(join(root, "man"), { recursive: true });
writeFileSync(join(root, "man", "pause-image.1"), page);
