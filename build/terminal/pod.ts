import { readFile } from "node:fs/promises";
import process from "node:process";
import { nativeArchitecture } from "../check/run/emulator.ts";
import { didYouMean } from "../did-you-mean.ts";
import { storageError } from "../host/files.ts";
import { downPod } from "../pod/down.ts";
import { type Engine, findEngine } from "../pod/engine.ts";
import { enterPod } from "../pod/enter.ts";
import { type Pod, readPodFile } from "../pod/file.ts";
import { isPodName } from "../pod/manifest.ts";
import { listPods } from "../pod/ps.ts";
import { type UpOptions, upPod } from "../pod/up.ts";
import { commandHelp } from "./command-help.ts";
import { INFRA_IMAGE, POD, type PodOptions } from "./manual/pod.ts";
import { parseWords, type Values, wrongWords } from "./options.ts";
import { podLines } from "./pod-lines.ts";
import { type Screen, screen } from "./screen.ts";

/** Where lines go. */
export interface PodDesk {
  readonly out: Screen;
  readonly err: Screen;
}

interface Job {
  readonly words: readonly string[];
  readonly values: Values<PodOptions>;
  readonly signal: AbortSignal;
  readonly desk: PodDesk;
}

const VERBS: Readonly<Record<string, (job: Job) => Promise<number>>> = { up, ps, enter, down };

/**
 * `pause-image pod up|ps|enter|down`
 * @returns the exit code; that of the command which was run in the pod
 * @throws PauseError `usage` for wrong words and files; what the commands throw
 */
export async function runPod(
  words: readonly string[],
  signal: AbortSignal,
  desk: PodDesk = {
    out: screen(process.stdout, process.env),
    err: screen(process.stderr, process.env),
  },
): Promise<number> {
  const { values, positionals } = parseWords(POD, words);
  const [verb, ...rest] = positionals;
  if (values.help) {
    desk.out.write(commandHelp(POD));
    return 0;
  }
  const known = Object.keys(VERBS);
  if (verb === undefined) throw wrongWords("pod", `it takes one of ${known.join(", ")}`);
  const act = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
  if (act === undefined) {
    const near = didYouMean(verb, known);
    throw wrongWords("pod", `there is no "${verb}", only ${known.join(", ")}`, near);
  }
  return await act({ words: rest, values, signal, desk });
}

async function up({ words, values, signal, desk }: Job): Promise<number> {
  const pod = await readPod(only(words, "up", "FILE"));
  const engine = findEngine(values.engine);
  const { out, err } = desk;
  const up = await upPod(engine, pod, {
    ...infraOf(engine, values["infra-image"]),
    signal,
    onPull: (image) => err.write(`${image}  ${err.paint("dim", `fetched by ${engine.name}`)}`),
  });
  if (values.json) out.write(JSON.stringify(up, undefined, 2));
  else for (const line of podLines([up], out.paint)) out.write(line);
  return 0;
}

/** The image that nobody named is ours, as it was loaded: a registry could have another one under the name. */
function infraOf({ name }: Engine, named?: string): Pick<UpOptions, "infraImage" | "makeInfra"> {
  if (named !== undefined) return { infraImage: named };
  const make =
    `pause-image all ARCH=${nativeArchitecture()} OUTPUT=docker-archive:pause.tar && ${name} load -i pause.tar`;
  return { infraImage: INFRA_IMAGE, makeInfra: make };
}

async function ps({ words, values, desk: { out } }: Job): Promise<number> {
  if (words.length > 0) throw wrongWords("pod", `ps takes no "${words[0]}"`);
  const pods = await listPods(findEngine(values.engine));
  if (values.json) out.write(JSON.stringify({ pods }, undefined, 2));
  else for (const line of podLines(pods, out.paint)) out.write(line);
  return 0;
}

async function enter({ words, values, signal }: Job): Promise<number> {
  const [name, program = "sh", ...args] = words;
  if (name === undefined) throw wrongWords("pod", "enter needs the NAME of a pod");
  requireName(name);
  return await enterPod(findEngine(values.engine), name, [program, ...args], signal);
}

async function down({ words, values, desk: { out } }: Job): Promise<number> {
  const word = only(words, "down", "NAME or FILE");
  // A name has neither.
  const isFile = /[/.]/.test(word);
  if (!isFile) requireName(word);
  const name = isFile ? (await readPod(word)).name : word;
  const was = await downPod(findEngine(values.engine), { pod: name });
  out.write(`${name}  ${was ? out.paint("green", "down") : out.paint("dim", "not there")}`);
  return 0;
}

function requireName(word: string): void {
  if (isPodName(word)) return;
  throw wrongWords("pod", `"${word}" is no name of a pod`, ' "pod ps" lists those that there are.');
}

function only(words: readonly string[], verb: string, what: string): string {
  const [word] = words;
  if (word !== undefined && words.length === 1) return word;
  throw wrongWords("pod", `${verb} takes one ${what}, not ${words.length}`);
}

async function readPod(path: string): Promise<Pod> {
  try {
    return readPodFile(await readFile(path), path);
  } catch (error) {
    throw storageError("read", path, error);
  }
}
