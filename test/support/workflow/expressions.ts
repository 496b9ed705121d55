import { data, Evaluator, Lexer, Parser } from "@actions/expressions";
import type { ExpressionData } from "@actions/expressions/data/expressiondata";
import type { FunctionDefinition } from "@actions/expressions/funcs/info";
import { truthy } from "@actions/expressions/result";

/** What expressions read, by the names that GitHub gives it: `github`, `vars`, `steps` … */
export type Contexts = Readonly<Record<string, unknown>>;

/** How the job stands, for `success()`, `failure()` and `always()`. */
export type Status = "success" | "failure";

/** The value of one expression, without its braces, as GitHub's own evaluator has it. */
function valueOf(expression: string, contexts: Contexts, status: Status): ExpressionData {
  const { tokens } = new Lexer(expression).lex();
  const functions = statusFunctions(status);
  const tree = new Parser(tokens, Object.keys(contexts), functions).parse();
  const values = JSON.parse(JSON.stringify(contexts), data.reviver) as data.Dictionary;
  const byName = new Map(functions.map((one) => [one.name, one] as const));
  return new Evaluator(tree, values, byName).evaluate();
}

function statusFunctions(status: Status): FunctionDefinition[] {
  const values = {
    success: status === "success",
    failure: status === "failure",
    always: true,
    cancelled: false,
  };
  return Object.entries(values).map(([name, value]) => ({
    name,
    minArgs: 0,
    maxArgs: 0,
    call: () => new data.BooleanData(value),
  }));
}

/** A text with the value of each expression in its place. */
export function filledIn(text: string, contexts: Contexts): string {
  return text.replaceAll(
    /\$\{\{(.*?)\}\}/gs,
    (_, expression: string) => valueOf(expression, contexts, "success").coerceString(),
  );
}

/** Whether a step runs: without a word about it, after success alone. */
export function isWanted(
  condition: string | undefined,
  contexts: Contexts,
  status: Status,
): boolean {
  const bare = (condition ?? "success()").replace(/^\$\{\{(.*)\}\}$/s, "$1");
  const told = /\b(success|failure|always|cancelled)\(/.test(bare)
    ? bare
    : `success() && (${bare})`;
  return truthy(valueOf(told, contexts, status));
}
