/** Strings, and what structures JSON. Numbers and words are passed over. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]/gs;

/**
 * The first key that an object in a JSON text has twice, or undefined. Readers differ in which of the
 * two they take, so that a document with one may say one thing to who checks it, and another to who
 * uses it.
 *
 * @param bytes JSON, which has been read as such before
 * @see https://www.rfc-editor.org/rfc/rfc8259#section-4
 */
export function duplicateKey(bytes: Uint8Array): string | undefined {
  const objects: (Set<string> | undefined)[] = [];
  let last = "";
  for (const [token] of new TextDecoder().decode(bytes).matchAll(TOKEN)) {
    if (token === "{") objects.push(new Set());
    else if (token === "[") objects.push(undefined);
    else if (token === "}" || token === "]") objects.pop();
    else if (token === ":") {
      // Written in two ways it is the same key.
      const key = JSON.parse(last) as string;
      const keys = objects.at(-1);
      if (keys?.has(key)) return key.slice(0, 64);
      keys?.add(key);
    }
    last = token;
  }
  return undefined;
}
