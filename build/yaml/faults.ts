import { PauseError } from "../error.ts";

/** Where something is in a document: keys and positions in lists, from its root. */
export type Path = readonly (string | number)[];

/** A place in a file, both counted from 1; columns in UTF-16 units, as editors count. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** One thing that is wrong with a file. */
export interface Fault {
  readonly place: Place;
  readonly path: Path;
  /** What was found and what is expected, whole sentences. */
  readonly message: string;
}

/** More would only push the first ones off the screen. */
const SHOWN = 50;

/** The path as people write it: `sources[0].tags[1]`, `registries["registry.k8s.io"]`. */
export function formatPath(path: Path): string {
  return path.map((step, at) => {
    if (typeof step === "number") return `[${step}]`;
    if (!/^[A-Za-z]\w*$/.test(step)) return `[${JSON.stringify(step.slice(0, 64))}]`;
    return at === 0 ? step : `.${step}`;
  }).join("");
}

/**
 * All faults of a file as one error, a line each: `FILE:LINE:COLUMN: PATH: …`.
 * @param what the file is: `the sync file`
 */
export function faultError(what: string, file: string, faults: readonly Fault[]): PauseError {
  const where = inOrder(faults).map(({ place, path, message }) => ({
    file,
    ...place,
    message: [formatPath(path), message].filter((part) => part !== "").join(": "),
  }));
  const lines = where.map(({ line, column, message }) => `${file}:${line}:${column}: ${message}`);
  const [first = ""] = lines;
  if (lines.length === 1) {
    return new PauseError("usage", `Cannot use ${what} ${first}`, { where });
  }
  const more = lines.length > SHOWN ? [`  … and ${lines.length - SHOWN} more.`] : [];
  return new PauseError(
    "usage",
    [
      `Cannot use ${what} ${file}: ${lines.length} things are wrong.`,
      ...lines.slice(0, SHOWN).map((line) => `  ${line}`),
      ...more,
    ].join("\n"),
    { where: where.slice(0, SHOWN) },
  );
}

/** In the order of the file, each once. */
function inOrder(faults: readonly Fault[]): readonly Fault[] {
  const key = ({ place, message }: Fault): string => `${place.line} ${place.column} ${message}`;
  return [...new Map(faults.map((fault) => [key(fault), fault])).values()]
    .sort(({ place: one }, { place: other }) => one.line - other.line || one.column - other.column);
}
