import { readObject, unreadable } from "../oci/json.ts";
import {
  constant,
  fields,
  listOf,
  object,
  optional,
  recordOf,
  type Shape,
  text,
} from "../oci/shape.ts";

/** What is said of something: by its digests in hexadecimal, by algorithm. */
export interface Subject {
  /** How people call it; it proves nothing. */
  readonly name?: string;
  readonly digest: Readonly<Record<string, string>>;
}

/**
 * Says something of its subjects. By itself it is no proof of anything: whoever signs it stands for it.
 * @see https://github.com/in-toto/attestation/blob/v1.1.0/spec/v1/statement.md
 */
export interface Statement<Predicate = unknown> {
  readonly _type: typeof STATEMENT_TYPE;
  readonly subject: readonly Subject[];
  /** The address of what the predicate's definition is. */
  readonly predicateType: string;
  readonly predicate: Predicate;
}

const STATEMENT_TYPE = "https://in-toto.io/Statement/v1";

const STATEMENT: Shape = fields({
  _type: constant(STATEMENT_TYPE),
  subject: listOf(fields({ name: optional(text), digest: recordOf(text) })),
  predicateType: text,
  predicate: optional(object),
});

/** Makes a statement. */
export function statement<Predicate>(
  subject: readonly Subject[],
  predicateType: string,
  predicate: Predicate,
): Statement<Predicate> {
  return { _type: STATEMENT_TYPE, subject, predicateType, predicate };
}

/** A statement as it is stored: JSON, its keys in the order in which the value holds them. */
export function statementBytes(statement: Statement): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(statement));
}

/**
 * Reads a statement that a stranger wrote.
 * @throws PauseError `verification` when it is none, or of another version
 */
export function readStatement(bytes: Uint8Array): Statement {
  const next = "Have it made anew.";
  const read = readObject(bytes, "in-toto statement", next);
  const fault = STATEMENT(read, "");
  if (fault !== undefined) throw unreadable("in-toto statement", fault, next);
  return { predicate: {}, ...read } as unknown as Statement;
}
