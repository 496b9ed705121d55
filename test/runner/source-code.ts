const COMMENT = String.raw`\/\/[^\n]*|\/\*[\s\S]*?\*\/`;
const STRING = String.raw`"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'`;
/** Templates, with one more level of templates or braces inside `${…}`. */
const TEMPLATE = String
  .raw`${"`"}(?:\\[\s\S]|\$\{(?:[^{}${"`"}]|${"`"}[^${"`"}]*${"`"}|\{[^{}]*\})*\}|[^\\${"`"}])*${"`"}`;
/** A slash starts a regular expression where a value may start, and divides elsewhere. */
const REGEXP = String
  .raw`(?<=(?:^|[(,=:[!&|?{};+>]|\breturn)\s*)\/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/`;

const NO_CODE = new RegExp([COMMENT, STRING, TEMPLATE, REGEXP].join("|"), "gm");
const ONLY_COMMENTS = new RegExp([`(${COMMENT})`, STRING, TEMPLATE, REGEXP].join("|"), "gm");

/** TypeScript without its comments and without what its strings, templates and regular expressions hold. */
export function bareCode(source: string): string {
  return source.replace(
    NO_CODE,
    (token) => token.startsWith("/*") || token[1] === "/" ? " " : '""',
  );
}

/** TypeScript without its comments. */
export function withoutComments(source: string): string {
  return source.replace(ONLY_COMMENTS, (token, comment) => comment === undefined ? token : " ");
}
