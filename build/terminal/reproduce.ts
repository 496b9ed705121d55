import process from "node:process";
import type { ReproduceOptions } from "../make/reproduce/reproduce.ts";
import { VERDICT_EXITS } from "../make/reproduce/verdict.ts";
import type { PauseError } from "../error.ts";
import { isDigest } from "../oci/digest.ts";
import { commandHelp } from "./command-help.ts";
import { openImagePlace } from "./image-place.ts";
import { REPRODUCE } from "./manual/reproduce.ts";
import { parseWords, wrongWords } from "./options.ts";
import { lockJson, lockLines, reproducedJson, reproducedLines } from "./reproduce-lines.ts";
import { type Screen, screen } from "./screen.ts";

/** What the user typed after `reproduce`. */
interface ReproduceWords {
  readonly image: string;
  readonly isLock: boolean;
  readonly isJson: boolean;
  readonly plainHttp: boolean;
  readonly certDir?: string;
  readonly options: Omit<ReproduceOptions, "signal">;
}

/**
 * `pause-image reproduce IMAGE`: builds once more, compares, and says by the exit code what came out.
 * @throws PauseError `usage` for wrong words; what `reproduce` throws
 */
export async function runReproduce(
  words: readonly string[],
  signal: AbortSignal,
  out: Screen = screen(process.stdout, process.env),
): Promise<number> {
  const read = readReproduceWords(words, process.env);
  if (read === "help") {
    out.write(commandHelp(REPRODUCE));
    return 0;
  }
  const { image, isLock, isJson, options, ...connection } = read;
  if (isLock) {
    const { checkLock } = await import("../make/reproduce/lock.ts");
    const report = await checkLock(options.directory, signal);
    if (isJson) out.write(lockJson(report));
    else for (const line of lockLines(report, out.paint)) out.write(line);
    return VERDICT_EXITS[report.verdict];
  }
  const { reproduce } = await import("../make/reproduce/reproduce.ts");
  const { store, ref, pin } = await openImagePlace(image, { ...connection, signal });
  const reproduced = await reproduce(store, ref, { ...options, signal });
  if (isJson) out.write(reproducedJson(reproduced, pin));
  else for (const line of reproducedLines(reproduced, pin, out.paint)) out.write(line);
  return VERDICT_EXITS[reproduced.verdict];
}

/** What a user can say of a build, because nobody takes it from a stranger. */
const CONFIRMED = /^(CFLAGS|ENGINE|TOOLCHAIN_IMAGE|BASE)=/;

/**
 * Reads the words after `reproduce`.
 * @throws PauseError `usage`
 */
export function readReproduceWords(
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>> = {},
): ReproduceWords | "help" {
  const { values, positionals } = parseWords(REPRODUCE, words);
  if (values.help) return "help";
  const { provenance, source, lock: isLock = false } = values;
  if (isLock && positionals.length + Number(provenance !== undefined) > 0) {
    throw usage("--lock is about the sources, and takes no image and no variables");
  }
  if (provenance !== undefined && !isDigest(provenance)) {
    throw usage(`--provenance ${provenance} is no digest`);
  }
  const certDir = values["cert-dir"] ?? environment.CERT_DIR;
  return {
    image: imageIn(positionals),
    isLock,
    isJson: values.json === true,
    plainHttp: values.insecure === true || environment.INSECURE === "1",
    ...(certDir && { certDir }),
    options: {
      directory: source ?? process.cwd(),
      confirmed: confirmedIn(positionals),
      ...(provenance !== undefined && { provenance }),
    },
  };
}

const ASSIGNMENT = /^([A-Z_]+)=(.*)$/s;

function imageIn(positionals: readonly string[]): string {
  // What "all" makes, unless OUTPUT says otherwise.
  const [image = "oci:out", ...more] = positionals.filter((word) => !ASSIGNMENT.test(word));
  if (image === "") throw usage("no image is named");
  if (more.length > 0) throw usage("several images are named");
  return image;
}

function confirmedIn(positionals: readonly string[]): Record<string, string> {
  const assignments = positionals.filter((word) => ASSIGNMENT.test(word));
  const wrong = assignments.find((word) => !CONFIRMED.test(word));
  if (wrong !== undefined) {
    throw usage(
      `it takes no ${wrong}: the provenance says it. It takes CFLAGS, ENGINE, TOOLCHAIN_IMAGE and BASE`,
    );
  }
  return Object.fromEntries(assignments.map((word) => {
    const [, name = "", value = ""] = ASSIGNMENT.exec(word) ?? [];
    return [name, value];
  }));
}

function usage(found: string): PauseError {
  return wrongWords("reproduce", found);
}
