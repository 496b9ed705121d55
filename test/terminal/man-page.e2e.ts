import { test } from "uvu";
import * as assert from "uvu/assert";
import { run } from "../../build/host/process.ts";
import { commandHelp } from "../../build/terminal/command-help.ts";
import { COMMANDS } from "../../build/terminal/commands.ts";
import { help } from "../../build/terminal/help.ts";
import { lacks, skip } from "../support/skip.ts";

const PAGE = "man/pause-image.1";

/** Only a release has a day. */
const UNRELEASED = "cannot parse date, using it verbatim: TH unreleased";

/** The words, one blank between them. */
const words = (text: string): string => text.replaceAll(/\s+/g, " ").trim();

/** The page as somebody sees it: its sections by their headings, words only. */
async function sections(): Promise<Map<string, string>> {
  const { stdout } = await run(["mandoc", "-Tutf8", "-Owidth=100", PAGE]);
  // Bold is a letter printed twice.
  const parts = stdout.replaceAll(/.[\b]/g, "").split(/^(?=\S)/m);
  return new Map(parts.map((part) => {
    const [heading = "", ...lines] = part.split("\n");
    return [heading.trim(), words(lines.join("\n"))];
  }));
}

/** What a help text says: paragraphs, and rows with their headings left out. */
function statements(text: string): string[] {
  const blocks = text.replace(/^Usage: (.*\n.*clone|.*)/, "").split(/\n\n|^\S.*:\n/m);
  return blocks.flatMap((block) => block.split(/\n(?= {2,6}\S)/)).map(words)
    .filter((statement) => statement !== "");
}

test("mandoc and groff have nothing to say against the page", async () => {
  const missing = lacks("mandoc", "groff");
  if (missing !== undefined) return skip(missing);
  const lint = await run(["mandoc", "-Tlint", PAGE]);
  const found = lint.stdout.split("\n").filter((line) => line !== "");
  assert.equal(found.filter((line) => !line.endsWith(UNRELEASED)), []);
  const groff = await run(["groff", "-man", "-ww", "-z", "-Tutf8", PAGE]);
  assert.equal([groff.exitCode, groff.stdout, groff.stderr], [0, "", ""]);
});

test("whoever reads the page reads what --help of every command says", async () => {
  const missing = lacks("mandoc");
  if (missing !== undefined) return skip(missing);
  const page = await sections();
  for (const { name, manual } of COMMANDS) {
    if (manual === undefined) continue;
    const section = page.get(`PAUSE-IMAGE ${name.toUpperCase()}`) ?? "";
    const said = statements(commandHelp(await manual()));
    assert.ok(said.length > 5, name);
    assert.equal(said.filter((statement) => !section.includes(statement)), [], name);
  }
});

test("whoever reads the page reads what help says of targets, variables and options", async () => {
  const missing = lacks("mandoc");
  if (missing !== undefined) return skip(missing);
  const page = words([...(await sections()).values()].join(" "));
  const said = statements(help()).map((one) => one.replace(/; [\w-]+ --help says more$/, ""))
    .filter((one) => one !== "help print this");
  assert.ok(said.length > 50);
  assert.equal(said.filter((statement) => !page.includes(statement)), []);
});

test.run();
