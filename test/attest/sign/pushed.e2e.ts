/** What the build pushed, signed and attested by the program, on a registry without referrers. */

import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { VERDICT_CODES } from "../../../build/attest/verify/verdict.ts";
import { withFolder } from "../../support/folder.ts";
import { onDeno, runProgram } from "../../support/program.ts";
import { output, withPushed } from "../../support/pushed.ts";
import { lacks, skip } from "../../support/skip.ts";

const missing = lacks("docker-registry", "openssl", "clang-19");
const ENCRYPTED = ["-aes-256-cbc", "-pass", "pass:correct horse"];

test("what the build pushed is signed and attested with a key that openssl made, and found so", async () => {
  if (missing !== undefined) return skip(missing);
  await withFolder((folder) =>
    withPushed(async (image) => {
      const at = (name: string): string => join(folder, name);
      const [key, pub, phrase] = [at("key.pem"), at("key.pub"), at("phrase")];
      const curve = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
      await output("openssl", "genpkey", ...curve, ...ENCRYPTED, "-out", key);
      await chmod(key, 0o600);
      const pass = ["-passin", "pass:correct horse"];
      await output("openssl", "pkey", "-in", key, ...pass, "-pubout", "-out", pub);
      await writeFile(phrase, "correct horse\n");
      await mkdir(at("elsewhere"));
      const run = (...words: string[]) =>
        runProgram(at("elsewhere"), words, { program: onDeno(process.cwd()) });
      const sealing = ["--key", key, "--passphrase-file", phrase];
      const verify = async (...words: string[]): Promise<number> =>
        (await run("verify-signature", image, "--key", pub, ...words)).exitCode;

      assert.is(await verify(), VERDICT_CODES.unsigned);
      for (const outcome of ["signed", "present"]) {
        for (const command of ["sign", "attest"]) {
          const { exitCode, stdout, stderr } = await run(command, image, ...sealing);
          assert.is(exitCode, 0, stderr);
          const lines = stdout.trim().split("\n");
          assert.ok(lines.every((line) => line.startsWith(outcome)), stdout);
        }
      }
      for (const type of [[], ["spdx"], ["cyclonedx"], ["provenance"]]) {
        const words = type.flatMap((type) => ["--type", type]);
        assert.is(await verify(...words), VERDICT_CODES.signed, type.join());
        assert.is(await verify(...words, "--platform", "linux/s390x"), VERDICT_CODES.signed);
      }
    }, ["ARCH=amd64 s390x"])
  );
});

test.run();
