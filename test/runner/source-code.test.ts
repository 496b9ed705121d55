import { test } from "uvu";
import * as assert from "uvu/assert";
import { bareCode, importsOf } from "./source-code.ts";

test("what is no code becomes blank, and the rest stays where it is", () => {
  const source = "a(); // b\n/* c\nd */ e('f', `g\nh`, /i/);";
  assert.is(bareCode(source), 'a();     \n    \n     e(" ", "\n  ", " ");');
});

test("every kind of import is found", () => {
  const source = `
    import a from "./a.ts";
    import { b, type B } from './b.ts';
    import * as c from "./c.ts";
    import type { D } from "./d.ts";
    import "./e.ts";
    export { f } from "./f.ts";
    export * from "./g.ts";
    const h = await import("./h.ts");
    import {
      i,
    } from "./i.ts";`;
  assert.equal(
    importsOf(source).map(({ specifier }) => specifier),
    [..."abcdefghi"].map((name) => `./${name}.ts`),
  );
  assert.equal(
    importsOf(source).filter(({ isType }) => isType).map(({ clause }) => clause),
    ["{ D }"],
  );
});

test("what only looks like an import is none", () => {
  const source = `
    // import { a } from "./a.ts";
    const b = 'import { b } from "./b.ts"';
    const c = \`import { c } from "./c.ts"\`;
    reimport("./d.ts");
    export const e = "./e.ts";`;
  assert.equal(importsOf(source), []);
});

test.run();
