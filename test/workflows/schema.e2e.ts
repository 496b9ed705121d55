import { readdirSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { withBundled } from "../support/bundled.ts";
import type { errorsIn } from "../support/workflow/schema.ts";
import { EXAMPLES, OURS, workflowsIn } from "../support/workflow/workflow.ts";

type Parser = { readonly errorsIn: typeof errorsIn };

const withParser = (use: (parser: Parser) => Promise<void>): Promise<void> =>
  withBundled("test/support/workflow/schema.ts", use);

test("GitHub takes every workflow", () =>
  withParser(async (parser) => {
    const workflows = [...workflowsIn(OURS), ...workflowsIn(EXAMPLES)];
    assert.is(workflows.length, [...readdirSync(OURS), ...readdirSync(EXAMPLES)].length);
    for (const { path, text } of workflows) {
      assert.equal(await parser.errorsIn(path, text), [], path);
    }
  }));

const job = (text: string): string =>
  `on: push\njobs:\n  one:\n    runs-on: ubuntu-24.04\n    steps:\n      - ${text}\n`;

test("what GitHub does not take is found", () =>
  withParser(async (parser) => {
    const bad: Readonly<Record<string, RegExp>> = {
      [job("uses: ./\n        wiht: { a: b }")]: /Unexpected value 'wiht'/,
      [job("if: inpust.name == 'x'\n        run: make")]: /Unrecognized named-value: 'inpust'/,
      [job("uses: ./\n        with: { a: '${{ github.sha || }}' }")]:
        /Unexpected end of expression/,
      [job("run: make").replace("push", "psuh")]: /Unexpected value 'psuh'/,
      [job("run: make").replace("steps:", "needs: other\n    steps:")]: /no dependencies/,
      [job("run: make").replace("ubuntu-24.04", "ubuntu\n    timeout: 5")]:
        /Unexpected value 'timeout'/,
    };
    for (const [text, message] of Object.entries(bad)) {
      assert.match((await parser.errorsIn("bad.yml", text)).join("\n"), message);
    }
    assert.equal(await parser.errorsIn("good.yml", job("run: make")), []);
  }));

test.run();
