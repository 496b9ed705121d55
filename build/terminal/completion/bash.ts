import { grouped } from "../../host/grouped.ts";
import { commandLine } from "../../host/process.ts";
import type { Model, Named } from "./model.ts";
import { type Offer, PODS } from "./offers.ts";

/**
 * The script for bash, which needs nothing of the bash-completion package.
 * @see https://www.gnu.org/software/bash/manual/html_node/Programmable-Completion.html
 */
export function bashScript(model: Model): string {
  const { commands, goals, variables, options, contexts } = model;
  return [
    `# Completion of pause-image for bash, made by "pause-image completion bash".`,
    "",
    array("_pause_image_commands", commands.map(([name]) => name)),
    array("_pause_image_goals", goals.map(([name]) => name)),
    array("_pause_image_variables", variables.map(({ name }) => `${name}=`)),
    "",
    "# Sets $offered to the options of the command $1.",
    "_pause_image_options() {",
    "  case $1 in",
    ...contexts.map(({ command, options }) => `    ${command}) ${offered(options)} ;;`),
    `    *) ${offered(options)} ;;`,
    "  esac",
    "}",
    "",
    '# Sets what the value may be of "COMMAND OPTION", or of a word of "COMMAND " or "COMMAND VERB ". Fails where none is.',
    "_pause_image_offer() {",
    "  case $1 in",
    ...arms(model).map(([code, keys]) =>
      `    ${keys.map((key) => commandLine([key])).join(" | ")}) ${code} ;;`
    ),
    "    *) return 1 ;;",
    "  esac",
    "}",
    ENGINE,
  ].join("\n");
}

function array(name: string, words: readonly string[]): string {
  return `${name}=(${words.join(" ")})`;
}

function offered(options: readonly Named[]): string {
  return array("offered", options.map(({ name }) => `--${name}`));
}

/** What is set for each value, and all the keys for which it is that. */
function arms({ variables, options, contexts }: Model): (readonly [string, readonly string[]])[] {
  const keys = [
    ...keysOf("", options),
    ...variables.map(({ name, offer }) => [` ${name}=`, offer] as const),
    ...contexts.flatMap(({ command, options, operand, verbs }) => [
      ...keysOf(command, options),
      [`${command} `, operand] as const,
      ...verbs.map(({ name, offer }) => [`${command} ${name} `, offer] as const),
    ]),
  ];
  return [...grouped(keys, ([, offer]) => offerCode(offer))]
    .map(([code, group]) => [code, group.map(([key]) => key)] as const);
}

function keysOf(command: string, options: readonly Named[]): (readonly [string, Offer])[] {
  return options.filter(({ value }) => value !== undefined).flatMap(({ name, short, offer }) =>
    [`--${name}`, ...(short === undefined ? [] : [`-${short}`])]
      .map((word) => [`${command} ${word}`, offer] as const)
  );
}

function offerCode({ words, schemes, paths, isList, pods }: Offer): string {
  return [
    ...(pods ? ["_pause_image_pods;"] : []),
    ...(words ? [array("offered", words)] : []),
    ...(schemes ? [array("onward", schemes.map((scheme) => `${scheme}:`))] : []),
    ...(paths ? [`paths=${paths}`] : []),
    ...(isList ? ["comma=,"] : []),
  ].join(" ").replace(/;$/, "") || ":";
}

/** What works by the tables. It is dynamic scope that lets one function set what another one reads. */
const ENGINE = `
# Sets $words to the words before the cursor as the program would see them: bash splits them at the
# characters of COMP_WORDBREAKS too, such as "=" and ":".
_pause_image_split() {
  local rest=\${COMP_LINE:0:COMP_POINT} part
  words=()
  for part in "\${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
    if [[ \${#words[@]} -eq 0 || $rest == [[:space:]]* ]]; then
      rest=\${rest#"\${rest%%[![:space:]]*}"}
      words+=("")
    fi
    # The cursor may be inside of the last one.
    [[ \${#part} -le \${#rest} ]] || part=$rest
    words[\${#words[@]} - 1]+=$part
    rest=\${rest#"$part"}
  done
}

# Sets what may stand behind a verb, or be one.
_pause_image_operand() {
  local word
  for word in "\${words[@]:2:\${#words[@]}-3}"; do
    ! _pause_image_offer "$command $word " || return
  done
  _pause_image_offer "$command "
}

_pause_image_pods() {
  local pod
  while read -r pod; do
    offered+=("$pod")
  done < <(${PODS})
}

# Sets what is offered at the cursor, and $text to the part of the word $cur that it replaces.
_pause_image_choose() {
  text=\${cur#*=}
  if [[ $prev == -* ]] && _pause_image_offer "$command $prev"; then
    text=$cur
  elif [[ $cur == -*=* ]]; then
    _pause_image_offer "$command \${cur%%=*}"
  elif [[ $cur == *=* ]] && _pause_image_offer "$command \${cur%%=*}="; then
    :
  else
    text=$cur
    if [[ $cur == -* ]]; then
      _pause_image_options "$command"
    elif [[ -n $command ]]; then
      _pause_image_operand
    else
      offered=("\${_pause_image_goals[@]}") onward=("\${_pause_image_variables[@]}")
      [[ \${#words[@]} -gt 2 ]] || offered+=("\${_pause_image_commands[@]}")
    fi
  fi
  text=\${text#[\\"\\']}
  [[ -z $comma ]] || text=\${text##*,}
  local word
  for word in "\${onward[@]}"; do
    if [[ $text == "$word"* ]]; then
      text=\${text#"$word"} offered=() onward=()
      break
    fi
  done
}

# The bash of macOS, 3.2, has no compopt, and does without.
_pause_image_compopt() {
  compopt -o "$1" 2>/dev/null
}

_pause_image() {
  local words cur prev command='' text offered=() onward=() paths='' comma='' word
  COMPREPLY=()
  _pause_image_split
  cur=\${words[\${#words[@]} - 1]}
  prev=\${words[\${#words[@]} - 2]}
  if [[ \${#words[@]} -gt 2 ]]; then
    for word in "\${_pause_image_commands[@]}"; do
      [[ $word != "\${words[1]}" ]] || command=$word
    done
  fi
  _pause_image_choose
  # Bash replaces what follows the last character that it splits at, which $2 is.
  local before=\${cur%"$text"} replaced=
  [[ $cur != *"$2" ]] || replaced=\${cur%"$2"}
  for word in "\${offered[@]}" "\${onward[@]}"; do
    [[ $word != "$text"* ]] || COMPREPLY+=("$before$word")
  done
  if [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *[=:] ]]; then
    _pause_image_compopt nospace
  elif [[ \${#COMPREPLY[@]} -eq 0 && -n $paths ]]; then
    # Quotes what has to be, and puts a slash behind folders.
    _pause_image_compopt filenames
  fi
  if [[ -n $paths ]]; then
    local kind=-f
    [[ $paths == files ]] || kind=-d
    while IFS= read -r word; do
      COMPREPLY+=("$before$word")
    done < <(compgen "$kind" -- "$text")
  fi
  local at
  for at in "\${!COMPREPLY[@]}"; do
    COMPREPLY[at]=\${COMPREPLY[at]#"$replaced"}
  done
}

complete -F _pause_image pause-image
`;
