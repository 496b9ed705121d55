/** A word, and what it means. */
export type Row = readonly [word: string, meaning: string];

/** Columns that a help text has at most. */
export const COLUMNS = 100;

/** Fills lines of at most `width` columns with the words of a text. */
export function wrap(text: string, width: number = COLUMNS): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

/**
 * Lines of two columns, the second one wrapped.
 * @param width of the first one; a longer word has a line of its own
 */
export function table(rows: readonly Row[], width: number = widthOf(rows)): string[] {
  const indent = " ".repeat(2 + width + 2);
  return rows.flatMap(([word, meaning]) => {
    const [first = "", ...more] = wrap(meaning, COLUMNS - indent.length)
      .map((line) => indent + line);
    return word.length > width
      ? [`  ${word}`, first, ...more]
      : [`  ${word}`.padEnd(indent.length) + first.slice(indent.length), ...more];
  });
}

/** The width of the first column, words longer than `widest` aside. */
export function widthOf(rows: readonly Row[], widest: number = COLUMNS): number {
  return Math.max(...rows.map(([word]) => word.length).filter((length) => length <= widest));
}

/**
 * Lines of as many columns as the first row has, each as wide as it has to be.
 * @param names the headings of the columns that begin where they begin; the others, numbers, end where
 * they end
 */
export function grid(
  [headings = [], ...rows]: readonly (readonly string[])[],
  names: readonly string[],
): string[] {
  const all = [headings, ...rows];
  const columns = headings.map((heading, at) => ({
    width: Math.max(...all.map((row) => row[at]?.length ?? 0)),
    isName: names.includes(heading),
  }));
  return all.map((row) =>
    columns.map(({ width, isName }, at) =>
      isName ? (row[at] ?? "").padEnd(width) : (row[at] ?? "").padStart(width)
    ).join("  ").trimEnd()
  );
}
