import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { build, stop } from "esbuild";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { nodeBundle } from "../../.github/release/node-bundle.ts";
import { withFolder } from "../support/folder.ts";
import { ACTION_TEXT } from "./action-yml.ts";
import type { errorsInAction } from "./action-schema.ts";

type Parser = { readonly errorsInAction: typeof errorsInAction };

/** GitHub's parser imports JSON as only a bundler takes it. */
async function withParser(use: (parser: Parser) => void): Promise<void> {
  await withFolder(async (folder) => {
    const outfile = join(folder, "schema.mjs");
    const entryPoints = ["test/github/action-schema.ts"];
    await build({ ...nodeBundle(process.cwd()), entryPoints, outfile });
    // Its own process would keep ours from ending.
    await stop();
    use(await import(pathToFileURL(outfile).href) as Parser);
  });
}

test("GitHub takes action.yml", () =>
  withParser(({ errorsInAction }) => {
    assert.equal(errorsInAction(ACTION_TEXT), []);
  }));

test("what GitHub does not take is found", () =>
  withParser(({ errorsInAction }) => {
    const bad: readonly (readonly [string, string, RegExp])[] = [
      ["\ninputs:", "\ninptus:", /Unexpected value 'inptus'/],
      ["using: node24", "using: node99", /Unexpected value 'node99'/],
      ["main: ", "mian: ", /Unexpected value 'mian'/],
      ["color: blue", "color: mauve", /Unexpected value 'mauve'/],
      ["name: pause-image\n", "", /Required property is missing: name/],
    ];
    for (const [right, wrong, says] of bad) {
      assert.match(errorsInAction(ACTION_TEXT.replace(right, wrong)).join("\n"), says);
    }
  }));

test.run();
