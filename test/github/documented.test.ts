import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { INPUTS } from "../../build/github/inputs.ts";
import { OUTPUT_NAMES } from "../../build/github/outputs.ts";
import { ACTION } from "./action-yml.ts";

test("action.yml has the inputs that the action reads, in their order, with their defaults", () => {
  const described = Object.entries(ACTION.inputs).map(([name, input]) => [name, input.default]);
  const read = Object.entries(INPUTS).map(([name, { fallback }]) => [name, fallback]);
  assert.equal(described, read);
});

test("action.yml has the outputs that the action sets, in their order", () => {
  assert.equal(Object.keys(ACTION.outputs), OUTPUT_NAMES);
});

test("everything in action.yml is described, and what has few values names them", () => {
  for (const [name, { description }] of Object.entries({ ...ACTION.inputs, ...ACTION.outputs })) {
    assert.ok(description.length > 10 && /[.\]]$/.test(description), `${name}: ${description}`);
  }
  for (const [name, { choices = [] }] of Object.entries(INPUTS)) {
    if (choices.includes("true")) continue;
    const { description = "" } = ACTION.inputs[name] ?? {};
    for (const choice of choices) assert.ok(description.includes(`\`${choice}\``), name);
  }
});

test("the action runs the bundle on node24, beside which are the sources that it builds", () => {
  assert.equal(ACTION.runs, { using: "node24", main: "dist/action/index.cjs" });
  for (const path of ["src/linux/pause.c", "arch", "Dockerfile.tmpl"]) assert.ok(existsSync(path));
});

/** The first cells of the rows of a table below a heading. */
function rows(document: string, heading: string): string[][] {
  const [, section = ""] = document.split(`\n## ${heading}\n`);
  const [part = ""] = section.split("\n## ");
  return part.split("\n").filter((line) => line.startsWith("| `"))
    .map((line) => line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim()));
}

const DOCUMENT = readFileSync("docs/action.md", "utf8");

test("docs/action.md has action.yml's words for every input", () => {
  const written = rows(DOCUMENT, "Inputs");
  const expected = Object.entries(ACTION.inputs).map(([name, input]) => [
    `\`${name}\``,
    INPUTS[name as keyof typeof INPUTS].commands.length === 6
      ? "all"
      : INPUTS[name as keyof typeof INPUTS].commands.join(", "),
    input.default === "" ? "" : `\`${input.default}\``,
    input.description,
  ]);
  assert.equal(written, expected);
});

test("docs/action.md has action.yml's words for every output", () => {
  const expected = Object.entries(ACTION.outputs)
    .map(([name, { description }]) => [`\`${name}\``, description]);
  assert.equal(rows(DOCUMENT, "Outputs"), expected);
});

test("every input is used by some test that runs the bundle", () => {
  const texts = readdirSync("test/action").filter((name) => name.endsWith(".e2e.ts"))
    .map((name) => readFileSync(`test/action/${name}`, "utf8")).join("\n");
  const unused = Object.keys(INPUTS).filter((name) =>
    !new RegExp(`(^|[\\s{,])(${name}|"${name}")(:|,| }|\\n)`, "m").test(texts)
  );
  assert.equal(unused, []);
});

test.run();
