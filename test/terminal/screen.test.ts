import { test } from "uvu";
import * as assert from "uvu/assert";
import { screen, type ScreenStream } from "../../build/terminal/screen.ts";

/** What "word" in green comes out as on a stream. */
function green(isTTY: boolean, environment: Record<string, string>): string {
  let written = "";
  const { write, paint } = screen({ isTTY, write: (text) => written += text }, environment);
  write(paint("green", "word"));
  return written;
}

const PLAIN = "word\n";
const GREEN = "\x1b[32mword\x1b[39m\n";

test("screen() has colours on a terminal, and none in a pipe", () => {
  assert.is(green(true, {}), GREEN);
  assert.is(green(false, {}), PLAIN);
});

test("screen() obeys NO_COLOR, whatever FORCE_COLOR says", () => {
  assert.is(green(true, { NO_COLOR: "1" }), PLAIN);
  assert.is(green(true, { NO_COLOR: "1", FORCE_COLOR: "1" }), PLAIN);
  assert.is(green(true, { NO_COLOR: "" }), GREEN);
});

test("screen() has colours in a pipe only when FORCE_COLOR asks for them", () => {
  assert.is(green(false, { FORCE_COLOR: "1" }), GREEN);
  assert.is(green(false, { FORCE_COLOR: "0" }), PLAIN);
});

test("screen() has no colours on a dumb terminal", () => {
  assert.is(green(true, { TERM: "dumb" }), PLAIN);
});

test("what strangers call their things moves no cursor and turns no letters around", () => {
  const name = "\x1b[2J\x9b1A\b\r\u202e3.10\x07\x1b[32m";
  for (
    const [environment, style] of [[{}, "\ufffd"], [{ FORCE_COLOR: "1" }, "\x1b[32m"]] as const
  ) {
    let written = "";
    screen({ write: (text) => written += text }, environment).write(`a\tb\n${name}`);
    assert.is(written, `a\tb\n\ufffd[2J\ufffd1A\ufffd\ufffd\ufffd3.10\ufffd${style}\n`);
  }
});

test("lines that cannot be written are told of once, as an event, where somebody listens", () => {
  const full = new Error("No space left on device");
  const told: unknown[] = [];
  const stream = (isHeard: boolean): ScreenStream => ({
    write: () => {
      throw full;
    },
    emit: (_, error) => told.push(error) > 0 && isHeard,
  });
  const { write } = screen(stream(true), {});
  write("one");
  write("two");
  assert.equal(told, [full]);
  assert.throws(() => screen(stream(false), {}).write("one"), /No space/);
});

test.run();
