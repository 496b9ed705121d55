import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { compileProgram, type Toolchain } from "../../build/compile/toolchain.ts";
import { deadOwner, foreignOwner } from "../support/owners.ts";
import { elfBytes, goodElf, goodLoad } from "./elf-file.ts";
import { failure } from "./fakes.ts";
import { someJob } from "./some-job.ts";

/** A compiler that is a shell script: $1 is the output, $2 a file with `made` in it. */
async function compileWith(
  script: string,
  made: Uint8Array = new Uint8Array(),
  signal?: AbortSignal,
  before: readonly string[] = [],
): Promise<{ readonly work: Promise<Uint8Array>; readonly leftOver: () => Promise<string[]> }> {
  const folder = await mkdtemp(join(tmpdir(), "compile-"));
  await writeFile(join(folder, "made"), made);
  for (const name of before) await mkdir(join(folder, name, "below"), { recursive: true });
  const usual = process.env.TMPDIR;
  // It is read before the first wait.
  process.env.TMPDIR = folder;
  const toolchain: Toolchain = {
    name: "script",
    identify: () => Promise.resolve("script"),
    tools: () => Promise.resolve([]),
    commands: ({ output }) => [["/bin/sh", "-c", script, "cc", output, join(folder, "made")]],
  };
  const work = compileProgram(toolchain, someJob(), signal);
  if (usual === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = usual;
  const leftOver = async (): Promise<string[]> => {
    const names = await readdir(folder);
    await rm(folder, { recursive: true });
    return names.filter((name) => name !== "made");
  };
  return { work, leftOver };
}

test("compileProgram() gives the program without its sections and leaves nothing behind", async () => {
  const made = elfBytes(goodElf({ sections: 4 }));
  const { work, leftOver } = await compileWith('cat "$2" > "$1"', made);
  assert.equal([...await work], [...elfBytes(goodElf())]);
  assert.equal(await leftOver(), []);
});

test("compileProgram() refuses a program with every fault in the message", async () => {
  const made = elfBytes(goodElf({ machine: 183, segments: [goodLoad({ flags: 7 })] }));
  const { work, leftOver } = await compileWith('cat "$2" > "$1"', made);
  const { code, message } = await failure(work);
  assert.is(code, "compile");
  for (const rule of ["machine", "write-execute", "writable", "stack"]) {
    assert.match(message, `  ${rule}: it `);
  }
  assert.match(message, "Cannot use src/linux/pause.c for amd64");
  assert.equal(await leftOver(), []);
});

test("compileProgram() passes on what the compiler said, and its command", async () => {
  const { work, leftOver } = await compileWith(
    'echo "pause.c:7: error: no such thing" >&2; exit 3',
  );
  const { code, message } = await failure(work);
  assert.is(code, "compile");
  assert.match(
    message,
    "Cannot compile src/linux/pause.c for amd64: /bin/sh ended with exit code 3.",
  );
  assert.match(message, "\npause.c:7: error: no such thing\n");
  assert.match(message, "The command was: /bin/sh -c ");
  assert.equal(await leftOver(), []);
});

test("compileProgram() bounds what it passes on", async () => {
  const { work, leftOver } = await compileWith(
    "while :; do echo error; i=x$i; [ ${#i} = 5000 ] && exit 1; done >&2",
  );
  const { message } = await failure(work);
  assert.ok(message.length < 5000, `${message.length} characters`);
  await leftOver();
});

test("compileProgram() does not take a compiler's word for it that it compiled", async () => {
  const { work, leftOver } = await compileWith("exit 0");
  const { code, message } = await failure(work);
  assert.is(code, "compile");
  assert.match(message, "elf: it cannot be read");
  await leftOver();
});

test("compileProgram() stops when it is told to, and cleans up", async () => {
  const { work, leftOver } = await compileWith(
    "exec sleep 10",
    new Uint8Array(),
    AbortSignal.timeout(50),
  );
  assert.is((await failure(work)).code, "interrupted");
  assert.equal(await leftOver(), []);
});

test("compileProgram() removes a folder that a stopped compiler's linker still writes into", async () => {
  const { work, leftOver } = await compileWith(
    '(i=0; while [ $i -lt 400 ]; do i=$((i+1)); : >"$TMPDIR/$i" || exit; done) & exec sleep 10',
    new Uint8Array(),
    AbortSignal.timeout(30),
  );
  assert.is((await failure(work)).code, "interrupted");
  assert.equal(await leftOver(), []);
});

test("compileProgram() removes what a killed run left, and nothing of others", async () => {
  const left = `pause-image.${deadOwner()}-0123456789ab.tmp`;
  const others = [
    `pause-image.${foreignOwner()}-0123456789ab.tmp`,
    "pause-image",
    "pause-image.tmp",
  ];
  const made = elfBytes(goodElf());
  const { work, leftOver } = await compileWith('cat "$2" > "$1"', made, undefined, [
    left,
    ...others,
  ]);
  await work;
  assert.equal((await leftOver()).sort(), others.sort());
});

test.run();
