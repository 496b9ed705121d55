import { test } from "uvu";
import * as assert from "uvu/assert";
import { bareCode, importsOf } from "../runner/source-code.ts";
import { CODE, type Source, sources } from "./sources.ts";

const BUILDER = sources(["build", "arch"], ".ts");

/** The files that import a module whose name matches. */
const importers = (files: readonly Source[], name: RegExp): string[] =>
  files.filter(({ text }) => importsOf(text).some(({ specifier }) => name.test(specifier)))
    .map(({ path }) => path);

/** The files whose code, without comments and strings, matches. */
const filesWith = (files: readonly Source[], pattern: RegExp): string[] =>
  files.filter(({ text }) => pattern.test(bareCode(text))).map(({ path }) => path);

test("one module starts processes", () => {
  const starters = importers(
    BUILDER,
    /^(zx(\/.*)?|(node:)?(child_process|worker_threads|cluster))$/,
  );
  assert.equal(starters, ["build/host/process.ts"]);
});

test("one module opens sockets", () => {
  const withSockets = /^(undici|(node:)?(net|tls|http|https|http2|dgram|dns))(\/.*)?$/;
  const openers = [
    ...BUILDER.filter(({ text }) =>
      importsOf(text).some(({ specifier, isType }) => !isType && withSockets.test(specifier))
    ).map(({ path }) => path),
    ...filesWith(BUILDER, /(?<![\w.])(fetch|WebSocket|EventSource|XMLHttpRequest)\s*\(/),
  ];
  assert.is(openers.length, 1, openers.join(", "));
  assert.match(openers[0] ?? "", /^build\/store\/registry\//);
});

test("only the action knows GitHub, and only the terminal door a terminal", () => {
  const actions = importers(BUILDER, /^@actions\//);
  assert.equal(actions.filter((path) => path !== "build/action.ts"), []);
  const terminals = [
    ...importers(BUILDER, /^(picocolors|(node:)?(readline|tty))(\/.*)?$/),
    ...filesWith(
      BUILDER,
      /\bconsole\s*\.|\bprocess\s*\.\s*(stdout|stderr|stdin|argv|exit|exitCode)\b/,
    ),
  ];
  const doors = /^build\/(terminal\/.*|cli|action)\.ts$/;
  assert.equal(terminals.filter((path) => !doors.test(path)), []);
});

/** The entry of the compiled program, which is Deno's alone, gives up permissions. */
const ON_DENO_ONLY = [".github/release/compiled.ts"];

test("nothing in the builder or the tests needs Deno's own interface", () => {
  const files = sources(CODE, ".ts");
  assert.equal(filesWith(files, /(?<![\w.$])(globalThis\s*\.\s*)?Deno\s*[.[]/), ON_DENO_ONLY);
  assert.equal(importers(files, /^(jsr|npm|https?|deno):/), []);
});

test("exports have names, and only mod.ts hands on what others export", () => {
  const files = sources(CODE, ".ts");
  assert.equal(filesWith(files, /\bexport\s+default\b/), []);
  const handers = filesWith(files, /\bexport\s+(type\s+)?(\*|\{[^}]*\}\s*from)/);
  assert.equal(handers.filter((path) => path !== "build/mod.ts"), []);
});

test("built-in modules are imported by their node: names, files with their endings", () => {
  const wrong = sources(CODE, ".ts").flatMap(({ path, text }) =>
    importsOf(text).map(({ specifier }) => specifier)
      .filter((name) =>
        /^(fs|path|os|process|crypto|util|url|stream|events|zlib|timers|buffer)(\/.*)?$/.test(
          name,
        ) ||
        (name.startsWith(".") && !/\.(ts|json)$/.test(name))
      )
      .map((name) => `${path}: ${name}`)
  );
  assert.equal(wrong, []);
});

test.run();
