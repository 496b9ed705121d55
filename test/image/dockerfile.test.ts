import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseDockerfile } from "../../build/image/dockerfile.ts";

/** `LINE KEYWORD rest` of each instruction. */
function read(...lines: string[]): string[] {
  return parseDockerfile(lines.join("\n"), "Dockerfile").instructions
    .map(({ keyword, rest, place }) => `${place.line} ${keyword} ${rest}`);
}

test("an instruction has the line where it begins, its keyword in capitals, and the rest trimmed", () => {
  assert.equal(read("# comment", "", "from scratch", "  User   5  ", "CMD"), [
    "3 FROM scratch",
    "4 USER 5",
    "5 CMD ",
  ]);
});

test("a continued line keeps the blanks at the start of the next one, and no others go missing", () => {
  assert.equal(read('LABEL m="1 \\', '  2" \\  ', "\tn=3", "USER 1"), [
    '1 LABEL m="1   2" \tn=3',
    "4 USER 1",
  ]);
  assert.equal(read("LABEL x=1\\", "é\\", "y=2"), ["1 LABEL x=1éy=2"]);
  assert.equal(read("US\\", "ER 6"), ["1 USER 6"]);
  assert.equal(read("USER 6 \\"), ["1 USER 6"]);
});

test("comments and blank lines within an instruction count for nothing, in any order", () => {
  const lines = [
    "LABEL a=b \\",
    "",
    "  # c \\",
    "#d",
    "  ",
    "  e=f \\",
    "# g",
    "",
    "  h=i",
    "USER 1",
  ];
  assert.equal(read(...lines), ["1 LABEL a=b   e=f   h=i", "10 USER 1"]);
});

test("a # that does not begin a line is no comment", () => {
  assert.equal(read("USER 5 # x", "LABEL a=b\\", "c#d", 'ENTRYPOINT ["/a",\\', '"#b"]'), [
    "1 USER 5 # x",
    "2 LABEL a=bc#d",
    '4 ENTRYPOINT ["/a","#b"]',
  ]);
});

test("the escape directive chooses the character, and only before everything else", () => {
  assert.equal(read("# syntax=x", "#ESCAPE = `", "WORKDIR a`", "b", "ENV A=\\"), [
    "3 WORKDIR ab",
    "5 ENV A=\\",
  ]);
  assert.equal(read("# a comment", "# escape=`", "ENV A=`", "USER 1"), ["3 ENV A=`", "4 USER 1"]);
  assert.throws(() => read("# escape=x"), /^Cannot build Dockerfile:1: "x" cannot be the escape/);
});

test("flags are apart from the rest, with and without a value", () => {
  const [copy] = parseDockerfile("COPY --link --chown=$X:${Y:-4}  --a= a --b\n", "x").instructions;
  assert.equal(copy?.flags, [["link", undefined], ["chown", "$X:${Y:-4}"], ["a", ""]]);
  assert.is(copy?.rest, "a --b");
});

test("a byte order mark and CRLF are not part of the text", () => {
  assert.equal(read("\ufeffFROM scratch\r", "USER \\\r", "# c\r", " 1\r"), [
    "1 FROM scratch",
    "2 USER 1",
  ]);
});

test("an empty file has no instruction", () => {
  assert.equal(read(""), []);
  assert.equal(read("# x", "  "), []);
});

test.run();
