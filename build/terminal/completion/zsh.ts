import { commandLine } from "../../host/process.ts";
import type { Context, Model, Named } from "./model.ts";
import { type Offer, PODS } from "./offers.ts";

/**
 * The script for zsh.
 * @see https://zsh.sourceforge.io/Doc/Release/Completion-System.html
 */
export function zshScript(model: Model): string {
  const { commands, goals, variables, contexts } = model;
  return [
    "#compdef pause-image",
    `# Completion of pause-image for zsh, made by "pause-image completion zsh".`,
    "",
    ...array("_pause_image_commands", commands.map(described)),
    ...array("_pause_image_targets", goals.map(described)),
    ...array(
      "_pause_image_variables",
      variables.map(({ name, summary }) => described([name, summary])),
    ),
    "",
    "# What may follow NAME=.",
    "_pause_image_value() {",
    "  case $1 in",
    ...variables.flatMap(({ name, offer }) => {
      const code = action(offer);
      return code === "" ? [] : [`    ${name}) ${code} ;;`];
    }),
    "    *) return 1 ;;",
    "  esac",
    "}",
    "",
    ...contexts.filter(({ verbs }) => verbs.length > 0).flatMap(verbFunction),
    ...specsFunction(model),
    ENGINE,
  ].join("\n");
}

function specsFunction({ options, contexts }: Model): string[] {
  return [
    "# Sets $specs to what may follow the command $1.",
    "_pause_image_specs() {",
    "  case $1 in",
    ...contexts.flatMap(({ command, options, operand, verbs }) => [
      `    ${command})`,
      ...array("specs", [
        ...specs(options),
        `*:word:${verbs.length > 0 ? ` _pause_image_verb_${command}` : spaced(operand)}`,
      ]).map((line) => `      ${line}`),
      "      ;;",
    ]),
    "    *)",
    ...array("specs", [...specs(options), "*: : _pause_image_words"]).map((line) =>
      `      ${line}`
    ),
    "      ;;",
    "  esac",
    "}",
  ];
}

/** What may stand behind a verb, or be one. */
function verbFunction({ command, operand, verbs }: Context): string[] {
  return [
    `_pause_image_verb_${command}() {`,
    "  local word",
    "  for word in $words[2,CURRENT-1]; do",
    "    case $word in",
    ...verbs.map(({ name, offer }) => `      ${name}) ${action(offer) || ":"}; return ;;`),
    "    esac",
    "  done",
    `  ${action(operand)}`,
    "}",
    "",
  ];
}

function array(name: string, words: readonly string[]): string[] {
  return [`${name}=(`, ...words.map((word) => `  ${commandLine([word])}`), ")"];
}

/** For _describe: `name:what it is`. */
function described([name, summary]: readonly [string, string]): string {
  return `${name}:${summary}`;
}

/** For _arguments: `(-j --jobs)-j+[summary]:N: action`, one for each of its names. */
function specs(options: readonly Named[]): string[] {
  return options.flatMap(({ name, short, summary, value, offer, isRepeated }) => {
    const names = [...(short === undefined ? [] : [`-${short}`]), `--${name}`];
    const others = isRepeated ? "*" : `(${names.join(" ")})`;
    const text = summary.replaceAll(/[\\[\]:]/g, "\\$&");
    return names.map((word) => {
      const sign = value === undefined ? "" : word.startsWith("--") ? "=" : "+";
      const taken = value === undefined ? "" : `:${value}:${spaced(offer)}`;
      return `${others}${word}${sign}[${text}]${taken}`;
    });
  });
}

/** With a space before it _arguments adds no words of its own. */
function spaced(offer: Offer): string {
  return ` ${action(offer)}`;
}

/** The code that offers it. */
function action({ words = [], schemes, paths, isList, pods }: Offer): string {
  if (pods) return `_pause_image_pods${paths ? "; _files" : ""}`;
  if (isList) return `_pause_image_list ${words.join(" ")}`;
  if (schemes) return `_pause_image_place ${commandLine([schemes.join(" "), ...words])}`;
  if (paths) return paths === "files" ? "_files" : "_files -/";
  return words.length > 0 ? `compadd -- ${words.join(" ")}` : "";
}

const ENGINE = `
# One more of a list with commas.
_pause_image_list() {
  compset -P '*,'
  compadd -qS , -- "$@"
}

_pause_image_pods() {
  compadd -- \${(f)"$(${PODS})"}
}

# A path behind one of the words $1 and a colon; or one of the other words; or a path.
_pause_image_place() {
  local -a onward=(\${^\${=1}}:)
  shift
  if compset -P "(\${(j:|:)onward})"; then
    _files
    return
  fi
  local found=1
  compadd -S '' -- $onward && found=0
  compadd -- "$@" && found=0
  _files && found=0
  return found
}

# Targets, NAME=value, and as the first word the commands.
_pause_image_words() {
  local name=\${PREFIX%%=*}
  if compset -P '*='; then
    _pause_image_value $name
    return
  fi
  local found=1
  if (( CURRENT == 2 )); then
    _describe -t commands command _pause_image_commands && found=0
  fi
  _describe -t targets target _pause_image_targets && found=0
  _describe -t variables variable _pause_image_variables -S = && found=0
  return found
}

_pause-image() {
  local -a specs
  local command=
  (( CURRENT == 2 )) || command=$words[2]
  _pause_image_specs "$command"
  if (( \${_pause_image_commands[(I)$command:*]} )); then
    shift words
    (( CURRENT-- ))
  fi
  _arguments -s -S : $specs
}

# It is sourced, or it is the function of this name, which is being called for the first time.
if [[ $funcstack[1] == _pause-image ]]; then
  _pause-image "$@"
else
  compdef _pause-image pause-image
fi
`;
