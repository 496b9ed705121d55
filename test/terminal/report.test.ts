import { test } from "uvu";
import * as assert from "uvu/assert";
import { reporter } from "../../build/terminal/report.ts";
import type { MakeEvent } from "../../build/make/workshop.ts";

/** What is printed while these things happen, without colours. */
function printed(...events: readonly MakeEvent[]): string[] {
  const lines: string[] = [];
  const tell = reporter({ write: (line) => void lines.push(line), paint: (_, text) => text });
  for (const event of events) tell(event);
  return lines;
}

test("programs of one architecture for two systems are told apart by their files", () => {
  const digest = `sha256:${"0".repeat(64)}` as const;
  const program = { type: "program", outcome: "compiled", arch: "amd64", digest } as const;
  const lines = printed(
    { ...program, os: "linux", path: "bin/pause-amd64", size: 510 },
    { ...program, os: "windows", path: "bin/wincat-windows-amd64.exe", size: 4608 },
  );
  assert.equal(lines, [
    `bin/pause-amd64                510 bytes  ${digest}  compiled`,
    `bin/wincat-windows-amd64.exe  4608 bytes  ${digest}  compiled`,
  ]);
});

test.run();
