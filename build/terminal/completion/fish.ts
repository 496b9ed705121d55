import type { Model, Named, Verb } from "./model.ts";
import { type Offer, PODS } from "./offers.ts";

/**
 * The script for fish, 3.0 or newer.
 * @see https://fishshell.com/docs/current/completions.html
 */
export function fishScript(model: Model): string {
  const { commands, goals, variables, options, contexts } = model;
  return [
    `# Completion of pause-image for fish, made by "pause-image completion fish".`,
    "",
    `set -g __pause_image_commands ${commands.map(([name]) => name).join(" ")}`,
    ENGINE,
    "function __pause_image_variables",
    "    switch (commandline -ct)",
    ...variables.flatMap(({ name, offer }) => {
      const code = assigned(name, offer);
      return code === "" ? [] : [`        case '${name}=*'`, `            ${code}`];
    }),
    "        case '*=*'",
    "        case '*'",
    ...variables.map(({ name, summary }) =>
      `            printf '%s\\t%s\\n' ${name}= ${quote(summary)}`
    ),
    "    end",
    "end",
    "",
    "complete -c pause-image -f",
    ...commands.map(([name, summary]) => line("__pause_image_is_first", "-a", name, summary)),
    ...goals.map(([name, summary]) => line(is(""), "-a", name, summary)),
    `complete -c pause-image -n ${quote(is(""))} -a '(__pause_image_variables)'`,
    `complete -c pause-image -n ${quote(isPath(variables))} -F`,
    ...options.map((option) => optionLine("", option)),
    ...contexts.flatMap(({ command, options, operand, verbs }) => [
      ...operandLines(is(command) + (verbs.length > 0 ? `; and not ${seen(verbs)}` : ""), operand),
      ...verbs.flatMap((verb) => operandLines(`${is(command)}; and ${seen([verb])}`, verb.offer)),
      ...options.map((option) => optionLine(command, option)),
    ]),
    "",
  ].join("\n");
}

function is(command: string): string {
  return `__pause_image_is ${quote(command)}`;
}

/** While a variable is typed that is a path. */
function isPath(variables: readonly Named[]): string {
  const names = variables.filter(({ offer }) => offer.paths).map(({ name }) => name).join("|");
  return `${is("")}; and string match -qr '^(${names})=' -- (commandline -ct)`;
}

function line(condition: string, ...[flag, word, summary]: readonly string[]): string {
  return `complete -c pause-image -n ${quote(condition)} ${flag} ${word} -d ${
    quote(summary ?? "")
  }`;
}

function optionLine(command: string, { name, short, value, offer, summary }: Named): string {
  const letter = short === undefined ? "" : ` -s ${short}`;
  const taken = value === undefined ? "" : ` ${takes(offer)}`;
  return `complete -c pause-image -n ${quote(is(command))}${letter} -l ${name}${taken} -d ${
    quote(summary)
  }`;
}

/** How an option takes its value. */
function takes(offer: Offer): string {
  if (offer.isList) return `-x -a '(${listCode(offer)})'`;
  const words = wordsOf(offer).length > 0 ? ` -a '${wordsOf(offer).join(" ")}'` : "";
  if (offer.paths === "files") return `-r -F${words}`;
  return offer.paths === "folders" ? "-x -a '(__fish_complete_directories)'" : `-x${words}`;
}

function seen(verbs: readonly Verb[]): string {
  return `__fish_seen_subcommand_from ${verbs.map(({ name }) => name).join(" ")}`;
}

function operandLines(condition: string, offer: Offer): string[] {
  const all = [...wordsOf(offer), ...(offer.pods ? ["(__pause_image_pods)"] : [])];
  const words = all.length > 0 ? ` -a '${all.join(" ")}'` : "";
  const files = offer.paths ? " -F" : "";
  return files + words === ""
    ? []
    : [`complete -c pause-image -n ${quote(condition)}${files}${words}`];
}

/** The code that prints what may follow `NAME=`, NAME included. Paths are offered elsewhere. */
function assigned(name: string, offer: Offer): string {
  if (offer.isList) return listCode(offer);
  const words = wordsOf(offer).map((word) => `${name}=${word}`);
  return words.length === 0 ? "" : `printf '%s\\n' ${words.join(" ")}`;
}

function listCode(offer: Offer): string {
  return `__pause_image_list ${wordsOf(offer).join(" ")}`;
}

function wordsOf({ words = [], schemes = [] }: Offer): string[] {
  return [...words, ...schemes.map((scheme) => `${scheme}:`)];
}

/** A word in single quotes, inside of which fish takes a backslash for itself. */
function quote(word: string): string {
  return `'${word.replaceAll(/[\\']/g, "\\$&")}'`;
}

const ENGINE = `
# Whether the command is $argv; without one it is the build.
function __pause_image_is
    set -l words (commandline -opc)
    set -l command ''
    if contains -- "$words[2]" $__pause_image_commands
        set command $words[2]
    end
    test "$command" = "$argv"
end

function __pause_image_pods
    ${PODS}
end

function __pause_image_is_first
    test (count (commandline -opc)) -eq 1
end

# One more of a list with commas, behind those that are there, and behind NAME= or --name= as it is.
function __pause_image_list
    set -l typed (commandline -ct | string replace -r '^-[^=]*=' '')
    printf '%s\\n' (string replace -r '[^,=]*$' '' -- "$typed")$argv
end
`;
