/** Where lines go. */
export interface Screen {
  readonly write: (line: string) => void;
  readonly paint: Paint;
}

/** Draws a text in a style. */
export type Paint = (style: keyof typeof STYLES, text: string) => string;

/**
 * What switches a style on and off.
 * @see https://www.ecma-international.org/publications-and-standards/standards/ecma-48/ 8.3.117, SGR
 */
const STYLES = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39] } as const;

/**
 * A screen on a stream. Colours only on a terminal, unless FORCE_COLOR asks for them; NO_COLOR wins.
 * @see https://no-color.org
 */
export function screen(
  stream: { readonly isTTY?: boolean; write(text: string): unknown },
  environment: Readonly<Record<string, string | undefined>>,
): Screen {
  const { NO_COLOR = "", FORCE_COLOR = "", TERM } = environment;
  const wanted = FORCE_COLOR !== "" && FORCE_COLOR !== "0";
  const colored = NO_COLOR === "" && (wanted || (stream.isTTY === true && TERM !== "dumb"));
  return {
    write: (line) => stream.write(`${line}\n`),
    paint: (style, text) => {
      const [on, off] = STYLES[style];
      return colored ? `\x1b[${on}m${text}\x1b[${off}m` : text;
    },
  };
}
