import { test } from "uvu";
import * as assert from "uvu/assert";
import { withBundled } from "../support/bundled.ts";
import { ACTION_TEXT } from "./action-yml.ts";
import type { errorsInAction } from "./action-schema.ts";

type Parser = { readonly errorsInAction: typeof errorsInAction };

const withParser = (use: (parser: Parser) => void): Promise<void> =>
  withBundled("test/github/action-schema.ts", use);

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
