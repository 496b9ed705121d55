import { appendFileSync, chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { attach, attachments } from "../../../build/attest/attach.ts";
import { ARTIFACT } from "../../../build/attest/media-types.ts";
import { readStatement, statementBytes } from "../../../build/attest/statement.ts";
import { findProgram } from "../../../build/compile/find-program.ts";
import { content } from "../../../build/oci/descriptor.ts";
import { layoutStore } from "../../../build/store/layout/layout.ts";
import { withRegistry } from "../../support/registry.ts";
import { runProgram } from "../../support/program.ts";
import { lacks, skip } from "../../support/skip.ts";
import { type Clone, type Told, withClone } from "./clone.ts";

const missing = lacks("clang-19", "git", "llvm-objdump-19");

/** Changes the text of the provenance that hangs on the index of a layout, into one more. */
async function rewriteProvenance(
  { root }: Clone,
  layout: string,
  tag: string,
  rewrite: (text: string) => string,
): Promise<void> {
  const store = layoutStore(join(root, layout));
  const index = await store.resolve(tag);
  if (index === undefined) return assert.unreachable(`${layout} has no ${tag}`);
  for await (
    const { document, artifactType } of attachments(
      store,
      index.digest,
      (type) => type === ARTIFACT.statement,
    )
  ) {
    const text = rewrite(new TextDecoder().decode(document.bytes));
    const bytes = statementBytes(readStatement(new TextEncoder().encode(text)));
    await attach(store, index, { artifactType, document: content(ARTIFACT.statement, bytes) });
  }
  await store.commit();
}

const reasonsOf = ({ reproductions }: Told): string[] =>
  reproductions.map(({ reason = "" }) => reason);
const placesOf = ({ reproductions }: Told): string[] =>
  reproductions.flatMap(({ parts, differences }) => [
    ...differences.map(({ at }) => at),
    ...parts.flatMap((part) => part.differences.map(({ at }) => `${part.name}: ${at}`)),
  ]);

test("what was built in a fresh clone is identical, each byte of all images, from a layout and from a registry", async () => {
  if (missing !== undefined) return skip(missing);
  await withClone(async ({ root, make, reproduce }) => {
    await make("all");
    const told = await reproduce(["oci:out"]);
    assert.is(told.exitCode, 0);
    assert.is(told.verdict, "identical");
    const [only, ...more] = told.reproductions;
    if (only === undefined || more.length > 0) return assert.unreachable("one provenance");
    const { parts, tools, isSigned } = only;
    assert.is(isSigned, false);
    assert.equal(tools.map(({ name }) => name), ["clang", "ld.lld"]);
    assert.is(parts.length, 1 + 10 * 3, "an index, and ten images of three parts");
    const lines = await runProgram(root, ["reproduce"]);
    assert.match(lines.stdout, /^identical {4}oci:out@sha256:[0-9a-f]{64}\n.*unsigned\n/);
    await withRegistry({}, async ({ host }) => {
      await make("all-push", `REGISTRY=${host}/k8s`);
      const pushed = await reproduce([`${host}/k8s/pause:3.10.2`]);
      assert.is(pushed.verdict, "identical");
      assert.is(pushed.digest, told.digest);
    });
    const one = await reproduce([`oci:out@${parts[1]?.digest}`]);
    assert.is(one.verdict, "identical", "the image of one platform");
    assert.is(one.reproductions[0]?.parts.length, 3);
  });
});

test("sources that are not those of the image are listed, and then it cannot be told; without a provenance neither", async () => {
  if (missing !== undefined) return skip(missing);
  await withClone(async ({ root, make, reproduce }) => {
    await make("all", "ARCH=amd64");
    await make("all", "ARCH=amd64", "ATTACH=none", "OUTPUT=oci:bare");
    const bare = await reproduce(["oci:bare"]);
    assert.is(bare.exitCode, 13);
    assert.is(bare.verdict, "cannot tell");
    assert.match(bare.reason ?? "", "no provenance hangs on it");
    appendFileSync(join(root, "src/linux/pause.c"), "// changed\n");
    const told = await reproduce(["oci:out"]);
    assert.is(told.exitCode, 13);
    assert.is(told.verdict, "cannot tell");
    assert.equal(placesOf(told), ["src/linux/pause.c"]);
    const elsewhere = await reproduce(["oci:out", "--source", process.cwd()]);
    assert.is(elsewhere.verdict, "identical");
  });
});

test("what came out differently is told down to the instruction, beside every provenance that hangs there", async () => {
  if (missing !== undefined) return skip(missing);
  await withClone(async (clone) => {
    const { make, reproduce } = clone;
    await make("all", "ARCH=amd64 s390x", "VERSION=v1.5");
    await rewriteProvenance(
      clone,
      "out",
      "3.10.2",
      (text) => text.replace('"VERSION":"v1.5"', '"VERSION":"v1.6"'),
    );
    const told = await reproduce(["oci:out"]);
    assert.is(told.exitCode, 10);
    assert.is(told.verdict, "different");
    assert.equal(
      told.reproductions.map(({ verdict }) => verdict).sort(),
      ["different", "identical"],
    );
    const places = placesOf(told);
    assert.ok(places.includes("index: manifests[0].digest"), places.join("\n"));
    assert.ok(places.includes("linux/amd64, config: rootfs.diff_ids[0]"));
    assert.ok(places.some((at) => /layer 1: \/pause, segment 0, offset 0x\w+, address/.test(at)));
    const honest = told.reproductions.find(({ verdict }) => verdict === "identical");
    const one = await reproduce(["oci:out", "--provenance", honest?.provenance ?? ""]);
    assert.is(one.exitCode, 0);
    assert.is(one.reproductions.length, 1);
  });
});

test("flags of a stranger count only when the user says the same", async () => {
  if (missing !== undefined) return skip(missing);
  await withClone(async (clone) => {
    const { make, reproduce } = clone;
    await make("all", "ARCH=amd64", "CFLAGS=-O1");
    const refused = await reproduce(["oci:out"]);
    assert.is(refused.exitCode, 13);
    assert.match(reasonsOf(refused)[0] ?? "", /it sets CFLAGS="-O1".* write CFLAGS=/);
    assert.is((await reproduce(["oci:out", "CFLAGS=-O1"])).verdict, "identical");
    assert.is((await reproduce(["oci:out", "CFLAGS=-O2"])).verdict, "cannot tell");
    // A provenance that forgets the flags: all else is the same, and the code is not.
    await rewriteProvenance(
      clone,
      "out",
      "3.10.2",
      (text) => text.replace('"CFLAGS":"-O1"', '"CFLAGS":""'),
    );
    const places = placesOf(await reproduce(["oci:out"]));
    assert.ok(places.some((at) => /\/pause, instruction 0x[0-9a-f]+$/.test(at)), places.join("\n"));
  });
});

test("with other tools, what differs cannot be told from what they changed; the same bytes are the same", async () => {
  if (missing !== undefined) return skip(missing);
  await withClone(async ({ root, make, reproduce }) => {
    await make("all", "ARCH=amd64");
    const through = async (words: string): Promise<Told> => {
      const bin = join(root, "other");
      mkdirSync(bin, { recursive: true });
      const clang = findProgram("clang-19") ?? assert.unreachable();
      const script = [
        "#!/bin/sh",
        `case $1 in --version) exec echo "Other clang version 19.9.9";; esac`,
        `exec ${clang} "$@" ${words}`,
      ];
      writeFileSync(join(bin, "clang-19"), `${script.join("\n")}\n`);
      chmodSync(join(bin, "clang-19"), 0o755);
      return await reproduce(["oci:out"], { env: { PATH: `${bin}:${process.env.PATH}` } });
    };
    const other = await through("-O1");
    assert.is(other.exitCode, 13);
    assert.is(other.verdict, "cannot tell");
    assert.match(reasonsOf(other)[0] ?? "", "the tools here are not those");
    assert.is(placesOf(other)[0], "clang");
    assert.ok(placesOf(other).some((at) => at.includes("/pause, ")), "and what they made");
    const same = await through("");
    assert.is(same.verdict, "identical");
    assert.equal(placesOf(same), ["clang"]);
  });
});

test.run();
