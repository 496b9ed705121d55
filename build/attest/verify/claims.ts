import { reason } from "../../error.ts";
import { digestParts } from "../../oci/digest.ts";
import { type Fields, readObject } from "../../oci/json.ts";
import { constant, fields, type Shape, text } from "../../oci/shape.ts";
import { PREDICATE } from "../media-types.ts";
import { readStatement, type Statement } from "../statement.ts";
import type { Wanted } from "./candidate.ts";
import { duplicateKey } from "./duplicate-key.ts";

/** What a document that was signed says. */
export type Claim =
  /** That it is about the image, with what else is worth telling. */
  | { readonly is: "about it"; readonly note?: string }
  /** Something that is not looked for. */
  | { readonly is: "something else"; readonly predicateType: string }
  | { readonly is: "wrong"; readonly fault: string };

/** @see https://github.com/containers/image/blob/v5.30.0/docs/containers-signature.5.md#json-data-format */
const SIMPLE: Shape = fields({
  critical: fields({
    type: constant("cosign container image signature"),
    image: fields({ "docker-manifest-digest": text }),
    identity: fields({ "docker-reference": text }),
  }),
});

/** Reads the payload of a signature of cosign's, which names the image by its digest. */
export function readSimpleSigning(
  payload: Uint8Array,
  { digest }: Wanted,
): Exclude<Claim, { readonly is: "something else" }> {
  let read: Fields;
  try {
    read = readObject(payload, "signed payload");
  } catch (error) {
    return { is: "wrong", fault: reason(error) };
  }
  const twice = duplicateKey(payload);
  const fault = twice === undefined ? SIMPLE(read, "") : `the key "${twice}" is there twice`;
  if (fault !== undefined) return { is: "wrong", fault: `in its signed payload, ${fault}` };
  const { critical } = read as unknown as SimpleSigning;
  const named = critical.image["docker-manifest-digest"];
  if (named !== digest) {
    return { is: "wrong", fault: `it is over another digest, ${named.slice(0, 140)}` };
  }
  const { "docker-reference": name } = critical.identity;
  return { is: "about it", ...(name !== "" && { note: `made for ${name.slice(0, 300)}` }) };
}

interface SimpleSigning {
  readonly critical: {
    readonly image: { readonly "docker-manifest-digest": string };
    readonly identity: { readonly "docker-reference": string };
  };
}

/** Reads an in-toto statement. Undefined for `wanted.predicateType` looks for one that only signs. */
export function readStatementClaim(payload: Uint8Array, wanted: Wanted): Claim {
  let statement: Statement;
  try {
    statement = readStatement(payload);
  } catch (error) {
    return { is: "wrong", fault: reason(error) };
  }
  const twice = duplicateKey(payload);
  if (twice !== undefined) {
    return { is: "wrong", fault: `in its statement, the key "${twice}" is there twice` };
  }
  const { predicateType, subject } = statement;
  const { predicateType: looked = PREDICATE.sign } = wanted;
  if (predicateType !== looked) return { is: "something else", predicateType };
  const { algorithm, hex } = digestParts(wanted.digest);
  if (subject.some(({ digest }) => digest[algorithm] === hex)) return { is: "about it" };
  const named = subject.map(({ digest }) => `${algorithm}:${digest[algorithm]}`).slice(0, 3);
  return { is: "wrong", fault: `it is over another digest, ${named.join(", ").slice(0, 300)}` };
}
