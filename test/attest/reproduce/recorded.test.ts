import { test } from "uvu";
import * as assert from "uvu/assert";
import { attach } from "../../../build/attest/attach.ts";
import { ARTIFACT, PREDICATE } from "../../../build/attest/media-types.ts";
import { BUILD_TYPE } from "../../../build/attest/provenance/predicate.ts";
import { MOST_PROVENANCES, provenancesOf } from "../../../build/attest/reproduce/recorded.ts";
import { statement, statementBytes } from "../../../build/attest/statement.ts";
import { content } from "../../../build/oci/descriptor.ts";
import { type Digest, digestParts } from "../../../build/oci/digest.ts";
import { memoryStore } from "../../../build/store/memory.ts";
import { failsWith } from "../../support/fails.ts";
import { sampleImage } from "../../support/images.ts";

const { config, layer, manifest } = sampleImage(1);
const OTHER = sampleImage(2).manifest.descriptor.digest;
const IMAGE = manifest.descriptor;

const PREDICATE_OF_OURS = {
  buildDefinition: {
    buildType: BUILD_TYPE,
    externalParameters: { variables: { TAG: "3.10" } },
    internalParameters: { builder: "1.0.0" },
    resolvedDependencies: [],
  },
  runDetails: { builder: { id: "somebody", version: {} }, metadata: {}, byproducts: [] },
};

/** What is read of an image on which these predicates hang. */
async function readWith(
  predicates: readonly unknown[],
  { about = IMAGE.digest, type = PREDICATE.provenance as string } = {},
): ReturnType<typeof provenancesOf> {
  const store = memoryStore("memory", [config, layer, manifest]);
  for (const predicate of predicates) {
    const bytes = statementBytes(statement([{ digest: digestOf(about) }], type, predicate));
    const document = content(ARTIFACT.statement, bytes);
    await attach(store, IMAGE, { artifactType: ARTIFACT.statement, document });
  }
  return await provenancesOf(store, IMAGE.digest);
}

const digestOf = (digest: Digest): Record<string, string> => {
  const { algorithm, hex } = digestParts(digest);
  return { [algorithm]: hex };
};

test("a provenance that hangs on an image is read, and that nobody signed it", async () => {
  const [found, ...more] = await readWith([PREDICATE_OF_OURS]);
  assert.is(more.length, 0);
  assert.is(found?.isSigned, false);
  assert.equal(found?.content, PREDICATE_OF_OURS);
});

test("of several none is left out, and their order is not that in which they came", async () => {
  const other = { ...PREDICATE_OF_OURS, runDetails: { builder: { id: "somebody else" } } };
  const found = await readWith([PREDICATE_OF_OURS, other]);
  assert.is(found.length, 2);
  const again = await readWith([other, PREDICATE_OF_OURS]);
  assert.equal(again, found);
});

test("one about another image, or of another builder, is named with the reason", async () => {
  const [elsewhere] = await readWith([PREDICATE_OF_OURS], { about: OTHER });
  assert.equal(elsewhere?.content, { fault: "it is about another image" });
  const { buildDefinition } = PREDICATE_OF_OURS;
  const foreign = { ...PREDICATE_OF_OURS, buildDefinition: { ...buildDefinition, buildType: "x" } };
  const [found] = await readWith([foreign]);
  assert.match(JSON.stringify(found?.content), "buildDefinition.buildType is not");
});

test("what says something else of the image is no provenance", async () => {
  assert.equal(await readWith([{}], { type: PREDICATE.spdx }), []);
});

test("more than anybody has are refused: each would be a build", async () => {
  const many = Array.from({ length: MOST_PROVENANCES + 1 }, (_, id) => ({ id }));
  await failsWith(["verification"], () => readWith(many));
});

test.run();
