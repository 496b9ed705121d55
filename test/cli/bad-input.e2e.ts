import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Ended } from "../../build/host/process.ts";
import { withFolder } from "../support/folder.ts";
import { onDeno, runProgram } from "../support/program.ts";
import { lacks, skip } from "../support/skip.ts";

/** What a refused run must be: its exit code, what its message says, and nothing written. */
interface Refusal {
  readonly exitCode: number;
  readonly says: RegExp;
  readonly env?: Readonly<Record<string, string>>;
  /** The working directory's own template. */
  readonly template?: string;
}

const REFUSALS: Readonly<Record<string, Refusal>> = {
  "all ARCH=s930x": { exitCode: 3, says: /ARCH="s930x".*Did you mean "s390x"\?/ },
  "al": { exitCode: 3, says: /Cannot make "al".*Did you mean "all"\?/ },
  "all REGISTY=x": { exitCode: 3, says: /Cannot set REGISTY.*"REGISTRY"/ },
  "all --arhc arm": { exitCode: 3, says: /Cannot use --arhc.*"--arch"/ },
  "all TAG=-v1": { exitCode: 3, says: /TAG="-v1"/ },
  "all TAG=a/b": { exitCode: 3, says: /TAG="a\/b"/ },
  "all OS=windows BASE=a.example/b:1": {
    exitCode: 3,
    says: /no base is locked for it.*update-base/,
  },
  "all OS=windows ARCH=arm64": { exitCode: 3, says: /there they are for amd64/ },
  "all OS=windows OUTPUT=docker-archive:p.tar": { exitCode: 3, says: /stay elsewhere/ },
  "orphan OS=windows": { exitCode: 3, says: /Linux alone/ },
  "build OS=windows ARCH=s390x": { exitCode: 3, says: /are amd64, arm64/ },
  "build OS=windows TOOLCHAIN=gcc": { exitCode: 3, says: /only clang does/ },
  "build OS=plan9": { exitCode: 3, says: /linux, windows/ },
  "all OSVERSION=ltsc2019": { exitCode: 3, says: /1809, ltsc2022, ltsc2025/ },
  "all ALL_ARCH_WINDOWS=s390x": { exitCode: 3, says: /amd64, arm64/ },
  "update-base BASE=a.example/b@sha256:0": { exitCode: 3, says: /digest/ },
  "all FORMAT=tar": { exitCode: 3, says: /oci, docker/ },
  "all OUTPUT=ocy:out": { exitCode: 3, says: /"ocy:" is no kind of store/ },
  "all OUTPUT=oci:out:-x": { exitCode: 3, says: /"-x" is no legal tag/ },
  "all OUTPUT=docker-archive:p.tar": { exitCode: 3, says: /one platform.*ARCH=amd64/ },
  "all OS=windows OUTPUT=containerd": { exitCode: 3, says: /an engine takes no.*stay elsewhere/ },
  "all OS=windows ENGINE=podman": { exitCode: 3, says: /ENGINE=podman.*Leave ENGINE or OS out/ },
  "all ENGINE=kaniko": { exitCode: 3, says: /embedded, docker, buildx, podman, buildah/ },
  "all ENGINE=buildah": {
    exitCode: 4,
    says: /Cannot build with ENGINE=buildah: there is no buildah on PATH/,
    env: { PATH: "/nonexistent" },
  },
  "all ARCH=amd64 OUTPUT=podman": {
    exitCode: 4,
    says: /Cannot load into podman: there is no podman on PATH/,
    env: { PATH: "/nonexistent" },
  },
  "all OUTPUT=containerd": {
    exitCode: 4,
    says: /there is no ctr on PATH/,
    env: { PATH: "/nonexistent" },
  },
  "all OUTPUT=containerd CONTAINERD_NAMESPACE=-x": { exitCode: 3, says: /NAMESPACE="-x".*k8s\.io/ },
  "all OUTPUT=registry": { exitCode: 3, says: /REGISTRY is not set/ },
  "all-push": { exitCode: 3, says: /REGISTRY is not set/ },
  "all-push REGISTRY=https://registry.example.com/k8s": {
    exitCode: 3,
    says: /https:\/\/.*registry\.example\.com\/k8s/,
  },
  "all-push REGISTRY=registry.example.com/K8s": { exitCode: 3, says: /lower case/ },
  "all SOURCE_DATE_EPOCH=now": { exitCode: 3, says: /SOURCE_DATE_EPOCH="now"/ },
  "all": { exitCode: 3, says: /SOURCE_DATE_EPOCH="1\.5"/, env: { SOURCE_DATE_EPOCH: "1.5" } },
  "all -j 0": { exitCode: 3, says: /-j 0/ },
  "build constructor=x": { exitCode: 3, says: /Cannot set constructor/ },
  "build ARCH=,": { exitCode: 3, says: /no architecture/ },
  "build ARCH=x86_64": { exitCode: 3, says: /Did you mean "amd64"\?/ },
  "all test": { exitCode: 3, says: /"test" among other words/ },
  "build OUTPUT=ocy:out": { exitCode: 3, says: /"ocy:"/ },
  "build -C /nonexistent": { exitCode: 3, says: /no such folder/ },
  "all METADATA_FILE=/etc": { exitCode: 3, says: /METADATA_FILE/ },
  "all METADATA_FILE=/nonexistent/file": { exitCode: 7, says: /nonexistent\/file/ },
  [`container TAG=${"a".repeat(120)}`]: { exitCode: 3, says: /128 characters/ },
  "test": { exitCode: 3, says: /test\/run\.ts.*clone/s },
  "build": {
    exitCode: 4,
    says: /clang and lld 19/,
    env: { PATH: "/nonexistent" },
  },
  "build TOOLCHAIN=zig": { exitCode: 4, says: /[Zz]ig/ },
  "build ARCH=amd64 CFLAGS=--no-such-flag": { exitCode: 5, says: /--no-such-flag/ },
};

