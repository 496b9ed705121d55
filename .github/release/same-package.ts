/**
 * In what a package that another tool made of the same sources differs from ours, by the names of
 * the files. Code is split by each tool in its own way, and ours declares only the types that
 * something leads to; all else has to be the same.
 *
 * @returns one line for each difference; none when they are the same
 */
export function differences(ours: readonly string[], theirs: readonly string[]): string[] {
  const isCode = (path: string): boolean => path.startsWith("esm/");
  const isType = (path: string): boolean => path.startsWith("types/");
  const missing = ours.filter((path) => !isCode(path) && !theirs.includes(path));
  const added = theirs.filter((path) => !isCode(path) && !isType(path) && !ours.includes(path));
  return [
    ...missing.map((path) => `The package of dnt lacks ${path}.`),
    ...added.map((path) => `The package of dnt has ${path}, which ours has not.`),
    ...(theirs.some(isCode) ? [] : ["The package of dnt has no code."]),
  ];
}
