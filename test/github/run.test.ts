import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { PauseError } from "../../build/error.ts";
import { runStep } from "../../build/github/run.ts";
import { layoutStore } from "../../build/store/layout/layout.ts";
import { putImage } from "../store/put.ts";
import { withFolder } from "../support/folder.ts";
import { sampleImage } from "../support/images.ts";
import { type FakeRunner, fakeRunner } from "./fake-runner.ts";

/** A step that mirrors an image from one folder to another, with what the environment has beyond it. */
async function mirrored(
  runner: FakeRunner,
  more: Readonly<Record<string, string>> = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<string[]> {
  await withFolder(async (folder) => {
    const source = join(folder, "source");
    await putImage(layoutStore(source), sampleImage(1), ["v1"]);
    const environment: Record<string, string | undefined> = {
      INPUT_COMMAND: "mirror",
      INPUT_SOURCE: `oci:${source}:v1`,
      INPUT_DESTINATIONS: `oci:${join(folder, "there")}`,
      ...more,
    };
    await runStep({ runner, environment, signal });
  });
  return runner.told;
}

const kinds = (told: readonly string[]): string[] => [
  ...new Set(told.map((line) => line.split(" ")[0] ?? "")),
];

test("what went well ends with the outputs, then the summary", async () => {
  const told = await mirrored(fakeRunner(), { GITHUB_STEP_SUMMARY: "/a/file" });
  assert.equal(kinds(told), ["group", "info", "end", "output", "summary"]);
  assert.ok(told.includes(`output digest=${sampleImage(1).manifest.descriptor.digest}`));
  assert.match(told.at(-1) ?? "", /^summary ## pause-image mirror\n/);
});

test("without a place for the summary there is none, and nothing is wrong", async () => {
  assert.equal(kinds(await mirrored(fakeRunner())), ["group", "info", "end", "output"]);
});

test("a summary that cannot be written is a warning: what was done is done", async () => {
  const summarize = (): Promise<void> => Promise.reject(new Error("no space left"));
  const told = await mirrored({ ...fakeRunner(), summarize }, { GITHUB_STEP_SUMMARY: "/a/file" });
  assert.is(told.at(-1), "warning Cannot write the job summary: no space left");
  assert.not.ok(kinds(told).includes("failed"));
});

test("a step that was cancelled before it began does nothing, and sets nothing", async () => {
  const reason = new PauseError("interrupted", "Stopped by SIGINT.");
  const told = await mirrored(fakeRunner(), {}, AbortSignal.abort(reason));
  assert.equal(told, ["failed Stopped by SIGINT."]);
});

test("a step that is cancelled when everything is done sets nothing all the same", async () => {
  const controller = new AbortController();
  const runner = fakeRunner();
  const info = (line: string): void => {
    runner.info(line);
    // The table that closes the mirror.
    if (line.startsWith("destination")) controller.abort(new PauseError("interrupted", "Stopped."));
  };
  const told = await mirrored({ ...runner, info }, {}, controller.signal);
  assert.equal(kinds(told), ["group", "info", "end", "failed"]);
});

test("outputs that cannot be set fail the step with what to do: it is no defect of ours", async () => {
  const runner = fakeRunner();
  const setOutput = (): void => {
    throw new Error("ENOSPC: no space left on device, write");
  };
  const told = await mirrored({ ...runner, setOutput }, { GITHUB_STEP_SUMMARY: "/a/file" });
  assert.equal(kinds(told), ["group", "info", "end", "failed"]);
  assert.match(told.at(-1) ?? "", /^failed Cannot set the outputs: ENOSPC.*run the step again\.$/);
});

test("a login within a name is refused before anything is logged, and is in no line", async () => {
  for (const place of ["https://me:hunter2@a.io/b", "me:hunter2@a.io/b"]) {
    const inputs = [
      { INPUT_SOURCE: `${place}:1` },
      { INPUT_COMMAND: "push", INPUT_REGISTRY: place, INPUT_SOURCE: "", INPUT_DESTINATIONS: "" },
    ];
    for (const input of inputs) {
      const told = await mirrored(fakeRunner(), input);
      assert.equal(kinds(told), ["failed"], told.join("\n"));
      assert.match(told[0] ?? "", /^failed Cannot read the image name .*Leave that out/);
      assert.not.ok(told[0]?.includes("hunter2"), told[0]);
    }
  }
});

test("the password is masked before it is found out that something else is wrong", async () => {
  const told = await mirrored(fakeRunner(), {
    INPUT_USERNAME: "me",
    INPUT_PASSWORD: "hunter2",
    INPUT_NONSENSE: "x",
  });
  assert.equal(kinds(told), ["secret", "failed"]);
  assert.ok(told.includes("secret hunter2"));
});

test.run();
