import { readShard, type Shard } from "../mirror/sync/shard.ts";
import { SYNC, SYNC_FILE } from "./manual/sync.ts";
import { parseWords, readRate, wrongWords } from "./options.ts";

/** What the user typed after `sync`. */
export interface SyncWords {
  /** The sync file's path. */
  readonly file: string;
  readonly dryRun: boolean;
  readonly check: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
  /** Undefined: as the file says. */
  readonly keepGoing?: true;
  readonly clobber: boolean;
  /** > 0 */
  readonly requestsPerSecond?: number;
  readonly shard?: Shard;
}

/**
 * Reads the words after `sync`.
 *
 * @param environment the variables of an Indexed Job
 * @throws PauseError `usage`
 */
export function readSyncWords(
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>> = {},
): SyncWords | "help" | "schema" {
  const { values, positionals } = parseWords(SYNC, words);
  if (values.help) return "help";
  if (values.schema) return "schema";
  const [file = SYNC_FILE, ...more] = positionals;
  if (more.length > 0) throw wrongWords("sync", `it takes one file, not ${more.length + 1}`);
  const shard = readShard(values.shard, environment);
  const rate = values["max-requests-per-second"];
  return {
    file,
    dryRun: values["dry-run"] === true,
    check: values.check === true,
    json: values.json === true,
    quiet: values.quiet === true,
    clobber: values["no-clobber"] !== true,
    ...(values["keep-going"] === true && { keepGoing: true }),
    ...(rate !== undefined && { requestsPerSecond: readRate("sync", rate) }),
    ...(shard && { shard }),
  };
}
