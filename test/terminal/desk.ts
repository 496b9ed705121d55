import type { Desk } from "../../build/terminal/carrying.ts";
import type { Screen } from "../../build/terminal/screen.ts";

/** A screen without colours that keeps its lines. */
export const screenOn = (lines: string[]): Screen => ({
  write: (text) => lines.push(...text.split("\n")),
  paint: (_style, text) => text,
});

/** A desk that keeps what is written on it. */
export function desk(): { desk: Desk; out: string[]; err: string[] } {
  const [out, err]: [string[], string[]] = [[], []];
  return { desk: { out: screenOn(out), err: screenOn(err) }, out, err };
}
