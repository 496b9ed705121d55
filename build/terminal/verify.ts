import process from "node:process";
import { readPlatform } from "../oci/platform.ts";
import { verify } from "../check/verify.ts";
import { EXIT_CODES, type PauseError } from "../error.ts";
import type { Platform } from "../oci/platform.ts";
import { commandHelp } from "./command-help.ts";
import { VERIFY, type VerifyOptions } from "./manual/verify.ts";
import { listOf, parseWords, type Values, wrongWords } from "./options.ts";
import { type Screen, screen } from "./screen.ts";
import { FORMATS } from "./verify-formats.ts";

/** What the user typed after `verify`. */
export interface VerifyWords {
  readonly target: string;
  readonly format: keyof typeof FORMATS;
  readonly static: boolean;
  readonly plainHttp: boolean;
  readonly certDir?: string;
  readonly platforms?: readonly Platform[];
}

/**
 * `pause-image verify TARGET`: checks, prints, and says by the exit code what came out.
 *
 * @param environment `INSECURE=1` and `CERT_DIR` are taken from it, and what decides on colours
 * @throws PauseError `usage` for wrong words; what `verify` throws
 */
export async function runVerify(
  words: readonly string[],
  signal: AbortSignal,
  out: Screen = screen(process.stdout, process.env),
): Promise<number> {
  const read = readVerifyWords(words, process.env);
  if (read === "help") {
    out.write(commandHelp(VERIFY));
    return 0;
  }
  const { target, format, platforms, certDir } = read;
  const report = await verify(target, {
    static: read.static,
    plainHttp: read.plainHttp,
    signal,
    ...(platforms && { platforms }),
    ...(certDir && { certDir }),
  });
  for (const line of FORMATS[format](report, out.paint)) out.write(line);
  return { pass: 0, fail: EXIT_CODES.verification, unchecked: EXIT_CODES.partial }[report.outcome];
}

/**
 * Reads the words after `verify`.
 * @throws PauseError `usage`
 */
export function readVerifyWords(
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>> = {},
): VerifyWords | "help" {
  const { values, positionals } = parseWords(VERIFY, words);
  if (values.help) return "help";
  const assignments = positionals.filter((word) => /^[A-Z_]+=/.test(word));
  const wrong = assignments.find((word) => !/^(INSECURE=[01]|CERT_DIR=.*)$/.test(word));
  if (wrong !== undefined) throw usage(`it takes no ${wrong}, only INSECURE=1 and CERT_DIR=DIR`);
  const { INSECURE = environment.INSECURE, CERT_DIR = environment.CERT_DIR } = Object.fromEntries(
    assignments.map((word) => [word.replace(/=.*/, ""), word.replace(/^\w+=/, "")]),
  );
  const certDir = values["cert-dir"] ?? CERT_DIR;
  // What "all" makes, unless OUTPUT says otherwise.
  const [target = "oci:out", ...more] = positionals.filter((word) => !assignments.includes(word));
  if (more.length > 0) throw usage(`${more.length + 1} targets are named. Name one`);
  if (target === "") throw usage("the target's name is empty");
  const platforms = values.platform?.flatMap(listOf).map(readPlatform);
  return {
    target,
    format: formatOf(values),
    static: values.static === true,
    plainHttp: values.insecure === true || INSECURE === "1",
    ...(platforms && { platforms }),
    ...(certDir && { certDir }),
  };
}

function formatOf({ format, json = false }: Values<VerifyOptions>): keyof typeof FORMATS {
  if (json && format !== undefined && format !== "json") {
    throw usage(`--json and --format ${format} are two formats. Name one`);
  }
  return format ?? (json ? "json" : "table");
}

function usage(found: string): PauseError {
  return wrongWords("verify", found);
}
