/** One way in which a program is not as it should be. */
export interface Finding<Rule extends string = string> {
  readonly rule: Rule;
  /** What was found, as the rest of a sentence that begins with the program's name. */
  readonly message: string;
}

/** A rule, and what says how a program breaks it. */
export type Check<Rule extends string, Program, Wanted> = readonly [
  rule: Rule,
  check: (program: Program, wanted: Wanted) => string | undefined | false,
];

/** What the checks have to say of a program, in their order. */
export function findingsOf<Rule extends string, Program, Wanted>(
  checks: readonly Check<Rule, Program, Wanted>[],
  program: Program,
  wanted: Wanted,
): Finding<Rule>[] {
  return checks.flatMap(([rule, check]) => {
    const message = check(program, wanted);
    return message ? [{ rule, message }] : [];
  });
}
