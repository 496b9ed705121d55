import { dirname, resolve } from "node:path";
import type { Schema } from "@cfworker/json-schema";
import { PauseError, reason } from "../../error.ts";
import { readIfThere } from "../../host/files.ts";
import { type Fault, faultError, type Path } from "../../yaml/faults.ts";
import { validateBy } from "../../yaml/schema.ts";
import { readYaml, type YamlFile } from "../../yaml/yaml.ts";
import {
  exactIdentity,
  patternIdentity,
  type Policy,
  policyOf,
  type TrustedSigner,
} from "./policy.ts";
import schema from "./policy-schema.json" with { type: "json" };
import { readKeyFile, readTrustedKey } from "./public-key.ts";

/** The schema of policies, as they are checked by. JSON Schema 2020-12. */
export const POLICY_SCHEMA: Schema = schema as Schema;

/** A policy as the schema lets it pass. */
interface CheckedPolicy {
  readonly threshold?: number;
  readonly signers: readonly SignerEntry[];
}

type SignerEntry =
  | { readonly key: string }
  | { readonly keyData: string }
  | { readonly identity: string; readonly issuer: string }
  | { readonly identityRegexp: string; readonly issuer: string };

/**
 * Reads a policy, YAML or JSON, with the keys that it names.
 *
 * @param path the file; docs/verify-signature.md says what it may hold
 * @throws PauseError `usage` with line, column and path of each fault, and when there is no such
 * file; `storage` when a file cannot be read
 */
export async function readPolicyFile(path: string): Promise<Policy> {
  const bytes = await readIfThere(path);
  if (bytes === undefined) {
    throw new PauseError("usage", `Cannot read the policy ${path}: there is no such file.`);
  }
  const yaml = readYaml(bytes);
  const faults = yaml.faults.length > 0 ? yaml.faults : validateBy(POLICY_SCHEMA, yaml);
  if (faults.length > 0) throw faultError("the policy", path, faults);
  const { signers, threshold = 1 } = yaml.value as CheckedPolicy;
  const read = await Promise.all(
    signers.map((entry, at) =>
      attempt(yaml, ["signers", at], () => signerOf(entry, dirname(path)))
    ),
  );
  const wrong = read.flatMap((one) => "fault" in one ? [one.fault] : []);
  if (wrong.length > 0) throw faultError("the policy", path, wrong);
  const known = read.flatMap((one) => "value" in one ? [one.value] : []);
  const made = await attempt(yaml, ["signers"], () => policyOf(known, threshold));
  if ("fault" in made) throw faultError("the policy", path, [made.fault]);
  return made.value;
}

/** Does something with what stands at `path`; what it throws of the user's making is a fault there. */
async function attempt<Value>(
  yaml: YamlFile,
  path: Path,
  act: () => Value | Promise<Value>,
): Promise<{ readonly value: Value } | { readonly fault: Fault }> {
  try {
    return { value: await act() };
  } catch (error) {
    if (!(error instanceof PauseError) || error.code !== "usage") throw error;
    return { fault: { path, place: yaml.placeOf(path), message: reason(error) } };
  }
}

async function signerOf(entry: SignerEntry, folder: string): Promise<TrustedSigner> {
  if ("key" in entry) return await readKeyFile(resolve(folder, entry.key), entry.key);
  if ("keyData" in entry) return readTrustedKey(entry.keyData, "that stands here");
  return "identity" in entry
    ? exactIdentity(entry.identity, entry.issuer)
    : patternIdentity(entry.identityRegexp, entry.issuer);
}
