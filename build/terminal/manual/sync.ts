import { EXIT_CODES } from "../../error.ts";
import type { Manual } from "./manual.ts";
import { HELP_OPTION, NO_CLOBBER } from "./shared.ts";

/** The exit code of `--check` when something is out of date. It is no error: see EXIT_CODES. */
export const OUT_OF_DATE = 2;

/** What the file is called where nobody says otherwise. */
export const SYNC_FILE = "pause-mirror.yaml";

const OWN = {
  "dry-run": {
    short: "n",
    summary: "change nothing: print what would be sent, after a look at both sides",
  },
  check: { summary: "change nothing: exit code 2 when something is out of date" },
  "keep-going": {
    short: "k",
    summary: "begin with the others after one has failed, as keepGoing: true in FILE",
  },
  shard: {
    value: "I/N",
    summary:
      "only the sources of shard I of N, I from 0 on. In an Indexed Job of Kubernetes JOB_COMPLETION_INDEX and JOB_COMPLETIONS say so",
  },
  "max-requests-per-second": { value: "N", summary: "to each host, besides what FILE says" },
  schema: { summary: "print the JSON Schema of FILE, for editors" },
  json: { summary: "print JSON: a line for each event, or the plan" },
  quiet: { short: "q", summary: "print only what failed" },
} as const;

/** The options of `sync`. */
export type SyncOptions = typeof OWN & typeof NO_CLOBBER & typeof HELP_OPTION;

export const SYNC: Manual<SyncOptions> = {
  name: "sync",
  usage: "[FILE] [option…]",
  about: [
    `Mirrors the images that FILE names to where it says: every platform, the same digest, and what hangs on them. What is up to date is passed over. Without FILE, ${SYNC_FILE}.`,
  ],
  operands: "files",
  options: { ...OWN, ...NO_CLOBBER, ...HELP_OPTION },
  examples: [
    "pause-mirror.yaml --dry-run",
    "pause-mirror.yaml --keep-going --max-requests-per-second 10",
  ],
  exits: [
    ["0", "everything is up to date now; with --dry-run, could be planned"],
    [`${OUT_OF_DATE}`, "--check: something is out of date"],
    [`${EXIT_CODES.usage}`, "FILE or the words are wrong"],
    [`${EXIT_CODES.partial}`, "a part failed; when all of it did, the code of what failed first"],
  ],
  more: "docs/mirror-sync.md says what FILE may hold.",
};
