import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { MirrorEvent } from "../../build/mirror/report.ts";
import { content } from "../../build/oci/descriptor.ts";
import { OCI } from "../../build/oci/media-types.ts";
import { liveProgress } from "../../build/terminal/progress.ts";
import { formatBytes, formatSeconds } from "../../build/terminal/sizes.ts";

const plain = (_style: string, text: string): string => text;
const BLOB = content(OCI.layer, new Uint8Array(1000)).descriptor;
const TO = "mirror.example/pause";

/** What a terminal shows that was written these texts: lines. Knows what the bars use. */
function shown(texts: readonly string[]): string[] {
  const lines = [""];
  // deno-lint-ignore no-control-regex
  for (const [part] of texts.join("").matchAll(/\x1b\[\d+[AJ]|\n|[^\x1b\n]+/g)) {
    // deno-lint-ignore no-control-regex
    const [, count, code] = /\x1b\[(\d+)([AJ])/.exec(part) ?? [];
    if (code === "A") lines.splice(lines.length - 1 - Number(count), Infinity, "");
    else if (part === "\n") lines.push("");
    else if (code === undefined) lines[lines.length - 1] += part;
  }
  return lines;
}

test("sizes and times are for people", () => {
  assert.equal([0, 744, 999, 1000, 3_140_000, 999_949, 1_000_000, 4_294_967_296].map(formatBytes), [
    "0 B",
    "744 B",
    "999 B",
    "1.0 kB",
    "3.1 MB",
    "1.0 MB",
    "1.0 MB",
    "4.3 GB",
  ]);
  assert.equal([0, 6.2, 65, 3723].map(formatSeconds), ["0:00", "0:07", "1:05", "1:02:03"]);
});

test("a bar has bytes, speed and the time that is left, in place, and is gone in the end", async () => {
  const written: string[] = [];
  let clock = 0;
  const stream = { columns: 100, rows: 24, write: (text: string) => written.push(text) };
  const bars = liveProgress(stream, plain, () => clock);
  const events: MirrorEvent[] = [
    { type: "expected", destination: TO, bytes: 2000 },
    { type: "piece", destination: TO, descriptor: BLOB, outcome: "present", tags: [] },
    {
      type: "bytes",
      destination: TO,
      blob: { ...BLOB, digest: `sha256:${"a".repeat(64)}` },
      bytes: 500,
    },
  ];
  for (const event of events) bars.onEvent(event);
  clock = 1000;
  await sleep(250);
  const [line = ""] = shown(written);
  assert.match(
    line,
    /^mirror\.example\/pause {2}\[#{22} {8}\] {2}1\.5 kB of 2\.0 kB {2}500 B\/s {2}0:01 left$/,
  );
  bars.print(() => written.push("a line\n"));
  assert.is(shown(written)[0], "a line");
  assert.match(shown(written)[1] ?? "", /1\.5 kB of 2\.0 kB/);
  bars.end();
  assert.equal(shown(written), ["a line", ""]);
});

test("bars fit the terminal, however narrow, and what is sent twice counts once", async () => {
  for (const columns of [10, 30, 50, 70]) {
    const written: string[] = [];
    const stream = { columns, rows: 5, write: (text: string) => written.push(text) };
    const bars = liveProgress(stream, plain);
    for (let at = 0; at < 9; at++) {
      const destination = `${TO}-${at}`;
      bars.onEvent({ type: "expected", destination, bytes: 2000 });
      bars.onEvent({ type: "bytes", destination, blob: BLOB, bytes: 900 });
      bars.onEvent({ type: "bytes", destination, blob: BLOB, bytes: 900 });
    }
    await sleep(150);
    const lines = shown(written).filter((line) => line !== "");
    assert.is(lines.length, 3, "no more lines than there is room for");
    for (const line of lines) {
      assert.ok(line.length < columns, line);
      if (columns > 20) assert.match(line, /1\.0 kB of 2\.0 kB/);
    }
    bars.end();
  }
});

/** A destination has arrived. */
const delivered = (destination: string): MirrorEvent => ({
  type: "delivered",
  source: "s",
  delivery: {
    destination,
    outcome: "copied",
    pieces: { copied: 1, present: 0, mounted: 0 },
    bytes: 0,
  },
});

test("a destination that is done with has no bar", async () => {
  const written: string[] = [];
  const stream = { columns: 80, write: (text: string) => written.push(text) };
  const bars = liveProgress(stream, plain);
  bars.onEvent({ type: "expected", destination: TO, bytes: 1000 });
  bars.onEvent(delivered(`${TO}:3.10`));
  await sleep(150);
  assert.equal(shown(written), [""]);
  bars.end();
});

test("a destination whose name begins as another's keeps its bar when that one is done", async () => {
  const written: string[] = [];
  const stream = { columns: 80, write: (text: string) => written.push(text) };
  const bars = liveProgress(stream, plain);
  bars.onEvent({ type: "expected", destination: TO, bytes: 1000 });
  bars.onEvent(delivered(`${TO}-extra:3.10`));
  bars.onEvent(delivered(`${TO}/extra@sha256:${"a".repeat(64)}`));
  await sleep(150);
  assert.match(shown(written)[0] ?? "", /^mirror\.example\/pause /);
  bars.end();
});

test.run();
