import { EXIT_CODES } from "../error.ts";
import { readShard, type Shard } from "../mirror/sync/shard.ts";
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

/** The exit code of `--check` when something is out of date. It is no error: see EXIT_CODES. */
export const OUT_OF_DATE = 2;

/** What it is called where nobody says otherwise. */
const FILE = "pause-mirror.yaml";

const OPTIONS = {
  "dry-run": { type: "boolean", short: "n" },
  check: { type: "boolean" },
  "keep-going": { type: "boolean", short: "k" },
  "no-clobber": { type: "boolean" },
  shard: { type: "string" },
  "max-requests-per-second": { type: "string" },
  schema: { type: "boolean" },
  json: { type: "boolean" },
  quiet: { type: "boolean", short: "q" },
  help: { type: "boolean", short: "h" },
} as const;

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
  const { values, positionals } = parseWords("sync", OPTIONS, words);
  if (values.help) return "help";
  if (values.schema) return "schema";
  const [file = FILE, ...more] = positionals;
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

/** The text of `sync --help`. */
export function syncHelp(): string {
  return `Usage: pause-image sync [FILE] [option…]

Mirrors the images that FILE names to where it says: every platform, the same digest, and what
hangs on them. What is up to date is passed over. Without FILE, ${FILE}.

Options:
  -n, --dry-run   change nothing: print what would be sent, after a look at both sides
  --check         change nothing: exit code ${OUT_OF_DATE} when something is out of date
  -k, --keep-going
                  begin with the others after one has failed, as keepGoing: true in FILE
  --no-clobber    move no tag that names something else already
  --shard I/N     only the sources of shard I of N, I from 0 on. In an Indexed Job of Kubernetes
                  JOB_COMPLETION_INDEX and JOB_COMPLETIONS say so
  --max-requests-per-second N
                  to each host, besides what FILE says
  --schema        print the JSON Schema of FILE, for editors
  --json          print JSON: a line for each event, or the plan
  -q, --quiet     print only what failed
  -h, --help      print this

Exit codes:
  0   everything is up to date now; with --dry-run, could be planned
  ${OUT_OF_DATE}   --check: something is out of date
  ${EXIT_CODES.usage}   FILE or the words are wrong
  ${EXIT_CODES.partial}  a part failed; when all of it did, the code of what failed first

docs/mirror-sync.md says what FILE may hold.`;
}
