import { digestParts } from "../../oci/digest.ts";
import { type Fields, readObject } from "../../oci/json.ts";
import {
  constant,
  fields,
  listOf,
  object,
  optional,
  recordOf,
  type Shape,
  text,
} from "../../oci/shape.ts";
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

/** @see https://github.com/in-toto/attestation/blob/v1.1.0/spec/v1/statement.md */
const STATEMENT: Shape = fields({
  _type: constant("https://in-toto.io/Statement/v1"),
  subject: listOf(fields({ name: optional(text), digest: recordOf(text) })),
  predicateType: text,
  predicate: optional(object),
});

/** The predicate of a statement by which an image is signed, and nothing more is said. */
export const SIGN_PREDICATE = "https://sigstore.dev/cosign/sign/v1";

/** Reads the payload of a signature of cosign's, which names the image by its digest. */
export function readSimpleSigning(
  payload: Uint8Array,
  { digest }: Wanted,
): Exclude<Claim, { readonly is: "something else" }> {
  const read = readClaim(payload, "signed payload", SIMPLE);
  if (typeof read === "string") return { is: "wrong", fault: read };
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
  const read = readClaim(payload, "signed statement", STATEMENT);
  if (typeof read === "string") return { is: "wrong", fault: read };
  const { predicateType, subject } = read as unknown as Statement;
  const { predicateType: looked = SIGN_PREDICATE } = wanted;
  if (predicateType !== looked) return { is: "something else", predicateType };
  const { algorithm, hex } = digestParts(wanted.digest);
  if (subject.some(({ digest }) => digest[algorithm] === hex)) return { is: "about it" };
  const named = subject.map(({ digest }) => `${algorithm}:${digest[algorithm]}`).slice(0, 3);
  return { is: "wrong", fault: `it is over another digest, ${named.join(", ").slice(0, 300)}` };
}

interface Statement {
  readonly predicateType: string;
  readonly subject: readonly { readonly digest: Readonly<Record<string, string>> }[];
}

function readClaim(bytes: Uint8Array, what: string, shape: Shape): Fields | string {
  let read: Fields;
  try {
    read = readObject(bytes, what);
  } catch {
    return `its ${what} is no JSON object`;
  }
  const twice = duplicateKey(bytes);
  if (twice !== undefined) return `its ${what} has the key "${twice}" twice`;
  const fault = shape(read, "");
  return fault === undefined ? read : `in its ${what}, ${fault}`;
}
