/** More would push what is said about them off the screen. */
const SHOWN = 20;

/** Names as a message lists them: `3.9, 3.10`. */
export function listed(names: readonly string[]): string {
  const left = names.length - SHOWN;
  return left > 0 ? `${names.slice(0, SHOWN).join(", ")} and ${left} more` : names.join(", ");
}
