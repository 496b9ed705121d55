import { readdirSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { findToolchain } from "../../build/compile/find-toolchain.ts";
import type { CompileJob } from "../../build/compile/job.ts";
import { compileProgram, type Toolchain } from "../../build/compile/toolchain.ts";
import { readDefinition } from "../../build/compile/windows.ts";
import { withFolder } from "../support/folder.ts";
import { failure, withPrograms } from "./fakes.ts";
import { goodPe, peBytes } from "./pe-file.ts";
import { someJob } from "./some-job.ts";
import { someTarget } from "./some-target.ts";

const target = someTarget({
  windows: { triple: "x86_64-pc-windows-msvc", linker: "x64", machine: 0x8664 },
});
const job = someJob({
  target,
  system: "windows",
  source: "src/windows/wincat.c",
  libraries: ["kernel32", "ws2_32"],
  cflags: ["-g"],
});

const FOUND = { "clang-19": "exit 1", "lld-link-19": "exit 1" };

test("a program for Windows takes an import library of each definition, an object and a link", async () => {
  await withPrograms(FOUND, async (folder) => {
    const toolchain = await findToolchain("clang", [target], { systems: ["windows"] });
    const [compile, kernel32, sockets, link, ...others] = toolchain.commands(job);
    const object = "/tmp/program.obj";
    assert.equal(others, []);
    assert.is(compile[0], `${folder}/clang-19`);
    assert.ok(compile.includes("--target=x86_64-pc-windows-msvc"));
    assert.equal(compile.slice(-5), ["-g", "-c", "-o", object, "/clone/src/windows/wincat.c"]);
    for (const [library, command] of [["kernel32", kernel32], ["ws2_32", sockets]] as const) {
      const file = `/tmp/program.${library}.lib`;
      const definition = `-def:/clone/src/windows/wincat.${library}.def`;
      assert.is(command?.[0], `${folder}/lld-link-19`);
      assert.equal(command?.slice(-3), ["-machine:x64", definition, `-out:${file}`]);
      assert.ok(link?.includes(file));
    }
    assert.is(link?.[0], `${folder}/lld-link-19`);
    assert.ok(link?.includes("-out:/tmp/program"));
    assert.ok(link?.includes(object));
  });
});

test("the linker for each system is looked for, and no other", async () => {
  const lld = (version: string): string => `echo "LLD ${version}"`;
  const programs = { "clang-19": "exit 1", "ld.lld": lld("19.1.7"), "lld-link": lld("16.0.6") };
  await withPrograms(programs, async (folder) => {
    await findToolchain("clang", [target]);
    const { code, message } = await failure(
      findToolchain("clang", [target], { systems: ["linux", "windows"] }),
    );
    assert.is(code, "toolchain");
    assert.ok(message.includes(`but ${folder}/lld-link is 16.0.6.`), message);
  });
});

test("the tools that identify a program are those of its system", async () => {
  const programs = {
    "clang-19": 'echo "clang version 19.1.7"',
    "ld.lld-19": 'echo "LLD 19.1.7 (ELF)"',
    "lld-link-19": 'echo "LLD 19.1.7 (COFF)"',
  };
  await withPrograms(programs, async () => {
    const toolchain = await findToolchain("clang", [target], { systems: ["linux", "windows"] });
    assert.is(await toolchain.identify(target, "linux"), "clang version 19.1.7, LLD 19.1.7 (ELF)");
    assert.is(
      await toolchain.identify(target, "windows"),
      "clang version 19.1.7, LLD 19.1.7 (COFF)",
    );
    assert.equal(await toolchain.tools(target, "windows"), [
      { name: "clang", version: "19.1.7", told: "clang version 19.1.7" },
      { name: "lld-link", version: "19.1.7", told: "LLD 19.1.7 (COFF)" },
    ]);
  });
});

/** Compiles with `made` as the linker's outcome, beside a definition of ExitProcess and Sleep. */
async function compileWith(
  made: Uint8Array,
  changes: Partial<CompileJob> = {},
): Promise<Uint8Array> {
  return await withFolder(async (root) => {
    const file = join(root, "made");
    await mkdir(join(root, "src"));
    await writeFile(file, made);
    await writeFile(
      join(root, "src/pause.kernel32.def"),
      "LIBRARY kernel32.dll\nEXPORTS\n  ExitProcess\n  Sleep\n",
    );
    const toolchain: Toolchain = {
      name: "copy",
      identify: () => Promise.resolve("copy"),
      tools: () => Promise.resolve([]),
      commands: ({ output }) => [["true"], ["cp", file, output]],
    };
    const libraries = ["kernel32"];
    return await compileProgram(toolchain, {
      ...someJob({ target, system: "windows", root, source: "src/pause.c", libraries, ...changes }),
    });
  });
}

test("compileProgram() gives a good program for Windows as the linker made it", async () => {
  const made = peBytes(goodPe());
  assert.equal([...await compileWith(made)], [...made]);
});

test("compileProgram() refuses a program for Windows that imports what its definition does not name", async () => {
  const imports = [{ library: "kernel32.dll", functions: ["ExitProcess", "Sleep", "Beep"] }];
  const { code, message } = await failure(compileWith(peBytes(goodPe({ imports, timeStamp: 7 }))));
  assert.is(code, "compile");
  assert.match(message, "  time-stamp: it has the time stamp 7, not 0");
  assert.match(message, "  imports: it imports kernel32.dll!Beep, which is not declared");
  assert.match(message, "The command was: true && cp ");
});

test("compileProgram() stops at the first command that fails", async () => {
  const toolchain: Toolchain = {
    name: "false",
    identify: () => Promise.resolve("false"),
    tools: () => Promise.resolve([]),
    commands: () => [["false"], ["sh", "-c", "echo too late >&2; exit 1"]],
  };
  const { message } = await failure(compileProgram(toolchain, job));
  assert.match(
    message,
    "Cannot compile src/windows/wincat.c for amd64: false ended with exit code 1",
  );
  assert.not.match(message, "too late");
});

test("readDefinition() reads the library and its functions, and no comment", () => {
  const text = "; a comment\nLIBRARY ws2_32.dll\nEXPORTS ; more\n  send\n  recv ; and more\n";
  assert.equal(readDefinition(text), { library: "ws2_32.dll", functions: ["send", "recv"] });
});

test("every definition names its library, and its functions once and in order", () => {
  const names = readdirSync("src/windows").filter((name) => name.endsWith(".def"));
  assert.ok(names.length > 0);
  for (const name of names) {
    const { library, functions } = readDefinition(readFileSync(`src/windows/${name}`, "utf8"));
    assert.is(`${library.replace(/\.dll$/, "")}.def`, name.replace(/^[^.]*\./, ""));
    assert.ok(functions.length > 0);
    assert.equal(functions, [...new Set(functions)].sort(), name);
  }
});

test.run();
