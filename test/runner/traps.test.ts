import { test } from "uvu";
import * as assert from "uvu/assert";
import { findTraps } from "./traps.ts";

/** A test file around `body`, whose suite is `test`. */
const file = (body: string, end = "test.run();"): string =>
  `import { test } from "uvu";\nimport * as assert from "uvu/assert";\n${body}\n${end}\n`;

const trapsIn = (source: string): string => findTraps(source).join(" ");

test("a plain test file has no trap", () => {
  assert.equal(findTraps(file('test("works", () => assert.ok(true));')), []);
});

test("a left-over .only is found, however it is called", () => {
  assert.match(trapsIn(file('test.only("one", () => {});')), /\.only leaves out/);
  assert.match(trapsIn(file('test\n  .only("one", () => {});')), /\.only leaves out/);
  assert.match(trapsIn(file("const one = test.only;")), /\.only leaves out/);
});

test("uvu's own .skip, which has no reason, is found", () => {
  assert.match(trapsIn(file('test.skip("later", () => {});')), /\.skip gives no reason/);
});

test("hooks are found, whose errors uvu swallows", () => {
  for (const hook of ["before", "after", "before.each", "after.each"]) {
    assert.match(trapsIn(file(`test.${hook}(() => { throw new Error(); });`)), /has a hook/, hook);
  }
});

test("a missing test.run() is found, also when a comment or a string mentions it", () => {
  const missing = /test\.run\(\) is never called/;
  assert.match(trapsIn(file('test("a", () => {});', "")), missing);
  assert.match(trapsIn(file('test("a", () => {});', "// test.run();")), missing);
  assert.match(trapsIn(file('test("a", () => {});', "/* test.run(); */")), missing);
  assert.match(trapsIn(file('test("a", () => {});', 'const s = "test.run();";')), missing);
  assert.match(trapsIn(file('test("a", () => {});', "attest.run();")), missing);
});

test("every suite of a file has to run", () => {
  const source = `import { suite } from "uvu";
    const First = suite("first"), Second = suite<{ n: number }>("second");
    First("a", () => {});
    Second("b", () => {});
    First.run();`;
  assert.equal(findTraps(source), ["Second.run() is never called, so none of its tests run."]);
});

test("a suite under another name is the same suite", () => {
  const source = 'import { test as it } from "uvu";\nit.only("a", () => {});\nit.run();';
  assert.match(trapsIn(source), /^it\.only leaves out/);
});

test("a file without any suite is no test file", () => {
  assert.match(trapsIn('console.log("hello");'), /It has no suite/);
  assert.match(trapsIn('// import { test } from "uvu";'), /It has no suite/);
});

test("what comments, strings, templates and regular expressions hold is not code", () => {
  const body = [
    "// test.only(",
    "/* test.only(",
    "   test.skip( */",
    `const a = "test.only( \\" test.only(" + 'test.only(';`,
    "const b = `test.only( ${a + `test.only(`} ${{ a }.a} test.only(`;",
    "const c = /test.only(/;",
    "const d = [/[/\"]test.only(/, 1 / 2, '//'];",
    'const e = "https://example.com/";',
  ].join("\n");
  assert.equal(findTraps(file(body)), []);
});

test("code after a string or a regular expression that looks like a comment is still read", () => {
  assert.match(trapsIn(file('const a = "/*"; test.only("a", () => {}); // */')), /\.only/);
  assert.match(trapsIn(file('const a = /[/*]"/; test.only(); // "')), /\.only/);
  assert.match(trapsIn(file("const a = 4 / 2; test.only(); const b = 1 / 2;")), /\.only/);
});

test.run();
