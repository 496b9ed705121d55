import { test } from "uvu";
import * as assert from "uvu/assert";
import { findToolchain } from "../../build/compile/find-toolchain.ts";
import { failure, withPrograms } from "./fakes.ts";
import { someJob } from "./some-job.ts";
import { someTarget } from "./some-target.ts";

const amd64 = someTarget();
const arm = someTarget({
  arch: "arm",
  gnu: { prefix: "arm-linux-gnueabi-", debian: "gcc-arm-linux-gnueabi", flags: ["-marm"] },
});
const ppc64le = someTarget({
  arch: "ppc64le",
  gnu: { prefix: "powerpc64le-linux-gnu-", debian: "gcc-powerpc64le-linux-gnu", flags: [] },
});

const job = (target: typeof amd64) => someJob({ target });

/** gcc tells of itself on stderr; the linker it starts tells on stdout. */
const gcc = (machine: string, version = "12.2.0"): string =>
  `echo "GNU ld (GNU Binutils for Debian) 2.40"
printf 'Using built-in specs.\\nTarget: ${machine}\\ngcc version ${version} (Debian ${version}-14) \\n' >&2`;

test("each target has the cross compiler of its prefix, whatever else is there", async () => {
  const programs = {
    "gcc": gcc("x86_64-linux-gnu"),
    "x86_64-linux-gnu-gcc": gcc("x86_64-linux-gnu", "13.1.0"),
    "arm-linux-gnueabi-gcc": gcc("arm-linux-gnueabi"),
  };
  await withPrograms(programs, async (folder) => {
    const toolchain = await findToolchain("gcc", [amd64, arm]);
    assert.is(toolchain.commands(job(amd64))[0][0], `${folder}/x86_64-linux-gnu-gcc`);
    assert.is(toolchain.commands(job(arm))[0][0], `${folder}/arm-linux-gnueabi-gcc`);
    assert.ok(toolchain.commands(job(arm))[0].includes("-marm"));
    assert.is(
      await toolchain.identify(amd64, "linux"),
      "gcc version 13.1.0 (Debian 13.1.0-14), GNU ld (GNU Binutils for Debian) 2.40",
    );
  });
});

test("the name of another system's arm compiler does too", async () => {
  await withPrograms({ "arm-linux-gnueabihf-gcc": gcc("arm-linux-gnueabihf") }, async (folder) => {
    const toolchain = await findToolchain("gcc", [arm]);
    assert.is(toolchain.commands(job(arm))[0][0], `${folder}/arm-linux-gnueabihf-gcc`);
  });
});

test("the system's own gcc compiles for its own architecture", async () => {
  await withPrograms({ gcc: gcc("ppc64le-redhat-linux") }, async (folder) => {
    const toolchain = await findToolchain("gcc", [ppc64le]);
    assert.is(toolchain.commands(job(ppc64le))[0][0], `${folder}/gcc`);
  });
});

test("every target without a compiler is named, with the command that installs them", async () => {
  const programs = { "gcc": gcc("x86_64-linux-gnu"), "apt-get": "" };
  const { code, message } = await withPrograms(
    programs,
    () => failure(findToolchain("gcc", [amd64, arm, ppc64le])),
  );
  assert.is(code, "toolchain");
  assert.match(message, "arm (arm-linux-gnueabi-gcc), ppc64le (powerpc64le-linux-gnu-gcc)");
  assert.match(message, /gcc-arm-linux-gnueabi gcc-powerpc64le-linux-gnu"\.$/);
  assert.not.match(message, "amd64");
});

test("a clang that is called gcc is not taken for gcc", async () => {
  const apple = { gcc: `echo "Apple clang version 17.0.0" >&2` };
  const { message } = await withPrograms(apple, () => failure(findToolchain("gcc", [amd64])));
  assert.match(message, "there is no compiler for amd64");
});

test.run();
