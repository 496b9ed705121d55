/** One thing that is not the same on both sides. */
export interface Difference {
  /** Where: `annotations["org.example.key"]`, `/pause, segment 0, 0x100b0`. */
  readonly at: string;
  /** What the image has; empty: nothing is there. */
  readonly image: string;
  /** What building it once more made; empty: nothing is there. */
  readonly rebuilt: string;
}

/** As many as are listed of one part: the first ones say what is wrong. */
export const MOST_DIFFERENCES = 50;

/** Characters of one side. */
const LONGEST = 200;

/** A difference, its sides cut to what a line holds. */
export function difference(at: string, image: string, rebuilt: string): Difference {
  return { at, image: cut(image), rebuilt: cut(rebuilt) };
}

function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/** The first {@link MOST_DIFFERENCES}. */
export function first(differences: Iterable<Difference>): Difference[] {
  const found: Difference[] = [];
  for (const one of differences) {
    if (found.length === MOST_DIFFERENCES) break;
    found.push(one);
  }
  return found;
}

/** Compares what two records say of each name, in the order of the first one. */
export function mapDifferences(
  image: Readonly<Record<string, string>>,
  rebuilt: Readonly<Record<string, string>>,
): Difference[] {
  const names = new Set([...Object.keys(image), ...Object.keys(rebuilt)]);
  return [...names].filter((name) => own(image, name) !== own(rebuilt, name))
    .map((name) => difference(name, own(image, name) ?? "", own(rebuilt, name) ?? ""));
}

function own(record: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
