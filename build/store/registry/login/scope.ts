import type { Repository } from "../../../oci/reference.ts";

/** What is to be done with a repository. `push` includes reading. */
export type Access = "pull" | "push";

const ACTIONS: Readonly<Record<Access, string>> = { pull: "pull", push: "pull,push" };

/** A request has room for a token of some kilobytes; repositories that were mounted from long ago drop out. */
const MOST_SCOPES = 20;

/**
 * The scopes to ask a token for: those that the registry names, and for our own repository all that
 * is going to be needed, so that one token serves from the first look-up to the last tag. Where
 * the registry names nothing, our repository; where it knows it by another name, only that name.
 *
 * @param named the `scope` of a challenge, `type:name:actions` separated by spaces
 * @param before the scopes that a token was asked for already
 * @see https://distribution.github.io/distribution/spec/auth/scope/
 */
export function scopesFor(
  { repository }: Repository,
  access: Access,
  named: string | undefined,
  before: readonly string[] = [],
): readonly string[] {
  const own = `repository:${repository}`;
  const actions = new Map<string, Set<string>>();
  // Some token servers look at the first scope alone: what is missing now comes first.
  for (const scope of [...(named ?? "").split(/\s+/), ...before]) add(actions, scope);
  if (actions.size === 0 || actions.has(own)) add(actions, `${own}:${ACTIONS[access]}`);
  return [...actions].slice(0, MOST_SCOPES)
    .map(([resource, allowed]) => `${resource}:${[...allowed].sort().join(",")}`);
}

/** Whether a token that was asked for with the scopes `held` is good for all of `wanted`. */
export function covers(held: readonly string[], wanted: readonly string[]): boolean {
  const [has, needs] = [held, wanted].map((scopes) => {
    const actions = new Map<string, Set<string>>();
    for (const scope of scopes) add(actions, scope);
    return actions;
  });
  return [...needs ?? []].every(([resource, allowed]) =>
    [...allowed].every((action) => has?.get(resource)?.has(action))
  );
}

/** The name may have colons (a host with a port); the actions have none. */
function add(actions: Map<string, Set<string>>, scope: string): void {
  const colon = scope.lastIndexOf(":");
  if (colon <= 0) return;
  const resource = scope.slice(0, colon);
  const allowed = actions.get(resource) ?? new Set();
  for (const action of scope.slice(colon + 1).split(",")) allowed.add(action);
  actions.set(resource, allowed);
}
