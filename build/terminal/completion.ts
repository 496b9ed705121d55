import process from "node:process";
import { didYouMean } from "../did-you-mean.ts";
import { commandHelp } from "./command-help.ts";
import { bashScript } from "./completion/bash.ts";
import { fishScript } from "./completion/fish.ts";
import { completionModel, type Described, type Model } from "./completion/model.ts";
import { type Shell, SHELLS } from "./completion/offers.ts";
import { zshScript } from "./completion/zsh.ts";
import { COMPLETION } from "./manual/completion.ts";
import { parseWords, wrongWords } from "./options.ts";
import { type Screen, screen } from "./screen.ts";

const SCRIPTS: Readonly<Record<Shell, (model: Model) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/**
 * `pause-image completion SHELL`: prints the script by which it completes our words.
 *
 * @param commands all that there are
 * @throws PauseError `usage` for no shell, or one that there is no script for
 */
export async function runCompletion(
  words: readonly string[],
  commands: readonly Described[],
  out: Pick<Screen, "write"> = screen(process.stdout, process.env),
): Promise<number> {
  const { values, positionals } = parseWords(COMPLETION, words);
  const text = values.help
    ? commandHelp(COMPLETION)
    : SCRIPTS[readShell(positionals)](await completionModel(commands)).trimEnd();
  out.write(text);
  return 0;
}

function readShell([word, ...more]: readonly string[]): Shell {
  const all = SHELLS.join(", ");
  if (word === undefined) throw wrongWords("completion", `no shell is named. Name one of ${all}`);
  if (more.length > 0) throw wrongWords("completion", `it takes one shell, not ${more.length + 1}`);
  const shell = SHELLS.find((name) => name === word);
  if (shell !== undefined) return shell;
  const near = didYouMean(word, SHELLS);
  throw wrongWords("completion", `there is no script for "${word}", only for ${all}`, near);
}
