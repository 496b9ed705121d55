import process from "node:process";
import { EXIT_CODES } from "../error.ts";
import { diagnose, type Diagnosis } from "../runtimes/doctor.ts";
import type { Finding } from "../runtimes/finding.ts";
import { commandHelp } from "./command-help.ts";
import { DOCTOR } from "./manual/doctor.ts";
import { parseWords, wrongWords } from "./options.ts";
import { type Paint, type Screen, screen } from "./screen.ts";
import { count } from "./sizes.ts";

/**
 * `pause-image doctor`: looks at a node's files, prints what is wrong, and says by the exit code
 * what came out.
 *
 * @throws PauseError `usage` for wrong words; what `diagnose` throws
 */
export async function runDoctor(
  words: readonly string[],
  signal: AbortSignal,
  out: Screen = screen(process.stdout, process.env),
): Promise<number> {
  const { values, positionals } = parseWords(DOCTOR, words);
  if (values.help) {
    out.write(commandHelp(DOCTOR));
    return 0;
  }
  if (positionals.length > 0) {
    throw wrongWords("doctor", `it takes no "${positionals[0]}"; the node's folder is --root DIR`);
  }
  const certDir = values["cert-dir"] ?? process.env.CERT_DIR ?? "";
  const diagnosis = await diagnose(values.root ?? "/", {
    offline: values.offline === true,
    plainHttp: values.insecure === true || process.env.INSECURE === "1",
    signal,
    ...(certDir !== "" && { certDir }),
  });
  if (values.json) out.write(JSON.stringify(diagnosis, undefined, 2));
  else for (const line of diagnosisLines(diagnosis, out.paint)) out.write(line);
  return {
    fine: 0,
    wrong: EXIT_CODES.verification,
    unknown: EXIT_CODES.partial,
  }[diagnosis.outcome];
}

const WORDS = { wrong: ["red", "WRONG"], unknown: ["bold", "open "] } as const;

/** The images with their places, the findings with theirs and what mends them, and how many there are. */
export function diagnosisLines({ images, files, findings }: Diagnosis, paint: Paint): string[] {
  const width = Math.max(0, ...images.map(({ runtime }) => runtime.length));
  const wrong = findings.filter(({ outcome }) => outcome === "wrong").length;
  return [
    ...images.map(({ runtime, image, file, line }) =>
      `${paint("bold", runtime.padEnd(width))}  ${plain(image)}  ${
        paint("dim", `${plain(file)}:${line}`)
      }`
    ),
    ...(images.length > 0 && findings.length > 0 ? [""] : []),
    ...findings.flatMap((finding) => findingLines(finding, paint)),
    ...(images.length + findings.length > 0 ? [""] : []),
    `${count(files.length, "file")} read: ${wrong} wrong, ${
      findings.length - wrong
    } could not be found out`,
  ];
}

function findingLines(
  { id, outcome, file, line, found, fix }: Finding,
  paint: Paint,
): string[] {
  const [style, word] = WORDS[outcome];
  const place = file === undefined ? "" : `  ${plain(file)}${line === undefined ? "" : `:${line}`}`;
  return [
    `${paint(style, word)}  ${id}${place}`,
    `       ${plain(found)}`,
    `       ${paint("green", "fix:")} ${plain(fix)}`,
  ];
}

/** A file's words without what could steer a terminal or make a line of their own. */
function plain(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replaceAll(/[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, "\ufffd");
}
