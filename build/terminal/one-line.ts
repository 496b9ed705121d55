/** What ends a line somewhere: in terminals, in logs, in what reads them line by line. */
const ENDS = /[\n\v\f\r\x85\u2028\u2029]/g;

/** A line that stays one, whatever strangers wrote of what it tells: a verdict is none of theirs. */
export function oneLine(line: string): string {
  return line.replaceAll(ENDS, "\ufffd");
}
