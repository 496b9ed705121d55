import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Schema, type SchemaDraft, Validator } from "@cfworker/json-schema";
import { protoSchema } from "./proto.ts";

const HERE = "test/support/schemas";
const CYCLONEDX = "node_modules/@cyclonedx/cyclonedx-library/res/schema";

/** What a document breaks of the schema that was published for it, a line each. */
export type Faults = (document: unknown) => readonly string[];

async function json(...parts: string[]): Promise<Schema> {
  return JSON.parse(await readFile(join(...parts), "utf8")) as Schema;
}

function validator(schema: Schema, draft: SchemaDraft, more: readonly Schema[] = []): Faults {
  const validating = new Validator(schema, draft, false);
  for (const one of more) validating.addSchema(one);
  return (document) =>
    validating.validate(document).errors.map(({ instanceLocation, error }) =>
      `${instanceLocation}: ${error}`
    );
}

/** SPDX 2.3. */
export async function spdxFaults(): Promise<Faults> {
  return validator(await json(HERE, "spdx-2.3.json"), "7");
}

/** CycloneDX 1.6. */
export async function cycloneDxFaults(): Promise<Faults> {
  const beside = ["spdx", "jsf-0.82"].map((name) =>
    json(CYCLONEDX, `${name}.SNAPSHOT.schema.json`)
  );
  const schema = await json(CYCLONEDX, "bom-1.6.SNAPSHOT.schema.json");
  return validator(schema, "7", await Promise.all(beside));
}

/** An in-toto statement v1. @see https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md */
export async function statementFaults(): Promise<Faults> {
  return await protoFaults("Statement", ["statement"], {
    Statement: ["_type", "subject", "predicateType"],
    Subject: ["digest"],
  });
}

/** SLSA's provenance v1. @see https://slsa.dev/spec/v1.0/provenance#schema */
export async function provenanceFaults(): Promise<Faults> {
  return await protoFaults("Provenance", ["provenance", "resource_descriptor"], {
    Provenance: ["buildDefinition", "runDetails"],
    BuildDefinition: ["buildType", "externalParameters"],
    RunDetails: ["builder"],
    Builder: ["id"],
  });
}

async function protoFaults(
  root: string,
  files: readonly string[],
  required: Readonly<Record<string, readonly string[]>>,
): Promise<Faults> {
  const texts = files.map((name) => readFile(join(HERE, `${name}.proto`), "utf8"));
  return validator(protoSchema(await Promise.all(texts), root, required), "7");
}
