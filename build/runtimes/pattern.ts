/** Whether a name or a path is of a pattern, in which `*` and `?` stand for anything but a slash. */
export function matches(pattern: string, text: string): boolean {
  const source = pattern.replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", "[^/]*").replaceAll("?", "[^/]");
  return new RegExp(`^${source}$`).test(text);
}
