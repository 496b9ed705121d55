import { mkdir, realpath, symlink } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { PauseError } from "../../build/error.ts";
import { failWith } from "../../build/github/annotations.ts";
import { logOn } from "../../build/github/log.ts";
import { withFolder } from "../support/folder.ts";
import { fakeRunner } from "./fake-runner.ts";

/** What the runner is told of an error. */
function told(
  error: unknown,
  workspace = process.cwd(),
  secrets: readonly string[] = [],
): string[] {
  const runner = fakeRunner();
  failWith(error, { runner, log: logOn(runner, {}), workspace, secrets: new Set(secrets) });
  return runner.told;
}

const at = (file: string): PauseError =>
  new PauseError("usage", "Cannot read it.", {
    where: [{ file, line: 4, column: 12, message: "a number" }, { file, line: 5, message: "none" }],
  });

test("each place is annotated, its file named from the root of the workspace", () => {
  const place = '{"title":"pause-image","file":"sub/a.yaml","startLine":4,"startColumn":12}';
  assert.equal(told(at("a.yaml"), join(process.cwd(), "..")).length, 3);
  assert.equal(told(at(join(process.cwd(), "sub/a.yaml"))), [
    `error ${place} a number`,
    'error {"title":"pause-image","file":"sub/a.yaml","startLine":5} none',
    "failed Cannot read it.",
  ]);
});

test("a file that is not in the workspace keeps its name", () => {
  assert.match(told(at("/elsewhere/a.yaml"))[0] ?? "", '"file":"/elsewhere/a.yaml"');
});

test("a workspace behind a link is the same workspace", async () =>
  await withFolder(async (folder) => {
    const real = join(await realpath(folder), "real");
    await mkdir(real);
    await symlink(real, join(folder, "link"));
    const [first] = told(at(join(real, "a.yaml")), join(folder, "link"));
    assert.match(first ?? "", '"file":"a.yaml"');
    assert.match(told(at(join(folder, "link/a.yaml")), real)[0] ?? "", '"file":"a.yaml"');
  }));

test("causes are told from the nearest on, each once, without secrets and queries", () => {
  const root = new Error("hunter2 at https://me:pw@a.io/x?sig=secret failed\nbadly");
  const middle = new Error("the socket closed", { cause: root });
  const error = new PauseError("registry", "Cannot push: it is down.", {
    cause: new Error("the socket closed", { cause: middle }),
  });
  assert.equal(told(error, undefined, ["hunter2"]), [
    "info caused by: the socket closed",
    "info caused by: [secret] at https://a.io/x failed badly",
    "failed Cannot push: it is down.",
  ]);
});

test("causes that go in a circle end", () => {
  const error = new PauseError("registry", "Cannot push.");
  error.cause = error;
  assert.equal(told(error), ["failed Cannot push."]);
});

test("what is no error of ours is told as a defect, with where it was thrown", () => {
  const lines = told(new TypeError("x is not a function, hunter2"), undefined, ["hunter2"]);
  assert.match(lines[0] ?? "", "info TypeError: x is not a function");
  assert.ok(lines.some((line) => line.includes("annotations.test")));
  assert.match(
    lines.at(-1) ?? "",
    "failed x is not a function, [secret] This is a defect of pause-image: please report it.",
  );
  assert.not.ok(lines.join("\n").includes("hunter2"));
  assert.match(told("a text").at(-1) ?? "", "failed a text This is a defect");
});

test.run();
