import { test } from "uvu";
import * as assert from "uvu/assert";
import { PREDICATE } from "../../../build/attest/media-types.ts";
import { type BuildFacts, provenanceOf } from "../../../build/attest/provenance/provenance.ts";
import { LOCAL_RUNNER, runnerOf } from "../../../build/attest/provenance/runner.ts";
import { hashed } from "../../../build/attest/sbom/bill.ts";
import { statement, statementBytes } from "../../../build/attest/statement.ts";
import { sha256 } from "../../../build/oci/digest.ts";
import { provenanceFaults, statementFaults } from "../../support/schemas/published.ts";

const DIGEST = sha256(new Uint8Array());
const HEX = DIGEST.slice("sha256:".length);
const COMMIT = "0123456789".repeat(4);

const facts = (more: Partial<BuildFacts> = {}): BuildFacts => ({
  variables: {
    TAG: "3.10.2",
    VERSION: "v3.10.2",
    ARCH: "amd64",
    OS: "linux",
    FORMAT: "oci",
    ENGINE: "embedded",
    CFLAGS: "",
    SOURCE_DATE_EPOCH: "0",
    TOOLCHAIN: "clang",
  },
  sources: [hashed("src/linux/pause.c", new Uint8Array())],
  tools: [{ name: "clang", version: "19.1.7", told: "clang version 19.1.7" }],
  bases: [{ name: "mcr.example/base:v1", digest: DIGEST }],
  programs: [{ path: "bin/pause-amd64", digest: DIGEST }],
  builder: "0.1.0",
  ...more,
});

const GITHUB = {
  GITHUB_ACTIONS: "true",
  GITHUB_SERVER_URL: "https://github.com",
  GITHUB_REPOSITORY: "o/r",
  GITHUB_WORKFLOW_REF: "o/r/.github/workflows/release.yml@refs/tags/v1",
  GITHUB_RUN_ID: "7",
  GITHUB_RUN_ATTEMPT: "2",
};

test("it is SLSA's provenance in in-toto's statement, by what both have published", async () => {
  const [isStatement, isProvenance] = [await statementFaults(), await provenanceFaults()];
  for (const runner of [LOCAL_RUNNER, runnerOf(GITHUB)]) {
    const predicate = provenanceOf(facts({ commit: COMMIT }), runner);
    const made = statement(
      [{ name: "pause", digest: { sha256: HEX } }],
      PREDICATE.provenance,
      predicate,
    );
    const read = JSON.parse(new TextDecoder().decode(statementBytes(made))) as typeof made;
    assert.equal(isStatement(read), []);
    assert.equal(isProvenance(read.predicate), []);
  }
  assert.ok(isStatement({ _type: "x", subject: [{}], predicateType: "y" }).length > 0);
  assert.ok(isProvenance({ buildDefinition: {}, runDetails: {} }).length > 0);
  assert.ok(isProvenance({ ...provenanceOf(facts(), LOCAL_RUNNER), materials: [] }).length > 0);
});

test("it names the commit, every source by its digest, the tools with what they say of themselves, and the bases", () => {
  const { buildDefinition } = provenanceOf(facts({ commit: COMMIT }), LOCAL_RUNNER);
  assert.equal(buildDefinition.resolvedDependencies, [
    {
      uri: `git+https://github.com/pause-image/pause-image@${COMMIT}`,
      digest: { gitCommit: COMMIT },
    },
    { name: "src/linux/pause.c", digest: { sha256: HEX } },
    { name: "clang", annotations: { version: "19.1.7", told: "clang version 19.1.7" } },
    { name: "mcr.example/base:v1", digest: { sha256: HEX } },
  ]);
});

test("elsewhere than in GitHub Actions nobody is named, and nothing tells one build from the next", () => {
  const { runDetails } = provenanceOf(facts(), runnerOf({ GITHUB_ACTIONS: "false" }));
  assert.is(runDetails.builder.id, LOCAL_RUNNER.id);
  assert.equal(runDetails.metadata, {});
});

test("in GitHub Actions the workflow builds, and the run has an address", () => {
  assert.equal(runnerOf(GITHUB), {
    id: "https://github.com/o/r/.github/workflows/release.yml@refs/tags/v1",
    invocationId: "https://github.com/o/r/actions/runs/7/attempts/2",
  });
  const { GITHUB_WORKFLOW_REF: _, ...without } = GITHUB;
  assert.equal(runnerOf(without), LOCAL_RUNNER);
});

test.run();
