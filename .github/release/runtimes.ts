/** Writes the tables of docs/runtimes.md: `deno task runtimes`. A test holds the page to them. */
import { readFileSync, writeFileSync } from "node:fs";
import { withTables } from "./runtimes-page.ts";

const PAGE = "docs/runtimes.md";

writeFileSync(PAGE, withTables(readFileSync(PAGE, "utf8")));
