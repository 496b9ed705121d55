import { existsSync, readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { OLDEST_LLVM } from "../../build/compile/clang.ts";
import { installCommand, installHint, PACKAGE_MANAGERS } from "../../build/compile/install.ts";
import { BESIDE_PATH } from "../../build/compile/find-program.ts";
import { withPrograms } from "./fakes.ts";

const clangCommands = PACKAGE_MANAGERS.map((manager) =>
  installCommand(manager, manager.packages.clang, true)
);

test("installCommand() asks for root's rights where they are needed and not there", () => {
  const commands = PACKAGE_MANAGERS.map((manager) =>
    installCommand(manager, manager.packages.clang, false)
  );
  assert.equal(commands, [
    "sudo apt-get install -y --no-install-recommends clang-19 lld-19",
    "sudo dnf install -y clang lld",
    "sudo apk add clang lld",
    "brew install llvm lld",
  ]);
  assert.is(clangCommands[0], "apt-get install -y --no-install-recommends clang-19 lld-19");
});

test("installHint() speaks of the first package manager that the system has", async () => {
  const hint = await withPrograms(
    { brew: "", dnf: "" },
    () => Promise.resolve(installHint(({ clang }) => clang, "Otherwise.")),
  );
  assert.match(hint, /^Install it with "(sudo )?dnf install -y clang lld"\.$/);
});

test("installHint() fetches apt's lists first, which a fresh machine does not have", async () => {
  const hint = await withPrograms(
    { "apt-get": "" },
    () => Promise.resolve(installHint(({ docker }) => docker, "Otherwise.")),
  );
  assert.match(hint, /"(sudo )?apt-get update && (sudo )?apt-get install .* docker\.io"\.$/);
});

test("installHint() is the other sentence where no package manager has the tool", async () => {
  const hint = (programs: Record<string, string>): Promise<string> =>
    withPrograms(programs, () => Promise.resolve(installHint(({ zig }) => zig, "Otherwise.")));
  assert.is(await hint({}), "Otherwise.");
  assert.is(await hint({ "apt-get": "" }), "Otherwise.");
});

/** A copy of what the builder knows, because a shell cannot read it: nothing may drift apart. */
const LAUNCHER = existsSync("make") ? readFileSync("make", "utf8") : "";

test("the launcher looks for the same LLVM in the same places", () => {
  assert.ok(LAUNCHER.includes(`\nOLDEST=${OLDEST_LLVM}\n`));
  assert.ok(LAUNCHER.includes(`\nPATH=${["$PATH", ...BESIDE_PATH].join(":")}\n`));
});

test.run();
