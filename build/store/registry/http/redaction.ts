/** Text of strangers in our messages ends here, in characters. */
const LONGEST = 300;

/**
 * Makes text that a registry or a runtime wrote fit for a message: one line, short, without the
 * `secrets`, and without the queries of addresses, which may be signed.
 */
export function redacted(text: string, secrets: Iterable<string>): string {
  let clean = text;
  for (const secret of secrets) {
    if (secret !== "") clean = clean.replaceAll(secret, "[secret]");
  }
  clean = clean
    .replace(/(\bhttps?:\/\/)[^\s/@"']*@/gi, "$1")
    .replace(/(\bhttps?:\/\/[^\s?"'<>)]*)\?[^\s"'<>)]*/gi, "$1")
    .replace(/(authorization:?\s*\w+\s+)\S+/gi, "$1[secret]")
    // deno-lint-ignore no-control-regex
    .replace(/[\s\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]+/g, " ")
    .trim();
  return clean.length > LONGEST ? `${clean.slice(0, LONGEST)}…` : clean;
}

/** An address as messages show it: without login and query. */
export function shownAddress(url: URL): string {
  return url.origin + url.pathname;
}
