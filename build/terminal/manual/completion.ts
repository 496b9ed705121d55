import { EXIT_CODES } from "../../error.ts";
import type { Manual } from "./manual.ts";
import { HELP_OPTION } from "./shared.ts";

export const COMPLETION: Manual<typeof HELP_OPTION> = {
  name: "completion",
  usage: "SHELL [option…]",
  about: [
    "Prints the script by which SHELL completes the words after pause-image. It goes into a file that SHELL reads:",
    [
      ["bash", "~/.local/share/bash-completion/completions/pause-image"],
      ["zsh", '_pause-image, in a folder of "$fpath" that is set before compinit is called'],
      ["fish", "~/.config/fish/completions/pause-image.fish"],
    ],
  ],
  operands: "shells",
  options: HELP_OPTION,
  examples: [
    "bash > ~/.local/share/bash-completion/completions/pause-image",
    "fish | source",
  ],
  exits: [
    ["0", "the script is printed"],
    [`${EXIT_CODES.usage}`, "there is no script for SHELL"],
  ],
  more: "README.md says more.",
};
