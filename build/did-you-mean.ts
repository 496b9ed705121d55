import { closestMatch } from "leven";

/**
 * ` Did you mean "ARCH"?`, with a space before it, for the one of `known` that is nearest to `word`
 * in whatever case; "" when none is near.
 */
export function didYouMean(word: string, known: readonly string[]): string {
  const maxDistance = Math.max(2, Math.floor(word.length / 3));
  const folded = known.map((name) => name.toLowerCase());
  const near = closestMatch(word.toLowerCase(), folded, { maxDistance });
  return near === undefined ? "" : ` Did you mean "${known[folded.indexOf(near)]}"?`;
}
