import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { circles, FLOORS, wrongImports } from "./floors.ts";
import { type Source, sources } from "./sources.ts";

const HOUSE = sources(["build", "arch"], ".ts");

test("every import of the builder goes down", () => {
  assert.ok(HOUSE.length > 40);
  assert.equal(wrongImports(HOUSE), []);
});

test("no imports of the builder go round in a circle", () => {
  assert.equal(circles(HOUSE), []);
});

test("the order of the floors is the one that is decided on", () => {
  const decision = readFileSync("docs/decisions/0001-floors.md", "utf8");
  const stack = decision.split("\n").find((line) => line.includes("→")) ?? "";
  const written = stack.split("→").map((floor) =>
    [...floor.matchAll(/`([\w-]+)`/g)].map(([, room]) => room)
  );
  const height = (room = ""): number =>
    FLOORS.findIndex((rooms) => rooms.some((path) => new RegExp(`/${room}(/|[.]ts)$`).test(path)));
  assert.ok(written.length > 4);
  for (const [floor, rooms] of written.entries()) {
    for (const room of rooms) {
      assert.ok(height(room) >= 0, `${room} stands on no floor`);
      for (const lower of written[floor - 1] ?? []) {
        assert.ok(height(lower) < height(room), `${lower} is to be below ${room}`);
      }
    }
  }
});

const file = (path: string, ...specifiers: string[]): Source => ({
  path,
  text: specifiers.map((specifier) => `import "${specifier}";`).join("\n"),
});

test("an import that goes up, or to a neighbour, is found", () => {
  assert.equal(wrongImports([file("build/oci/digest.ts", "../store/store.ts")]), [
    "build/oci/digest.ts imports build/store/store.ts",
  ]);
  assert.is(wrongImports([file("build/store/layout/layout.ts", "../../compile/elf.ts")]).length, 1);
  assert.is(wrongImports([file("build/copy/copy.ts", "../../test/support/skip.ts")]).length, 1);
  assert.equal(wrongImports([file("build/copy/copy.ts", "./graph.ts", "../store/store.ts")]), []);
  assert.equal(wrongImports([file("build/attic/old.ts")]), [
    "build/attic/old.ts stands on no floor",
  ]);
});

test("a circle is found", () => {
  const files = [
    file("build/oci/a.ts", "./b.ts"),
    file("build/oci/b.ts", "./c.ts"),
    file("build/oci/c.ts", "./b.ts"),
  ];
  assert.equal(circles(files), ["build/oci/b.ts → build/oci/c.ts → build/oci/b.ts"]);
});

test.run();
