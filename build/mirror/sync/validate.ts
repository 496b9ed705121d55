import type { Schema } from "@cfworker/json-schema";
import type { Fault, Path } from "../../yaml/faults.ts";
import { validateBy } from "../../yaml/schema.ts";
import type { YamlFile } from "../../yaml/yaml.ts";
import schema from "./schema.json" with { type: "json" };

/** The schema of sync files, as it is published and as it is checked by. JSON Schema 2020-12. */
export const SYNC_SCHEMA: Schema = schema as Schema;

/** Checks a file against the schema. All that is wrong, in our words. */
export function validate(file: YamlFile): Fault[] {
  return validateBy(SYNC_SCHEMA, file, { unknownKey: secretKey, isSecretive });
}

function secretKey(key: string): string | undefined {
  if (!/passw|secret|token|^auth$|identity|apikey/i.test(key)) return undefined;
  return `Secrets do not belong into this file, which is kept and shown around: there is no key "${key}". Name where the login is with credentials: environment, files or authFile.`;
}

/** What somebody wrote where a name belongs might be the secret itself. */
function isSecretive(path: Path): boolean {
  return path.includes("credentials");
}
