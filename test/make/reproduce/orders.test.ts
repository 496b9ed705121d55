import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  BUILD_TYPE,
  type Provenance,
  type ResourceDescriptor,
} from "../../../build/attest/provenance/predicate.ts";
import { assignmentsOf, sourcesOf, toolsOf } from "../../../build/make/reproduce/orders.ts";
import { worstVerdict } from "../../../build/make/reproduce/verdict.ts";
import { digestParts, sha256 } from "../../../build/oci/digest.ts";
import { withFolder } from "../../support/folder.ts";

const VARIABLES = {
  TAG: "3.10.2",
  VERSION: "v3.10.2",
  ARCH: "amd64",
  OS: "linux",
  FORMAT: "oci",
  ENGINE: "embedded",
  CFLAGS: "",
  SOURCE_DATE_EPOCH: "0",
  TOOLCHAIN: "clang",
};

const provenance = (
  variables: Readonly<Record<string, string>>,
  resolvedDependencies: readonly ResourceDescriptor[] = [],
): Provenance => ({
  buildDefinition: {
    buildType: BUILD_TYPE,
    externalParameters: { variables: variables as typeof VARIABLES },
    internalParameters: { builder: "1.0.0" },
    resolvedDependencies,
  },
  runDetails: {
    builder: { id: "somebody", version: { "pause-image": "1.0.0" } },
    metadata: {},
    byproducts: [],
  },
});

const reasonOf = (value: object): string => "reason" in value ? String(value.reason) : "";

test("the variables of a provenance are those to build with", () => {
  assert.equal(assignmentsOf(provenance(VARIABLES), {}), VARIABLES);
});

const STRANGE: Readonly<Record<string, string>> = {
  CFLAGS: "-fplugin=/tmp/evil.so",
  ENGINE: "docker",
  TOOLCHAIN: "docker",
  TOOLCHAIN_IMAGE: "evil.example/clang",
  BASE: "evil.example/base",
};

for (const [name, value] of Object.entries(STRANGE)) {
  test(`${name} of a stranger counts only when the user says the same`, () => {
    const strange = provenance({ ...VARIABLES, [name]: value });
    assert.match(reasonOf(assignmentsOf(strange, {})), `it sets ${name}="${value}"`);
    assert.match(reasonOf(assignmentsOf(strange, { [name]: `${value} ` })), `it sets ${name}=`);
    assert.is(reasonOf(assignmentsOf(strange, { [name]: value })), "");
  });
}

for (const name of ["OUTPUT", "METADATA_FILE", "REGISTRY", "toString"]) {
  test(`${name}, which decides about no bytes, is taken from no provenance`, () => {
    const reason = reasonOf(assignmentsOf(provenance({ ...VARIABLES, [name]: "x" }), {}));
    assert.match(reason, `it sets ${name}, which no provenance does`);
  });
}

const named = (name: string, text: string): ResourceDescriptor => ({
  name,
  digest: { sha256: digestParts(sha256(new TextEncoder().encode(text))).hex },
});

async function sourcesIn(
  files: Readonly<Record<string, string>>,
  recorded: readonly ResourceDescriptor[],
): ReturnType<typeof sourcesOf> {
  return await withFolder(async (root) => {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(join(root, path, ".."), { recursive: true });
      await writeFile(join(root, path), text);
    }
    const source = { root, template: join(root, "Dockerfile.tmpl"), embedded: false };
    return await sourcesOf(provenance(VARIABLES, recorded), source);
  });
}

test("only the recorded sources are built of, and each has to be what it was", async () => {
  const here = { "src/linux/pause.c": "a", "src/linux/more.h": "b", "Dockerfile.tmpl": "c" };
  const recorded = [named("src/linux/pause.c", "a"), named("Dockerfile.tmpl", "c")];
  const found = await sourcesIn(here, recorded);
  assert.equal([...(found as Map<string, Uint8Array>).keys()], recorded.map(({ name }) => name));
  const changed = await sourcesIn({ ...here, "src/linux/pause.c": "A" }, [
    ...recorded,
    named("arch/amd64/syscall.h", "d"),
  ]);
  const { differences = [] } = changed as { differences?: { at: string; rebuilt: string }[] };
  assert.equal(differences.map(({ at }) => at), ["src/linux/pause.c", "arch/amd64/syscall.h"]);
  assert.is(differences[1]?.rebuilt, "", "it is not there");
});

test("a name that leads out of the sources is not looked at", async () => {
  for (const name of ["src/../secret", "../secret", "/etc/passwd", "src//x", "srcs/x"]) {
    assert.match(reasonOf(await sourcesIn({ secret: "x" }, [named(name, "x")])), "no sources");
  }
});

test("the tools are those with a version, and what a provenance names besides is none", () => {
  const clang = { name: "clang", annotations: { version: "19.1.7", told: "clang version 19.1.7" } };
  assert.equal(toolsOf(provenance(VARIABLES, [named("src/linux/pause.c", "a"), clang])), [
    { name: "clang", version: "19.1.7", told: "clang version 19.1.7" },
  ]);
});

test("of several verdicts the worst counts, and none at all tells nothing", () => {
  assert.is(worstVerdict(["identical", "different", "cannot tell"]), "different");
  assert.is(worstVerdict(["identical", "cannot tell"]), "cannot tell");
  assert.is(worstVerdict(["identical"]), "identical");
  assert.is(worstVerdict([]), "cannot tell");
});

test.run();
