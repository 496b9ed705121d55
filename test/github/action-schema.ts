import { NoOperationTraceWriter } from "@actions/workflow-parser";
import { parseAction } from "@actions/workflow-parser/actions/index";

/** What GitHub's own parser says against an action.yml. */
export function errorsInAction(content: string): string[] {
  const { context } = parseAction({ name: "action.yml", content }, new NoOperationTraceWriter());
  return context.errors.getErrors().map(({ message }) => message);
}
