import { readFile } from "node:fs/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { findToolchain } from "../../build/compile/find-toolchain.ts";
import { failure, withPrograms } from "./fakes.ts";
import { someJob } from "./some-job.ts";
import { someTarget } from "./some-target.ts";

const target = someTarget();
const clang = (version: string): string => `echo "Debian clang version ${version} (3)"`;
const lld = (version: string): string =>
  `echo "Debian LLD ${version} (compatible with GNU linkers)"`;
const job = someJob({ cflags: ["-g"] });

test("of several the lowest that is new enough is taken, the bare name last", async () => {
  const programs = {
    "clang": clang("19.1.0"),
    "clang-9": clang("9.0.1"),
    "clang-format-19": clang("19.1.7"),
    "clang-22": clang("22.1.8"),
    "clang-20": clang("20.1.2"),
    "ld.lld": lld("19.1.7"),
  };
  await withPrograms(programs, async (folder) => {
    const toolchain = await findToolchain("clang", [target]);
    assert.is(
      await toolchain.identify(target, "linux"),
      "Debian clang version 20.1.2 (3), Debian LLD 19.1.7 (compatible with GNU linkers)",
    );
    const command = toolchain.commands(job)[0];
    assert.is(command[0], `${folder}/clang-20`);
    assert.ok(command.includes(`--ld-path=${folder}/ld.lld`));
  });
});

test("a name with a version in it is believed, and one that lies is told of when it is asked", async () => {
  const programs = { "clang-19": "exit 1", "clang": clang("21.1.0"), "ld.lld": lld("21.1.0") };
  await withPrograms(programs, async (folder) => {
    const toolchain = await findToolchain("clang", [target]);
    assert.is(toolchain.commands(job)[0][0], `${folder}/clang-19`);
    const { code, message } = await failure(toolchain.identify(target, "linux"));
    assert.is(code, "toolchain");
    assert.match(message, `${folder}/clang-19 is not LLVM's clang`);
  });
});

test("each tool is asked once, and none that is not needed", async () => {
  const log = (line: string): string => `echo "$0" >> "\${0%/*}/log"; ${line}`;
  const programs = {
    "clang-19": log(clang("19.1.7")),
    "clang-20": log(clang("20.1.2")),
    "clang": log(clang("14.0.6")),
    "ld.lld-19": log(lld("19.1.7")),
    "ld.lld": log(lld("14.0.6")),
    "gcc": log("gcc"),
  };
  await withPrograms(programs, async (folder) => {
    await (await findToolchain("clang", [target])).identify(target, "linux");
    const asked = (await readFile(`${folder}/log`, "utf8")).trim().split("\n").sort();
    assert.equal(asked, [`${folder}/clang-19`, `${folder}/ld.lld-19`]);
  });
});

test("the command has the target's flags, then the user's, and names no place but the given", async () => {
  const programs = { "clang-19": clang("19.1.7"), "ld.lld-19": lld("19.1.7") };
  const command = await withPrograms(
    programs,
    async () => (await findToolchain("clang", [target])).commands(job)[0],
  );
  assert.ok(command.includes("--target=x86_64-unknown-linux-gnu"));
  assert.ok(command.indexOf("-mllvm-flag") < command.indexOf("-g"));
  assert.ok(command.includes("-I/clone/arch/amd64"));
  assert.equal(command.slice(-3), ["-o", "/tmp/program", "/clone/src/linux/pause.c"]);
});

const FAULTS: readonly (readonly [string, Record<string, string>, string])[] = [
  ["no tool", { "apt-get": "" }, "but there is no clang and there is no ld.lld."],
  ["an old clang", {
    "apt-get": "",
    "clang": clang("14.0.6"),
    "ld.lld-19": lld("19.1.7"),
  }, "but FOLDER/clang is 14.0.6."],
  ["an old lld", {
    "apt-get": "",
    "clang-19": clang("19.1.7"),
    "ld.lld": lld("16.0.6"),
  }, "but FOLDER/ld.lld is 16.0.6."],
  ["Apple's clang", {
    "apt-get": "",
    "clang": `echo "Apple clang version 21.0.0 (clang-2100.0.1)"`,
    "ld.lld": lld("21.1.0"),
  }, "but FOLDER/clang is not LLVM's clang."],
];

for (const [what, programs, found] of FAULTS) {
  test(`with ${what} the error says so and names the command that installs it`, async () => {
    const { error, folder } = await withPrograms(programs, async (folder) => ({
      error: await failure(findToolchain("clang", [target])),
      folder,
    }));
    assert.is(error.code, "toolchain");
    assert.ok(error.message.includes(found.replace("FOLDER", folder)), error.message);
    assert.match(error.message, /apt-get install -y --no-install-recommends clang-19 lld-19"\.$/);
  });
}

test.run();
