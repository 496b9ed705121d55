import mustache from "mustache";
import { didYouMean } from "../did-you-mean.ts";
import { PauseError, reason } from "../error.ts";

/** What mustache's parser says of a tag or of text: kind, name or text, start, end, and what a section holds. */
type Token = readonly [kind: string, value: string, start: number, end: number, inner?: unknown];

/**
 * Renders a template of a Dockerfile: `{{NAME}}`, and `{{#NAME}}…{{/NAME}}` for what is there only
 * when NAME is not empty. Values go in as they are, without HTML's escapes.
 *
 * @param variables every name that the template may use, with its value
 * @param path how errors name the template
 * @throws PauseError `dockerfile` with `path:line` for an unknown name (and the nearest known one), a
 * tag that is not closed, a section that is not closed, a partial, or a value with a line break
 * @see https://mustache.github.io/mustache.5.html
 */
export function renderTemplate(
  text: string,
  variables: Readonly<Record<string, string>>,
  path: string,
): string {
  const fault = (index: number, found: string): PauseError => {
    const line = lineAt(text, index);
    const message = `Cannot render ${path}:${line}: ${found}`;
    return new PauseError("dockerfile", message, { where: [{ file: path, line, message }] });
  };
  for (const token of tagsOf(parse(text, fault))) {
    const found = faultOf(token, variables);
    if (found !== undefined) throw fault(token[2], found);
  }
  return render(text, variables);
}

function render(text: string, variables: Readonly<Record<string, string>>): string {
  return mustache.render(text, variables, undefined, { escape: String });
}

/** Lines with nothing but tags that stand for no text, comments over several: mustache takes them away. */
const VANISHING = /^[^\S\n]*(\{\{[#^/!=](?:(?!\}\})[^])*\}\}[^\S\n]*)+$/gm;

/**
 * The line of a template that each line rendered from it comes from, both counted from 1.
 *
 * @param variables as for {@link renderTemplate}, which has rendered the template without a fault
 */
export function templateLines(
  text: string,
  variables: Readonly<Record<string, string>>,
): (line: number) => number {
  const vanishing = new Set(
    [...text.matchAll(VANISHING)].flatMap(({ index, 0: { length } }) => {
      const [first, last] = [lineAt(text, index), lineAt(text, index + length)];
      return Array.from({ length: last - first + 1 }, (_, at) => first + at);
    }),
  );
  // No value has a line break, so each line carries its number through.
  const marked = text.split("\n").map((line, at) =>
    vanishing.has(at + 1) ? line : `${line}\0${at + 1}`
  );
  const numbers = render(marked.join("\n"), variables).split("\n")
    .map((line) => Number(line.slice(line.lastIndexOf("\0") + 1)));
  return (line) => numbers[line - 1] || line;
}

function parse(text: string, fault: (index: number, found: string) => PauseError): Token[] {
  try {
    return mustache.parse(text) as unknown as Token[];
  } catch (error) {
    const [, found = reason(error), at = "0"] = /^(.*) at (\d+)$/s.exec(reason(error)) ?? [];
    // Of a tag that is not closed, mustache names the end of the text.
    const open = text.indexOf("{{", text.lastIndexOf("}}") + 1);
    const index = found === "Unclosed tag" && open >= 0 ? open : Number(at);
    throw fault(
      index,
      `${found}. Close what "{{" opens with "}}", and "{{#NAME}}" with "{{/NAME}}".`,
    );
  }
}

/** Every tag, those inside sections included. */
function tagsOf(tokens: readonly Token[]): Token[] {
  return tokens.flatMap((token) => [
    ...(token[0] === "text" ? [] : [token]),
    ...(Array.isArray(token[4]) ? tagsOf(token[4] as Token[]) : []),
  ]);
}

/** Tags that name a variable: plain, unescaped in two ways, section, and inverted section. */
const NAMING = new Set(["name", "&", "{", "#", "^"]);

function faultOf(
  [kind, name]: Token,
  variables: Readonly<Record<string, string>>,
): string | undefined {
  if (kind === ">") return `a template cannot include another ("${name}"). Write its lines here.`;
  if (!NAMING.has(kind)) return undefined;
  if (/[\n{}]/.test(name)) return 'Unclosed tag. Close what "{{" opens with "}}".';
  const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
  const known = Object.keys(variables);
  if (value === undefined) {
    return `there is no variable "${name}".${didYouMean(name, known)} It can use ${
      known.join(", ")
    }.`;
  }
  // A second line would be an instruction of its own.
  return /[\r\n]/.test(value) ? `the value of ${name} has a line break. Take it out.` : undefined;
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}
