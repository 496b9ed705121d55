import { test } from "uvu";
import * as assert from "uvu/assert";
import { readSyncWords } from "../../build/terminal/sync-words.ts";
import { failsWith } from "../support/fails.ts";

test("the words are a file and options", () => {
  const words = {
    dryRun: false,
    check: false,
    json: false,
    quiet: false,
    clobber: true,
  };
  assert.equal(readSyncWords([]), { file: "pause-mirror.yaml", ...words });
  assert.equal(
    readSyncWords(
      [
        "x.yaml",
        "-n",
        "--check",
        "-k",
        "--json",
        "--shard=1/2",
        "--max-requests-per-second",
        "2.5",
      ],
    ),
    {
      file: "x.yaml",
      dryRun: true,
      check: true,
      json: true,
      quiet: false,
      clobber: true,
      keepGoing: true,
      requestsPerSecond: 2.5,
      shard: { index: 1, count: 2 },
    },
  );
  assert.is(readSyncWords(["x.yaml", "--help"]), "help");
  assert.is(readSyncWords(["--schema"]), "schema");
});

const WRONG: readonly (readonly [words: readonly string[], message: RegExp])[] = [
  [["a", "b"], /one file, not 2/],
  [["--chek"], /--chek.*Did you mean "--check"/],
  [["--shard", "2/2"], /0 to COUNT - 1/],
  [["--max-requests-per-second", "0"], /no number above 0/],
  [["--max-requests-per-second", "1e3"], /no number above 0/],
];

for (const [words, message] of WRONG) {
  test(`wrong words are refused: ${words.join(" ")}`, async () => {
    assert.match((await failsWith(["usage"], () => readSyncWords(words))).message, message);
  });
}

test.run();
