const COMMENT = String.raw`\/\/[^\n]*|\/\*[\s\S]*?\*\/`;
const STRING = String.raw`"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'`;
/** Templates, with one more level of templates or braces inside `${…}`. */
const TEMPLATE = String.raw`T(?:\\[\s\S]|\$\{(?:[^{}T]|T[^T]*T|\{[^{}]*\})*\}|[^\\T])*T`
  .replaceAll("T", "`");
/** A slash starts a regular expression where a value may start, and divides elsewhere. */
const REGEXP = String
  .raw`(?<=(?:^|[(,=:[!&|?{};+>]|\breturn)\s*)\/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/`;

const NO_CODE = new RegExp([COMMENT, STRING, TEMPLATE, REGEXP].join("|"), "gm");

/**
 * TypeScript with blanks for its comments and for what its strings, templates and regular
 * expressions hold. Everything else stays where it is.
 */
export function bareCode(source: string): string {
  return source.replace(NO_CODE, (token) => {
    const isComment = token.startsWith("//") || token.startsWith("/*");
    const blank = token.replace(/[^\n]/g, " ");
    return isComment ? blank : `"${blank.slice(2)}"`;
  });
}

/** One `import … from "specifier"`, `export … from "specifier"`, `import "specifier"` or `import("specifier")`. */
export interface Import {
  /** What stands before `from`, such as `{ test }`; "" when there is nothing. */
  readonly clause: string;
  readonly specifier: string;
  /** Only types come from there: nothing is loaded. */
  readonly isType: boolean;
}

/** Everything that a module imports. */
export function importsOf(source: string): Import[] {
  const pattern =
    /\b(?:(import|export)\s*(type\b)?([\w\s{},*$]*?)\bfrom|import)\s*\(?\s*("[^"]*")/g;
  return [...bareCode(source).matchAll(pattern)].map((match) => {
    const end = match.index + match[0].length;
    return {
      clause: match[3]?.trim() ?? "",
      specifier: source.slice(end - (match[4]?.length ?? 0) + 1, end - 1),
      isType: match[2] !== undefined,
    };
  });
}
