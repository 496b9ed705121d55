import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { PauseError } from "../../build/error.ts";
import { renderTemplate, templateLines } from "../../build/image/template.ts";

const VARIABLES = { ARCH: "arm64", TAG: "3.10.2", BASE: "scratch", EMPTY: "" };

function render(text: string, variables: Readonly<Record<string, string>> = VARIABLES): string {
  return renderTemplate(text, variables, "Dockerfile.tmpl");
}

function refusalOf(text: string, variables?: Readonly<Record<string, string>>): string {
  try {
    render(text, variables);
  } catch (error) {
    if (error instanceof PauseError && error.code === "dockerfile") return error.message;
    throw error;
  }
  throw new Error(`This was rendered: ${text}`);
}

test("variables are replaced, with or without blanks around the name", () => {
  assert.is(
    render("ADD bin/pause-{{ARCH}} /p\n# {{ TAG }}\n"),
    "ADD bin/pause-arm64 /p\n# 3.10.2\n",
  );
});

test("values go in as they are, without HTML's escapes", () => {
  const value = `<a href="x">&'/\`=</a>`;
  assert.is(render("{{A}} {{{A}}} {{&A}}", { A: value }), `${value} ${value} ${value}`);
});

test("a section is there when its variable is not empty, and its lines leave no blank line", () => {
  const template = "A\n{{#NAME}}\nB {{NAME}} {{TAG}}\n{{/NAME}}\n{{^NAME}}\nC\n{{/NAME}}\nD\n";
  assert.is(render(template, { NAME: "x", TAG: "1" }), "A\nB x 1\nD\n");
  assert.is(render(template, { NAME: "", TAG: "1" }), "A\nC\nD\n");
});

test("an unknown name is refused with its line, the nearest name and all names", () => {
  assert.is(
    refusalOf("FROM {{BASE}}\n\nADD {{ARHC}} /\n"),
    'Cannot render Dockerfile.tmpl:3: there is no variable "ARHC". Did you mean "ARCH"? ' +
      "It can use ARCH, TAG, BASE, EMPTY.",
  );
  assert.match(refusalOf("{{arch}}"), 'Did you mean "ARCH"?');
  assert.not.match(refusalOf("{{SOMETHING_ELSE}}"), "Did you mean");
});

test("an unknown name is refused also where nothing of it would be shown", () => {
  assert.match(refusalOf("a\n{{#NOPE}}x{{/NOPE}}"), ':2: there is no variable "NOPE"');
  assert.match(refusalOf("a\n{{^NOPE}}x{{/NOPE}}"), ':2: there is no variable "NOPE"');
  assert.match(refusalOf("{{#EMPTY}}\n{{NOPE}}\n{{/EMPTY}}"), ':2: there is no variable "NOPE"');
  assert.match(refusalOf("{{#TAG}}{{length}}{{/TAG}}"), 'there is no variable "length"');
  for (const name of ["toString", "__proto__", "ARCH.length", "."]) {
    assert.match(refusalOf(`{{${name}}}`), `there is no variable "${name}"`);
  }
});

test("what is not closed is refused at the line that opens it", () => {
  assert.match(refusalOf("a\nb {{TAG\nc\n"), /:2: Unclosed tag\. Close what "\{\{" opens/);
  assert.match(refusalOf("{{ARCH}}\n{{TAG\nc {{ARCH}}\n"), /:2: Unclosed tag/);
  assert.match(refusalOf("{{#TAG}}\nb\n"), 'Unclosed section "TAG"');
  assert.match(refusalOf("a\n{{/TAG}}\n"), ':2: Unopened section "TAG"');
});

test("a template cannot include another", () => {
  assert.match(refusalOf("\n{{> other}}\n"), ':2: a template cannot include another ("other")');
});

test("a value with a line break is refused: it would be an instruction of its own", () => {
  assert.match(refusalOf("\n{{A}}", { A: "1\nRUN x" }), ":2: the value of A has a line break");
});

