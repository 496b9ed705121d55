import { test } from "uvu";
import * as assert from "uvu/assert";
import { GOALS } from "../../build/make/goals.ts";
import { VARIABLES } from "../../build/make/variables.ts";
import { COMMANDS } from "../../build/terminal/commands.ts";
import { runCompletion } from "../../build/terminal/completion.ts";
import { SHELLS } from "../../build/terminal/completion/offers.ts";
import { FLAGS } from "../../build/terminal/flags.ts";
import { COMPLETION } from "../../build/terminal/manual/completion.ts";
import { failsWith } from "../support/fails.ts";

async function printed(...words: string[]): Promise<string> {
  const lines: string[] = [];
  assert.is(await runCompletion(words, COMMANDS, { write: (line) => void lines.push(line) }), 0);
  return lines.join("\n");
}

/** How each script writes an option. */
const OPTION: Readonly<Record<string, (name: string) => RegExp>> = {
  bash: (name) => new RegExp(`[ (]--${name}[ )]`),
  zsh: (name) => new RegExp(`[)*]--${name}=?\\[`),
  fish: (name) => new RegExp(` -l ${name} `),
};

const options = (await Promise.all(COMMANDS.map(async ({ manual }) => (await manual?.())?.options)))
  .flatMap((options) => Object.keys(options ?? {}));

for (const shell of SHELLS) {
  test(`the script for ${shell} has every command, target, variable and option`, async () => {
    const script = await printed(shell);
    for (const { name } of [...COMMANDS, ...GOALS, ...VARIABLES]) {
      assert.match(script, new RegExp(`\\b${name}\\b`));
    }
    for (const name of [...options, ...Object.keys(FLAGS)]) {
      assert.match(script, OPTION[shell]?.(name) ?? /^$/);
    }
  });
}

test("the help says where the script of each shell goes", async () => {
  const help = await printed("--help");
  for (const shell of SHELLS) assert.match(help, new RegExp(`^  ${shell} +\\S`, "m"));
  assert.is(help, await printed("bash", "-h"));
  assert.is(COMPLETION.operands, "shells");
});

const WRONG: readonly (readonly [words: string[], message: RegExp])[] = [
  [[], /no shell is named\. Name one of bash, zsh, fish\./],
  [["bsh"], /no script for "bsh", only for bash, zsh, fish\. Did you mean "bash"\?/],
  [["powershell"], /no script for "powershell", only for bash, zsh, fish\./],
  [["bash", "zsh"], /one shell, not 2/],
  [["bash", "--hlep"], /--hlep.*Did you mean "--help"/],
];

for (const [words, message] of WRONG) {
  test(`wrong words are refused: ${words.join(" ") || "none"}`, async () => {
    const error = await failsWith(["usage"], () => runCompletion(words, COMMANDS));
    assert.match(error.message, message);
  });
}

test.run();
