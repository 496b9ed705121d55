import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readPodFile } from "../../build/pod/file.ts";
import { POD_SHAPE } from "../../build/pod/manifest.ts";
import type { Shape } from "../../build/pod/shape.ts";
import { INFRA_IMAGE } from "../../build/terminal/manual/pod.ts";

const DOCUMENT = readFileSync("docs/pod.md", "utf8");

/** The names of all fields that a manifest may have. */
function fieldsOf(shape: Shape): readonly string[] {
  if (shape.is === "list") return fieldsOf(shape.of);
  if (shape.is !== "mapping") return [];
  return Object.entries(shape.fields).flatMap(([name, field]) => [name, ...fieldsOf(field)]);
}

test("docs/pod.md names every field that is done, and no other", () => {
  const [, table = ""] = DOCUMENT.split("## What a file may hold");
  const rows = table.split("\n").filter((line) => line.startsWith("| `")).join("\n");
  const named = [...rows.matchAll(/`([a-z]\w+)`/g)].map(([, name = ""]) => name);
  const values = ["v1", "true", "false"];
  const fields = [...new Set(fieldsOf(POD_SHAPE))].sort();
  assert.equal([...new Set(named)].filter((name) => !values.includes(name)).sort(), fields);
});

test("docs/pod.md names the pause image that is looked for", () => {
  assert.ok(DOCUMENT.includes(`The pause image is \`${INFRA_IMAGE}\``));
});

test("the example is a manifest that is done", () => {
  const { name, containers } = readPodFile(readFileSync("examples/pod/hello.yaml"), "hello.yaml");
  assert.is(name, "hello");
  assert.match(containers[0]?.args[0] ?? "", /echo hello from the pod >/);
});

test.run();
