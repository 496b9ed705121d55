import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Reproduced } from "../../build/make/reproduce/reproduce.ts";
import { readReproduceWords, runReproduce } from "../../build/terminal/reproduce.ts";
import { reproducedLines } from "../../build/terminal/reproduce-lines.ts";
import { failsWith } from "../support/fails.ts";
import { screenOn } from "./desk.ts";

const HEX = "a".repeat(64);
const DIGEST = `sha256:${HEX}` as const;

const read = (...words: string[]) => {
  const found = readReproduceWords(words);
  return found === "help" ? assert.unreachable() : found;
};

test("without a word it is about what all makes, with the sources here", () => {
  const { image, options } = read() ?? {};
  assert.is(image, "oci:out");
  assert.equal(options, { directory: process.cwd(), confirmed: {} });
});

test("variables of a stranger are confirmed behind the image, and no others are taken", async () => {
  assert.equal(read("oci:x", "CFLAGS=-O1 -g")?.options.confirmed, { CFLAGS: "-O1 -g" });
  const { message } = await failsWith(["usage"], () => read("oci:x", "TAG=1"));
  assert.match(message, "it takes no TAG=1: the provenance says it");
});

const WRONG: Readonly<Record<string, readonly string[]>> = {
  "several images are named": ["oci:a", "oci:b"],
  "is no digest": ["--provenance", "sha256:12"],
  "takes no image and no variables": ["--lock", "oci:out"],
};

for (const [found, words] of Object.entries(WRONG)) {
  test(`${words.join(" ")} is refused: ${found}`, async () => {
    const { message } = await failsWith(["usage"], () => read(...words));
    assert.match(message, found);
  });
}

test("each provenance is named with what came of it, and what differs below it", () => {
  const one = { provenance: DIGEST, isSigned: false, tools: [], differences: [] } as const;
  const difference = { at: "config.User", image: '"0"', rebuilt: '"65535"' };
  const parts = [{ name: "linux/arm64, config", digest: DIGEST, differences: [difference] }];
  const reproduced: Reproduced = {
    verdict: "different",
    digest: DIGEST,
    reproductions: [
      { ...one, verdict: "different", parts },
      { ...one, verdict: "cannot tell", reason: "it names no sources", isSigned: true, parts: [] },
    ],
  };
  assert.equal(reproducedLines(reproduced, (digest) => `oci:out@${digest}`, (_, text) => text), [
    `different    oci:out@${DIGEST}`,
    `  by provenance ${DIGEST}, unsigned: different`,
    `    linux/arm64, config  ${DIGEST}`,
    `      config.User: "0", and here "65535"`,
    `  by provenance ${DIGEST}, signed ("verify-signature" says by whom): cannot tell`,
    "    it names no sources",
  ]);
});

test("what a stranger wrote into a provenance draws no line of its own", () => {
  const tool = { name: "clang", version: "1\nidentical    oci:out", told: "1" };
  const one = { provenance: DIGEST, isSigned: false, differences: [], parts: [] } as const;
  const reproduced: Reproduced = {
    verdict: "cannot tell",
    digest: DIGEST,
    reproductions: [{ ...one, verdict: "cannot tell", commit: "c\u2028d", tools: [tool] }],
  };
  const lines = reproducedLines(reproduced, () => "oci:out", (_, text) => text);
  assert.is(lines.at(-1), "    commit c\ufffdd, clang 1\ufffdidentical    oci:out");
});

test("its help names each verdict with its exit code", async () => {
  const lines: string[] = [];
  const { signal } = new AbortController();
  assert.is(await runReproduce(["--help"], signal, screenOn(lines)), 0);
  const text = lines.join("\n");
  for (const row of [/\b0 +identical/, /\b10 +different/, /\b13 +cannot tell/]) {
    assert.match(text, row);
  }
});

test.run();
