import { createHash } from "node:crypto";
import { PauseError } from "../../error.ts";
import type { Repository } from "../../oci/reference.ts";

/** One of several processes that share the sources of a file between them. */
export interface Shard {
  /** 0 to count - 1. */
  readonly index: number;
  /** ≥ 1 */
  readonly count: number;
}

/**
 * The shard that a source repository belongs to: always the same for the same count, whatever else
 * the file has. All tags of a repository stay together, so that its tags are listed once and the
 * layers that they share are carried once.
 */
export function shardOf({ host, repository }: Repository, count: number): number {
  const hash = createHash("sha256").update(`${host}/${repository}`).digest();
  return hash.readUIntBE(0, 6) % count;
}

/** Whether a source repository is this shard's. */
export function isOurs(repository: Repository, { index, count }: Shard): boolean {
  return shardOf(repository, count) === index;
}

/**
 * The shard that this process is: `3/10`, or by the variables of an Indexed Job, JOB_COMPLETION_INDEX,
 * which Kubernetes sets, and JOB_COMPLETIONS, which the Job has to.
 *
 * @param text what the user typed, INDEX/COUNT, INDEX from 0 on
 * @returns undefined when nothing says that there are shards
 * @throws PauseError `usage` when it is none; without JOB_COMPLETIONS every pod would do everything
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/job/#completion-mode
 */
export function readShard(
  text: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Shard | undefined {
  const { JOB_COMPLETION_INDEX: own, JOB_COMPLETIONS: completions } = environment;
  if (text !== undefined) return parsed(text, `--shard ${text}`);
  if (own === undefined) return undefined;
  if (completions !== undefined) {
    const said = `JOB_COMPLETION_INDEX=${own} with JOB_COMPLETIONS=${completions}`;
    return parsed(`${own}/${completions}`, said);
  }
  throw new PauseError(
    "usage",
    "Cannot tell the shard: JOB_COMPLETION_INDEX is set, and JOB_COMPLETIONS is not. Set it to the Job's completions.",
  );
}

function parsed(text: string, said: string): Shard {
  const [, index, count] = /^(0|[1-9]\d{0,5})\/([1-9]\d{0,5})$/.exec(text) ?? [];
  if (index !== undefined && Number(index) < Number(count)) {
    return { index: Number(index), count: Number(count) };
  }
  throw new PauseError(
    "usage",
    `Cannot use ${said}: a shard is INDEX/COUNT, INDEX being 0 to COUNT - 1.`,
  );
}
