import { test } from "uvu";
import * as assert from "uvu/assert";
import { dispensable, GRANTS, permissionFlags } from "../../.github/release/permissions.ts";
import { COMMANDS } from "../../build/terminal/commands.ts";

const given = (line: string, env: Readonly<Record<string, string>> = {}): string[] => {
  const left: readonly string[] = dispensable(line.split(" ").filter(Boolean), env);
  return GRANTS.map(({ name }) => name).filter((name) => !left.includes(name));
};

test("the compiled program may do nothing that is not in the table, and asks for nothing", () => {
  assert.equal(permissionFlags(), [
    "--no-prompt",
    "--allow-read",
    "--allow-write",
    "--allow-net",
    "--allow-run",
    "--allow-env",
    "--allow-sys=gid,homedir,hostname,uid",
    "--deny-import",
  ]);
});

test("what only prints gives up the network, other programs and writing", () => {
  for (const line of ["help", "--help", "--version", "all --help", "completion bash", "nonesuch"]) {
    assert.equal(given(line), ["read", "env", "sys"], line);
  }
});

test("what only builds gives up the network", () => {
  for (const line of ["", "all", "build ARCH=arm64", "container clean", "-n all", "orphan"]) {
    assert.equal(given(line), ["read", "write", "run", "env", "sys"], line);
  }
});

test("what speaks to a registry keeps the network", () => {
  for (const line of ["push", "all-push", "build push-manifest", "all OUTPUT=registry"]) {
    assert.ok(given(line).includes("net"), line);
  }
  assert.ok(given("all", { OUTPUT: "registry" }).includes("net"));
  assert.not(given("all OUTPUT=oci:out", { OUTPUT: "registry" }).includes("net"));
  const own = COMMANDS.filter(({ name }) => name !== "completion");
  for (const { name } of own) assert.is(given(`${name} x`).length, GRANTS.length, name);
});

test.run();
