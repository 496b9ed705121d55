import { test } from "uvu";
import * as assert from "uvu/assert";
import { findToolchain } from "../../build/compile/find-toolchain.ts";
import { failure, withPrograms } from "./fakes.ts";
import { someJob } from "./some-job.ts";
import { someTarget } from "./some-target.ts";

const target = someTarget();

test("zig cc is given zig's own name for the target", async () => {
  await withPrograms({ zig: "echo 0.14.1" }, async (folder) => {
    const toolchain = await findToolchain("zig", [target]);
    assert.is(await toolchain.identify(target, "linux"), "zig 0.14.1");
    const command = toolchain.commands(someJob({ cflags: ["-g"] }))[0];
    assert.equal(command.slice(0, 4), [`${folder}/zig`, "cc", "-target", "x86_64-linux-none"]);
    assert.ok(command.indexOf("-mzig-flag") < command.indexOf("-g"));
    assert.equal(command.slice(-3), ["-o", "/tmp/program", "/clone/src/linux/pause.c"]);
  });
});

test("a development version of zig is told from others", async () => {
  await withPrograms({ zig: "echo 0.15.0-dev.2456+a68119f8f" }, async () => {
    const toolchain = await findToolchain("zig", [target]);
    assert.is(await toolchain.identify(target, "linux"), "zig 0.15.0-dev.2456+a68119f8f");
  });
});

const FAULTS: readonly (readonly [string, Record<string, string>, RegExp])[] = [
  ["none", { dnf: "" }, /there is no zig\. .*dnf install -y zig"\.$/],
  ["one that is too old", { zig: "echo 0.13.0", dnf: "" }, /zig is 0\.13\.0\. .*dnf/],
  ["one that fails", { zig: "exit 1", "apt-get": "" }, /its version\. .*ziglang\.org\/download/],
];

for (const [what, programs, message] of FAULTS) {
  test(`with ${what} the error says so and how to get zig`, async () => {
    const error = await withPrograms(programs, () => failure(findToolchain("zig", [target])));
    assert.is(error.code, "toolchain");
    assert.match(error.message, message);
  });
}

test.run();
