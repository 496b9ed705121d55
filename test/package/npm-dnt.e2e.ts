import { join } from "node:path";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { run } from "../../build/host/process.ts";
import { withFolder } from "../support/folder.ts";
import { report } from "../support/report.ts";

/** What Deno says when JSR is nowhere. */
const UNREACHABLE = /error sending request|dns error|JSR package manifest/i;

test("dnt makes a package of the same files, wherever JSR can be reached", async () => {
  await withFolder(async (folder) => {
    const { exitCode, stdout, stderr } = await run([
      process.execPath,
      "run",
      "--allow-all",
      "--no-lock",
      ".github/release/npm-dnt.ts",
      join(folder, "npm"),
    ], { env: { NO_COLOR: "1" } });
    // The release has to reach it; a test does not.
    if (exitCode !== 0 && UNREACHABLE.test(stderr)) {
      return report(["npm-dnt: not compared, because JSR cannot be reached from here"]);
    }
    assert.is(exitCode, 0, `${stdout}${stderr}`);
  });
});

test.run();
