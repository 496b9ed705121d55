import { test } from "uvu";
import * as assert from "uvu/assert";
import { runMirror } from "../../build/terminal/mirror.ts";
import {
  readLoadWords,
  readMirrorWords,
  readSaveWords,
} from "../../build/terminal/mirror-words.ts";
import { readSyncWords } from "../../build/terminal/sync-words.ts";
import { readVerifyWords } from "../../build/terminal/verify.ts";
import { failsWith } from "../support/fails.ts";
import { desk } from "./desk.ts";

const SIGNAL = new AbortController().signal;

const CARRY = {
  referrers: true,
  refresh: false,
  includeForeign: false,
  clobber: true,
  keepGoing: false,
  plainHttp: false,
  json: false,
  quiet: false,
};

test("the words of mirror are a source, destinations and options", () => {
  assert.equal(readMirrorWords(["a/b:1", "c/d", "./out", "-k", "--no-referrers", "--json"]), {
    ...CARRY,
    source: "a/b:1",
    destinations: ["c/d", "./out"],
    keepGoing: true,
    referrers: false,
    json: true,
  });
  const { subset } = readMirrorWords([
    "a/b",
    "c/d",
    "--platform=linux/arm64, windows/amd64:10.0.20348",
    "--rewrite",
  ]) as { subset?: unknown };
  assert.equal(subset, {
    form: "rewritten",
    platforms: [
      { os: "linux", architecture: "arm64" },
      { os: "windows", architecture: "amd64", "os.version": "10.0.20348" },
    ],
  });
  assert.is(
    (readMirrorWords(["a", "b"], { INSECURE: "1" }) as { plainHttp: boolean }).plainHttp,
    true,
  );
  const { certDir } = readMirrorWords(["a", "b", "--cert-dir", "certs"]) as { certDir?: string };
  assert.is(certDir, "certs");
  const { requestsPerSecond } = readMirrorWords([
    "a",
    "b",
    "--max-requests-per-second",
    "2.5",
  ]) as { requestsPerSecond?: number };
  assert.is(requestsPerSecond, 2.5);
  assert.is(readMirrorWords(["--help"]), "help");
});

test("tags are names, patterns, ranges and numbers", () => {
  const rules = (...words: string[]): unknown =>
    (readMirrorWords(["a/b", "c/d", ...words]) as { rules?: unknown }).rules;
  assert.is(rules(), undefined);
  const nothing = { names: [], match: [], semver: [], all: false, exclude: [], prereleases: false };
  assert.equal(rules("--tag", "3.9,3.1?", "--tag", "*-{amd64,arm64}"), {
    ...nothing,
    names: ["3.9"],
    match: ["3.1?", "*-{amd64,arm64}"],
  });
  assert.equal(rules("--semver", ">=3.9, <4", "--newest", "2", "--exclude=*-rc*"), {
    ...nothing,
    semver: [">=3.9, <4"],
    newest: 2,
    exclude: ["*-rc*"],
  });
  assert.equal(rules("--all-tags", "--prereleases"), { ...nothing, all: true, prereleases: true });
});

test("wrong words are refused, with the nearest option", async () => {
  for (
    const [words, found] of [
      [["a/b"], /takes a source and at least one destination/],
      [["a/b", "c/d", "--platfrom", "x"], /no option --platfrom.*Did you mean "--platform"/],
      [["a/b", "c/d", "--sparse"], /add --platform/],
      [["a/b", "c/d", "--platform", "arm", "--sparse", "--rewrite"], /exclude each other/],
      [["a/b", "c/d", "--newest", "0"], /--newest 0/],
      [["a/b", "c/d", "--max-requests-per-second=0"], /is no number above 0/],
      [["a/b", "c/d", "--exclude", "x"], /go with --tag/],
      [["a/b", "c/d", "--platform"], /--platform needs a value: LIST\./],
      [["a/b", "c/d", "--json=yes"], /--json takes no value\./],
      [
        ["a/b", "c/d", "--newest", "-1"],
        /^Cannot run mirror: --newest needs a value, and "-1" begins as an option does\. Write --newest=-1 where/,
      ],
      [["a/b", "c/d", "--tag", "--json"], /"--json" begins as an option does/],
    ] as const
  ) {
    const error = await failsWith(["usage"], () => readMirrorWords(words));
    assert.match(error.message, found);
    assert.match(error.message, /"mirror --help" says more/);
  }
  await failsWith(["usage"], () => readSaveWords(["a.tar"]));
  await failsWith(["usage"], () => readSaveWords(["a/b:1", "a.tar", "--format", "zip"]));
  await failsWith(["usage"], () => readLoadWords(["a.tar"]));
  const { desk: here } = desk();
  for (
    const words of [["a.example/b:1", "c.example/d", "--all-tags"], [
      "a.example/b",
      "c.example/d:1",
      "--newest=1",
    ]]
  ) {
    const error = await failsWith(["usage"], () => runMirror(words, SIGNAL, here));
    assert.match(error.message, /names one image/);
  }
});

test("a value that names nothing is refused: an unset variable must not take all, or latest", async () => {
  for (const option of ["tag", "semver", "platform", "exclude", "newest", "cert-dir"]) {
    for (const value of ["", ",", " , "]) {
      const words = ["a/b", "c/d", "--all-tags", `--${option}=${value}`];
      const error = await failsWith(["usage"], () => readMirrorWords(words));
      assert.match(error.message, `--${option} "${value}" names nothing. Leave it out`);
    }
  }
  await failsWith(["usage"], () => readMirrorWords(["a/b", "c/d", "--platform", ""]));
  await failsWith(
    ["usage"],
    () => readVerifyWords(["out", "--platform", "linux/arm64", "--platform=,"]),
  );
  await failsWith(["usage"], () => readSyncWords(["x.yaml", "--shard", ""]));
});

test("save rewrites the index for some platforms, and refuses a sparse one", async () => {
  const subset = (...words: string[]): unknown =>
    (readSaveWords(["a/b:1", "a.tar", ...words]) as { subset?: unknown }).subset;
  const platforms = [{ os: "linux", architecture: "s390x" }];
  assert.equal(subset("--platform", "linux/s390x"), { platforms, form: "rewritten" });
  assert.equal(subset("--platform", "linux/s390x", "--rewrite"), { platforms, form: "rewritten" });
  assert.is(subset(), undefined);
  const error = await failsWith(["usage"], () => subset("--platform", "linux/s390x", "--sparse"));
  assert.match(error.message, /an archive holds all that its index names/);
});

test.run();
