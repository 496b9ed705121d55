import type { Schema } from "@cfworker/json-schema";

/**
 * Reads a JSON schema out of protocol buffers, as their JSON mapping has it.
 *
 * @param texts files of proto3
 * @param root the message that a document is
 * @param required what a message must have, by its name; a proto3 message demands nothing
 * @see https://protobuf.dev/programming-guides/json/
 */
export function protoSchema(
  texts: readonly string[],
  root: string,
  required: Readonly<Record<string, readonly string[]>>,
): Schema {
  const messages = texts.flatMap((text) => messagesIn(text.replace(/\/\/.*$/gm, "")));
  const definitions = Object.fromEntries(
    messages.map(({ name, body }) => [name, messageSchema(body, required[name] ?? [])]),
  );
  return { $ref: `#/definitions/${root}`, definitions };
}

interface Message {
  readonly name: string;
  /** Its own fields; messages inside it stand beside it. */
  readonly body: string;
}

function messagesIn(text: string): Message[] {
  const inner = /message\s+(\w+)\s*\{([^{}]*)\}/.exec(text);
  if (inner === null) return [];
  const [whole, name = "", body = ""] = inner;
  return [{ name, body }, ...messagesIn(text.replace(whole, ""))];
}

const FIELD =
  /(repeated\s+)?(map<string,\s*string>|[\w.]+)\s+(\w+)\s*=\s*\d+\s*(?:\[json_name\s*=\s*"(\w+)"\])?;/g;

function messageSchema(body: string, required: readonly string[]): Schema {
  const fields = [...body.matchAll(FIELD)].map(
    ([, repeated, type = "", name = "", own]): [string, Schema] => {
      const items = typeSchema(type);
      return [own ?? camel(name), repeated ? { type: "array", items } : items];
    },
  );
  return {
    type: "object",
    properties: Object.fromEntries(fields),
    required: [...required],
    additionalProperties: false,
  };
}

const KNOWN: Readonly<Record<string, Schema>> = {
  string: { type: "string" },
  bytes: { type: "string" },
  "google.protobuf.Struct": { type: "object" },
  "google.protobuf.Timestamp": { type: "string", format: "date-time" },
};

function typeSchema(type: string): Schema {
  if (type.startsWith("map<")) {
    return { type: "object", additionalProperties: { type: "string" } };
  }
  return KNOWN[type] ?? { $ref: `#/definitions/${type.split(".").at(-1)}` };
}

function camel(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