test("the template of this repository renders with what the build gives it", () => {
  const variables = { ARCH: "s390x", OS: "linux", OSVERSION: "", TAG: "1", VERSION: "v1" };
  const template = readFileSync("Dockerfile.tmpl", "utf8");
  const text = render(template, { ...variables, BASE: "scratch" });
  assert.match(text, /^FROM scratch\nADD bin\/pause-s390x \/pause\nLABEL /);
  assert.match(text, 'org.opencontainers.image.version="1"');
  assert.match(text, /\nUSER 65535:65535\nENTRYPOINT \["\/pause"\]\n$/);
});

test("for Windows it has the programs, the service's replacement and the PATH, and the base's user", () => {
  const variables = { ARCH: "amd64", OS: "windows", OSVERSION: "1809", TAG: "1", VERSION: "v1" };
  const template = readFileSync("Dockerfile.tmpl", "utf8");
  const lines = render(template, { ...variables, BASE: "x@sha256:1" }).split("\n")
    .filter((line) => !/^(#|LABEL| )/.test(line));
  assert.equal(lines, [
    "FROM x@sha256:1",
    "ADD bin/pause-windows-amd64.exe /pause.exe",
    "ADD bin/wincat-windows-amd64.exe /Windows/System32/wincat.exe",
    "ADD bin/Dockerfile-windows-amd64-1809 /Windows/System32/diagtrack.dll",
    'ENV PATH="C:\\Windows\\system32;C:\\Windows;"',
    'ENTRYPOINT ["/pause.exe"]',
    "",
  ]);
});

/** The lines of the template that the lines rendered from it come from. */
function origins(text: string, variables: Readonly<Record<string, string>>): number[] {
  const lineOf = templateLines(text, variables);
  return renderTemplate(text, variables, "x").split("\n").map((_, at) => lineOf(at + 1));
}

test("each line that is rendered knows its line in the template", () => {
  const template = "A\n{{#NAME}}\nB {{NAME}}\n{{/NAME}}\n{{^NAME}}\r\nC\n{{/NAME}}\nD\n";
  assert.equal(origins(template, { NAME: "x" }), [1, 3, 8, 9]);
  assert.equal(origins(template, { NAME: "" }), [1, 6, 8, 9]);
  assert.equal(origins("A{{#NAME}}\nB{{/NAME}}\nC", { NAME: "" }), [2, 3]);
  assert.equal(origins("{{! one }}\n  {{#NAME}}{{/NAME}}\nA", { NAME: "" }), [3]);
  assert.equal(origins("A\nB", {}), [1, 2]);
});

test("comments over several lines vanish with all of them, or move what is behind them", () => {
  assert.equal(origins("A\n  {{! one }\ntwo\n }} \r\nB", {}), [1, 5]);
  assert.equal(origins("A {{! one\ntwo }}B\nC", {}), [2, 3]);
  assert.equal(origins("{{! one\ntwo }}{{#N}}\nB\n{{/N}}\nC", { N: "" }), [5]);
});

test("every instruction of the template that comes along knows its line", () => {
  const text = readFileSync("Dockerfile.tmpl", "utf8");
  const variables = { ARCH: "amd64", OS: "linux", TAG: "1", VERSION: "v1", BASE: "scratch" };
  const lineOf = templateLines(text, { ...variables, OSVERSION: "" });
  const rendered = renderTemplate(text, { ...variables, OSVERSION: "" }, "x").split("\n");
  for (const [at, line] of rendered.entries()) {
    const origin = text.split("\n")[lineOf(at + 1) - 1] ?? "";
    assert.is(origin.split(" ")[0], line.split(" ")[0], `${at + 1}: ${line}`);
  }
});

test("an error knows its place, not only in words", () => {
  try {
    render("FROM {{BASE}}\nADD {{ARHC}} /\n");
    assert.unreachable();
  } catch (error) {
    assert.instance(error, PauseError);
    const { where, message } = error as PauseError;
    assert.equal(where, [{ file: "Dockerfile.tmpl", line: 2, message }]);
  }
});

test.run();
