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
 * What a terminal does rather than shows, our own styles first: archives and indexes that strangers
 * made have names, which could move the cursor and write over what stands there.
 */
const COMMANDS =
  // deno-lint-ignore no-control-regex
  /\x1b\[(?:[12]|22|3[129])m|[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g;

/** What lines are written to. */
export interface ScreenStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
  /** @returns whether anybody listens */
  emit?(event: "error", error: unknown): boolean;
}

/**
 * A screen on a stream. Colours only on a terminal, unless FORCE_COLOR asks for them; NO_COLOR wins.
 * @see https://no-color.org
 */
export function screen(
  stream: ScreenStream,
  environment: Readonly<Record<string, string | undefined>>,
): Screen {
  const { NO_COLOR = "", FORCE_COLOR = "", TERM } = environment;
  const wanted = FORCE_COLOR !== "" && FORCE_COLOR !== "0";
  const colored = NO_COLOR === "" && (wanted || (stream.isTTY === true && TERM !== "dumb"));
  const plain = (found: string): string => colored && found.length > 1 ? found : "\ufffd";
  let isLost = false;
  return {
    write: (line) => {
      if (isLost) return;
      try {
        stream.write(`${line.replaceAll(COMMANDS, plain)}\n`);
      } catch (error) {
        // Deno writes to files at once, and throws where Node tells of it by the event.
        isLost = true;
        if (stream.emit?.("error", error) !== true) throw error;
      }
    },
    paint: (style, text) => {
      const [on, off] = STYLES[style];
      return colored ? `\x1b[${on}m${text}\x1b[${off}m` : text;
    },
  };
}
