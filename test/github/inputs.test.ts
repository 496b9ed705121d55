import { test } from "uvu";
import * as assert from "uvu/assert";
import { linesOf, readInputs, takeInputs, wordsOf } from "../../build/github/inputs.ts";
import { failsWith } from "../support/fails.ts";

test("inputs are taken out of the environment, whatever case the system gives them", () => {
  const environment: Record<string, string | undefined> = {
    "INPUT_SYNC-FILE": " a.yaml\n",
    Input_Password: "hunter2",
    PATH: "/bin",
    INPUTRC: "/etc/inputrc",
  };
  assert.equal([...takeInputs(environment)], [["sync-file", "a.yaml"], ["password", "hunter2"]]);
  assert.equal(environment, { PATH: "/bin", INPUTRC: "/etc/inputrc" });
});

test("what is not given, or empty, is the default", () => {
  const inputs = readInputs(new Map([["command", ""], ["tag", "v1"]]));
  assert.equal([inputs.command, inputs.tag, inputs.toolchain], ["build", "v1", "clang"]);
});

test("a default is taken with every command, another value only where it means something", async () => {
  const sync = (name: string, value: string): Map<string, string> =>
    new Map([["command", "sync"], [name, value]]);
  for (const [name, value] of [["push", "false"], ["toolchain", "clang"], ["windows", "false"]]) {
    assert.ok(readInputs(sync(name ?? "", value ?? "")));
  }
  for (const [name, value] of [["push", "true"], ["toolchain", "gcc"], ["tags", "v1"]]) {
    const { message } = await failsWith(["usage"], () => readInputs(sync(name ?? "", value ?? "")));
    assert.match(message, `"${name}" with command: sync`);
  }
});

test("what is attached is so unless it is switched off; what signs is any key, or nothing", async () => {
  const { sign, sbom, provenance } = readInputs(new Map());
  assert.equal([sign, sbom, provenance], ["false", "true", "true"]);
  assert.is(readInputs(new Map([["sign", "env://KEY"]])).sign, "env://KEY");
  for (const name of ["sbom", "provenance"]) {
    assert.ok(readInputs(new Map([[name, "False"]])));
    const wrong = new Map([[name, "mode=max"]]);
    await failsWith(["usage"], () => readInputs(wrong));
  }
});

test("lines and words are taken apart without what is empty", () => {
  assert.equal(linesOf(" a, b\r\n\n c \n"), ["a, b", "c"]);
  assert.equal(wordsOf(" a,b\n, c\t"), ["a", "b", "c"]);
});

test("the owner of a repository on GitHub may have capitals, and an image's name has none", () => {
  const inputs = readInputs(new Map([["registry", "ghcr.io/Pause-Image"], ["tag", "V1"]]));
  assert.equal([inputs.registry, inputs.tag], ["ghcr.io/pause-image", "V1"]);
});

test("a switch takes the booleans of YAML, as expressions may leave them", () => {
  for (const yes of ["true", "True", "TRUE"]) {
    assert.is(readInputs(new Map([["windows", yes]])).windows, "true", yes);
  }
  assert.is(readInputs(new Map([["push", "False"], ["sign", "FALSE"]])).push, "false");
  for (const odd of ["yes", "on", "1", "tRUE"]) {
    assert.throws(() => readInputs(new Map([["windows", odd]])), /it is one of true, false/, odd);
  }
});

test.run();
