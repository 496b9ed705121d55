/** Who built, as a provenance names it. */
export interface BuildRunner {
  /** What somebody has to trust who trusts the provenance. */
  readonly id: string;
  /** The address of the one run; missing where there is none, and the provenance is then the same each time. */
  readonly invocationId?: string;
}

/** A machine of which nothing is known. */
export const LOCAL_RUNNER: BuildRunner = {
  id: "https://github.com/pause-image/pause-image/blob/main/docs/provenance.md#local",
};

/**
 * Who builds, by what GitHub's runners say of themselves; elsewhere {@link LOCAL_RUNNER}.
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/variables
 */
export function runnerOf(
  environment: Readonly<Record<string, string | undefined>>,
): BuildRunner {
  const {
    GITHUB_ACTIONS,
    GITHUB_SERVER_URL: server,
    GITHUB_REPOSITORY: repository,
    GITHUB_WORKFLOW_REF: workflow,
    GITHUB_RUN_ID: run,
    GITHUB_RUN_ATTEMPT: attempt = "1",
  } = environment;
  if (GITHUB_ACTIONS !== "true" || !server || !workflow) return LOCAL_RUNNER;
  const id = `${server}/${workflow}`;
  if (!repository || !run) return { id };
  return { id, invocationId: `${server}/${repository}/actions/runs/${run}/attempts/${attempt}` };
}
