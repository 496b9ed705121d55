import { wrap } from "./columns.ts";

/** Characters that roff takes for something else, and how it writes them. */
const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\(rs",
  "-": "\\-",
  "'": "\\(aq",
  '"': "\\(dq",
  "`": "\\(ga",
  "^": "\\(ha",
  "~": "\\(ti",
};

/**
 * Words as they are typed: every hyphen stays one that can be copied.
 * @see man-pages(7), groff_man_style(7)
 */
export function roff(text: string): string {
  const escaped = text.replaceAll(
    /[\\'"`^~-]|[^\x20-\x7e]/gu,
    (sign) =>
      ESCAPES[sign] ??
        `\\[u${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}]`,
  );
  return guarded(escaped);
}

/** A point at its beginning would make the line a request. */
function guarded(line: string): string {
  return line.replace(/^\./, "\\&.");
}

export function bold(words: string): string {
  return `\\fB${roff(words)}\\fR`;
}

export function italic(words: string): string {
  return `\\fI${roff(words)}\\fR`;
}

/** Columns of the page's source. */
const COLUMNS = 78;

/** Lines of text, none of them long. */
export function roffText(text: string): string[] {
  return wrap(roff(text), COLUMNS).map(guarded);
}
