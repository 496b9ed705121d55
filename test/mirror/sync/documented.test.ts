import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { EXIT_CODES } from "../../../build/error.ts";
import { readSyncFile, type SyncFile } from "../../../build/mirror/sync/file.ts";
import { PAUSE_TAGS } from "../../../build/mirror/sync/presets.ts";
import { SYNC_SCHEMA } from "../../../build/mirror/sync/validate.ts";
import { SIZE_LIMIT } from "../../../build/yaml/yaml.ts";
import { formatReference } from "../../../build/oci/reference.ts";
import { commandHelp } from "../../../build/terminal/command-help.ts";
import { OUT_OF_DATE, SYNC } from "../../../build/terminal/manual/sync.ts";
import { failsWith } from "../../support/fails.ts";

const DOCUMENT = readFileSync("docs/mirror-sync.md", "utf8");

function example(): SyncFile {
  const [, text = ""] = /```yaml\n(.*?)```/s.exec(DOCUMENT) ?? [];
  return readSyncFile(new TextEncoder().encode(text), "docs/mirror-sync.md");
}

/** All keys that the schema knows, wherever they stand. */
function keysOf(schema: unknown): string[] {
  if (typeof schema !== "object" || schema === null) return [];
  const own = "properties" in schema ? Object.keys(schema.properties as object) : [];
  return [...own, ...Object.values(schema).flatMap(keysOf)];
}

test("the example is a sync file, and shows every kind of source", () => {
  const { sources, destinations, registries } = example();
  assert.equal(new Set(sources.map(({ kind }) => kind)), new Set(["image", "list"]));
  assert.is(destinations.length, 3);
  assert.is(registries.size, 3);
});

test("the example's destinations are as the page describes them", () => {
  const coredns = { host: "registry.k8s.io", repository: "coredns/coredns", tag: "v1.13.1" };
  assert.equal(example().destinations.map((to) => formatReference(to(coredns))), [
    "10.0.0.5:5000/coredns/coredns:v1.13.1",
    "registry.example.com/mirror/registry.k8s.io/coredns/coredns:v1.13.1",
    "registry.example.com/k8s/coredns:v1.13.1-mirrored",
  ]);
});

test("every key of the schema is on the page", () => {
  const missing = [...new Set(keysOf(SYNC_SCHEMA))].filter((key) =>
    !new RegExp(`\\b${key}\\b`).test(DOCUMENT)
  );
  assert.equal(missing, []);
});

test("every part of the schema that a message may quote has a title", () => {
  const untitled: string[] = [];
  const look = (schema: unknown, at: string): void => {
    if (typeof schema !== "object" || schema === null) return;
    const isLeaf = ["type", "const", "enum"].some((keyword) => keyword in schema);
    const isCondition = /\/if$/.test(at);
    const isSelector = /credentials\/(then|else\/then)$/.test(at);
    if (isLeaf && !isCondition && !isSelector && !("title" in schema)) untitled.push(at);
    for (const [key, below] of Object.entries(schema)) {
      // A key that is called "type" or "enum" would not be one of these.
      if (key === "properties" || key === "$defs") {
        for (const [name, one] of Object.entries(below)) look(one, `${at}/${key}/${name}`);
      } else if (typeof below === "object") look(below, `${at}/${key}`);
    }
  };
  look(SYNC_SCHEMA, "#");
  assert.equal(untitled, []);
});

test("the page's table of pause images is the one that the preset goes by", () => {
  const rows = [...DOCUMENT.matchAll(/^\| 1\.(\d+)(?: to 1\.(\d+))? +\| (\S+) +\|$/gm)];
  const table = rows.flatMap(([, first, last = first, tag]) => {
    const [from, to] = [Number(first), Number(last)];
    return Array.from({ length: to - from + 1 }, (_, at) => [`1.${from + at}`, tag]);
  });
  assert.equal(Object.fromEntries(table), PAUSE_TAGS);
});

test("the error that the page shows is the one that comes", async () => {
  const text = `version: 1
sources:
  - image: registry.k8s.io/pause
    tags: [3.10]
destinations: [{ to: "h.io/{path}" }]
`;
  const { message } = await failsWith(
    ["usage"],
    () => readSyncFile(new TextEncoder().encode(text), "pause-mirror.yaml"),
  );
  assert.ok(DOCUMENT.replaceAll(/\s+/g, " ").includes(`error: ${message}`), message);
});

test("exit codes and limits on the page and in the help are those in use", () => {
  for (const code of [OUT_OF_DATE, EXIT_CODES.usage, EXIT_CODES.partial]) {
    assert.match(DOCUMENT, new RegExp(`^\\| +${code} \\|`, "m"));
    assert.match(commandHelp(SYNC), new RegExp(`^  ${code} +\\S`, "m"));
  }
  assert.match(DOCUMENT, `at most ${SIZE_LIMIT / 1024 / 1024} MiB`);
  assert.not.ok((Object.values(EXIT_CODES) as number[]).includes(OUT_OF_DATE));
});

test.run();
