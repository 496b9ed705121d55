/** The words of a list: architectures, systems, versions; spaces or commas stand between them. */
export function listed(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== "");
}
