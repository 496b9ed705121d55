import { test } from "uvu";
import * as assert from "uvu/assert";
import { type InputStream, readInput } from "../../build/terminal/standard-input.ts";
import { failsWith } from "../support/fails.ts";
import { desk } from "./desk.ts";

/** A standard input that has `texts`, and what is written while it is read. */
async function read(isTTY: boolean, ...texts: readonly string[]): Promise<[string, string[]]> {
  const input: InputStream = {
    isTTY,
    async *[Symbol.asyncIterator]() {
      yield* texts.map((text) => new TextEncoder().encode(text));
    },
  };
  const { desk: { err }, err: lines } = desk();
  return [new TextDecoder().decode(await readInput(input, err)), lines];
}

test("who would have to type a list is told what is waited for, and nobody else", async () => {
  const [typed, lines] = await read(true, "a/b:1\n", "c/d:2\n");
  assert.is(typed, "a/b:1\nc/d:2\n");
  assert.is(lines.length, 1);
  assert.match(lines[0] ?? "", /Waiting for a list of images.*Ctrl-D/);
  assert.equal(await read(false, "a/b:1\n"), ["a/b:1\n", []]);
});

test("a list that never ends is refused", async () => {
  const error = await failsWith(
    ["usage"],
    () => read(false, ...Array(17).fill("x".repeat(2 ** 20))),
  );
  assert.match(error.message, /more than 16777216 bytes/);
});

test.run();