for (const [line, refusal] of Object.entries(REFUSALS)) {
  test(`"${line}" ends with ${refusal.exitCode}, says why, and writes nothing`, () =>
    withFolder(async (folder) => {
      if (refusal.exitCode === 5 && lacks("clang-19")) return skip("clang-19 is not installed");
      const ended = await runHere(folder, line.split(" "), refusal.env);
      assert.is(ended.exitCode, refusal.exitCode, ended.stderr);
      assert.match(ended.stderr, refusal.says);
      assert.match(ended.stderr, /^error: Cannot /);
      assert.is(ended.stdout, "");
      for (const made of ["bin/pause-amd64", "out"]) assert.not.ok(existsSync(join(folder, made)));
    }));
}

async function runHere(
  folder: string,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return await runProgram(folder, words, { program: onDeno(process.cwd()), env });
}

/** Only reading the files, once the programs are there, shows this one. */
const ADDS_NOTHING = "that adds what is not there";

const TEMPLATES: Readonly<Record<string, { template: string; says: RegExp }>> = {
  "with an unknown name": {
    template: "FROM {{BASE}}\nADD bin/pause-{{ARHC}} /pause\n",
    says: /Dockerfile\.tmpl:2.*ARHC.*"ARCH"/,
  },
  "with an unclosed tag": { template: "FROM {{BASE\n", says: /Dockerfile\.tmpl:1/ },
  "with RUN": { template: "FROM scratch\nRUN true\n", says: /bin\/Dockerfile-amd64:2.*RUN/ },
  "with an image under it": {
    template: "FROM debian\nADD bin/pause-{{ARCH}} /pause\n",
    says: /bin\/Dockerfile-amd64:1.*debian/,
  },
  [ADDS_NOTHING]: {
    template: "FROM scratch\nADD nothing /\n",
    says: /bin\/Dockerfile-amd64:2.*nothing/,
  },
  "that reaches out of the folder": {
    template: "FROM scratch\nADD ../secret /\n",
    says: /bin\/Dockerfile-amd64:2/,
  },
  "that is empty": { template: "", says: /Dockerfile-amd64/ },
};

for (const [what, { template, says }] of Object.entries(TEMPLATES)) {
  test(`a template ${what} ends with 6 and its line, and leaves no image`, () =>
    withFolder(async (folder) => {
      if (lacks("clang-19")) return skip("clang-19 is not installed");
      writeFileSync(join(folder, "Dockerfile.tmpl"), template);
      const ended = await runHere(folder, ["all", "ARCH=amd64"]);
      assert.is(ended.exitCode, 6, ended.stderr);
      assert.match(ended.stderr, says);
      assert.not.ok(existsSync(join(folder, "out")));
      assert.not.ok(existsSync(join(folder, "bin/pause-amd64")) && what !== ADDS_NOTHING);
    }));
}

test("a template that cannot be read is named", () =>
  withFolder(async (folder) => {
    mkdirSync(join(folder, "Dockerfile.tmpl"));
    const ended = await runHere(folder, ["all", "ARCH=amd64"]);
    assert.is(ended.exitCode, 7, ended.stderr);
    assert.match(ended.stderr, /Dockerfile\.tmpl/);
  }));

/** What is somebody else's, and the OUTPUT that would take its place. */
const FOREIGN: readonly (readonly [what: string, file: string, output: string])[] = [
  ["a folder", "out/thesis.txt", "oci:out"],
  ["a folder", "thesis.tar/thesis.txt", "oci-archive:thesis.tar"],
  ["a file", "thesis.tar", "oci-archive:thesis.tar"],
  ["a file", "thesis.txt", "docker-archive:thesis.txt"],
  ["a file", "thesis.txt", "oci:thesis.txt"],
];

for (const [what, file, output] of FOREIGN) {
  test(`${what} of somebody else's is no place for ${output}: nothing is compiled for it`, () =>
    withFolder(async (folder) => {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), "words");
      const before = readdirSync(folder);
      for (const words of [["all"], ["container"], ["all", "-n"]]) {
        const ended = await runHere(folder, [...words, "ARCH=amd64", `OUTPUT=${output}`]);
        assert.ok([3, 7].includes(ended.exitCode), ended.stderr);
        assert.ok(ended.stderr.includes(output.replace(/^.*:/, "")), ended.stderr);
        assert.equal(readdirSync(folder), before);
        assert.is(readFileSync(join(folder, file), "utf8"), "words");
      }
    }));
}

test.run();
