import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Report } from "../../build/check/verify.ts";
import type { Judged, Row } from "../../build/check/row.ts";
import { sha256 } from "../../build/oci/digest.ts";
import { readVerifyWords } from "../../build/terminal/verify.ts";
import { FORMATS } from "../../build/terminal/verify-formats.ts";
import { failsWith } from "../support/fails.ts";

const plain = (_style: string, text: string): string => text;

const ROW: Row = {
  id: "user",
  states: "the user is #65535",
  why: "Root is too much.",
  link: "https://example.com/1",
  needs: [],
  check: () => undefined,
};

function report(...rows: readonly Judged[]): Report {
  const subjects = [{ name: "linux/amd64", rows, ranOn: "qemu-x86_64-static" }];
  return { target: "oci:out", digest: sha256(new Uint8Array()), subjects, outcome: "fail" };
}

const PASS: Judged = { row: ROW, outcome: "pass" };
const FAIL: Judged = { row: ROW, outcome: "fail", found: "it is \x1b[31mroot\nok 7" };
const OPEN: Judged = { row: ROW, outcome: "unchecked", found: "there is no # unshare" };

test("the table has a line for each platform and what did not pass, and counts", () => {
  assert.equal(FORMATS.table(report(PASS, FAIL, OPEN), plain).slice(2), [
    "FAIL  linux/amd64  1 of 3 rows  run by qemu-x86_64-static",
    "      user should hold: the user is #65535",
    "          found: it is \ufffd[31mroot\ufffdok 7",
    "          Root is too much. https://example.com/1",
    "      user could not be checked: there is no # unshare",
    "",
    "3 rows: 1 pass, 1 fail, 1 could not be checked",
  ]);
});

test("the JSON has every row with its outcome", () => {
  const [text = ""] = FORMATS.json(report(PASS, FAIL), plain);
  const { target, outcome, subjects: [subject] } = JSON.parse(text);
  assert.equal([target, outcome], ["oci:out", "fail"]);
  assert.is(subject.ranOn, "qemu-x86_64-static");
  assert.equal(
    subject.rows.map(({ id, outcome, found }: Record<string, string>) => [id, outcome, found]),
    [["user", "pass", undefined], ["user", "fail", FAIL.found]],
  );
});

test("TAP has a point for each row; what could not be checked is skipped, and nothing adds a point", () => {
  assert.equal(FORMATS.tap(report(PASS, FAIL, OPEN), plain), [
    "TAP version 14",
    "1..3",
    "ok 1 - linux/amd64 user: the user is \\#65535",
    "not ok 2 - linux/amd64 user: the user is \\#65535",
    "  ---",
    '  message: "it is \\u001b[31mroot\\nok 7"',
    "  ...",
    "ok 3 - linux/amd64 user: the user is \\#65535 # SKIP there is no \\# unshare",
  ]);
});

test("the words are a target and options", () => {
  assert.equal(readVerifyWords(["out", "--static", "--platform", "linux/arm64,arm", "--json"]), {
    target: "out",
    format: "json",
    static: true,
    plainHttp: false,
    platforms: [{ os: "linux", architecture: "arm64" }, { os: "linux", architecture: "arm" }],
  });
  for (const platform of ["linux/arm/v6", "arm/v6"]) {
    const variant = readVerifyWords(["x.tar", `--platform=${platform}`, "--format", "tap"]);
    assert.equal(variant, {
      target: "x.tar",
      format: "tap",
      static: false,
      plainHttp: false,
      platforms: [{ os: "linux", architecture: "arm", variant: "v6" }],
    });
  }
});

test("without a target it is the layout that all makes", () => {
  const words = readVerifyWords([], { INSECURE: "1" });
  assert.equal(words, { target: "oci:out", format: "table", static: false, plainHttp: true });
  assert.equal(readVerifyWords(["INSECURE=0"], { INSECURE: "1" }), readVerifyWords([]));
  assert.equal(readVerifyWords(["INSECURE=1"]), words);
  for (const given of [["--cert-dir", "a=b"], ["--cert-dir=a=b"], ["CERT_DIR=a=b"]]) {
    const { certDir } = readVerifyWords(given, { CERT_DIR: "other" }) as { certDir?: string };
    assert.is(certDir, "a=b");
  }
  assert.is(readVerifyWords(["out", "-h"]), "help");
});

const WRONG: readonly (readonly [words: string[], message: RegExp])[] = [
  [["one", "two"], /2 targets are named/],
  [["out", "ARCH=arm64"], /takes no ARCH=arm64/],
  [["out", "--statik"], /--statik.*Did you mean "--static"/],
  [["out", "--format", "yml"], /"yml", only table, json, tap/],
  [["out", "--platform", "linux/arm/v7/x"], /linux\/arm\/v7\/x/],
  [["out", "--platform", "a b"], /"a b"/],
  [["out", "--platform", ","], /--platform "," names nothing/],
  [["out", "--format"], /format/],
  [["out", "--format", "constructor"], /"constructor", only table, json, tap/],
  [["out", "--json", "--format", "tap"], /two formats/],
  [[""], /empty/],
];

for (const [words, message] of WRONG) {
  test(`wrong words are refused: ${words.join(" ")}`, async () => {
    assert.match((await failsWith(["usage"], () => readVerifyWords(words))).message, message);
  });
}

test.run();
