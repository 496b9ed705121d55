import process from "node:process";
import { didYouMean } from "../did-you-mean.ts";
import { dropIn, isFlag } from "../runtimes/configure.ts";
import { type Edited, editFile } from "../runtimes/edit-file.ts";
import { type Image, pinImage } from "../runtimes/image.ts";
import type { Runtime } from "../runtimes/runtime.ts";
import { DEFAULT_IMAGE, RUNTIMES } from "../runtimes/table.ts";
import type { Desk } from "./carrying.ts";
import { commandHelp } from "./command-help.ts";
import { CONFIG, type ConfigOptions } from "./manual/config.ts";
import { OUT_OF_DATE } from "./manual/sync.ts";
import { parseWords, type Values, wrongWords } from "./options.ts";
import { screen } from "./screen.ts";

/** Where the file goes, and where the words about it go. */
export type ConfigDesk = Pick<Desk, "out" | "err">;

/**
 * `pause-image config RUNTIME`: prints what a runtime has to be told, or writes it into a file.
 * @throws PauseError `usage` for wrong words; what `pinImage` and `editFile` throw
 */
export async function runConfig(
  words: readonly string[],
  signal: AbortSignal,
  desk: ConfigDesk = {
    out: screen(process.stdout, process.env),
    err: screen(process.stderr, process.env),
  },
): Promise<number> {
  const { values, positionals } = parseWords(CONFIG, words);
  if (values.help) {
    desk.out.write(commandHelp(CONFIG));
    return 0;
  }
  const runtime = readRuntime(positionals);
  checkWords(runtime, values);
  const image = values.remove ? undefined : await pinImage(values.image ?? DEFAULT_IMAGE, {
    offline: !runtime.takesDigest || values.offline === true,
    plainHttp: values.insecure === true || process.env.INSECURE === "1",
    signal,
    ...certificates(values),
  });
  if (values.write !== undefined) {
    const edited = await editFile(runtime, image, values.write, values.diff);
    return tellEdited(desk, runtime, image, edited);
  }
  if (image === undefined) return 0;
  desk.out.write(dropIn(runtime, image).trimEnd());
  tell(desk, runtime, image, `This goes into ${runtime.dropIn}.`);
  return 0;
}

function certificates(values: Values<ConfigOptions>): { readonly certDir?: string } {
  const certDir = values["cert-dir"] ?? process.env.CERT_DIR ?? "";
  return certDir === "" ? {} : { certDir };
}

function readRuntime([word, ...more]: readonly string[]): Runtime {
  const names = RUNTIMES.map(({ name }) => name);
  const all = names.join(", ");
  if (word === undefined) throw wrongWords("config", `no runtime is named. Name one of ${all}`);
  if (more.length > 0) throw wrongWords("config", `it takes one runtime, not ${more.length + 1}`);
  const runtime = RUNTIMES.find(({ name }) => name === word);
  if (runtime !== undefined) return runtime;
  const near = didYouMean(word, names);
  throw wrongWords("config", `there is no runtime "${word}", only ${all}`, near);
}

function checkWords(runtime: Runtime, values: Values<ConfigOptions>): void {
  const { write, remove, diff, image } = values;
  if (write === undefined && (diff || remove)) {
    throw wrongWords("config", `--${diff ? "diff" : "remove"} needs --write FILE`);
  }
  if (!remove) return;
  if (image !== undefined) throw wrongWords("config", "--remove takes no --image");
  if (runtime.keys().every(isFlag)) return;
  throw wrongWords("config", `--remove takes out a flag, and ${runtime.name} has none`);
}

function tellEdited(
  desk: ConfigDesk,
  runtime: Runtime,
  image: Image | undefined,
  { path, outcome, diff, backup }: Edited,
): number {
  if (outcome === "unchanged") {
    desk.out.write(`${path}  ${desk.out.paint("dim", "says so already")}`);
    return 0;
  }
  if (outcome === "planned") {
    for (const line of diff) desk.out.write(line);
    return OUT_OF_DATE;
  }
  const kept = backup === undefined ? "" : `, the old one is ${backup}`;
  desk.out.write(`${path}  ${desk.out.paint("green", "written")}${kept}`);
  tell(desk, runtime, image);
  return 0;
}

/** What there is to do and to know, beside the file. */
function tell(
  { err }: ConfigDesk,
  runtime: Runtime,
  image: Image | undefined,
  where?: string,
): void {
  if (where !== undefined) err.write(where);
  err.write(`Then: ${runtime.restart}`);
  if (image !== undefined && image.digest === undefined && runtime.takesDigest) {
    err.write(
      `${
        err.paint("red", "not pinned:")
      } ${image.pinned} is a tag, which may name another image tomorrow. Without --offline its digest is written.`,
    );
  }
  for (const note of runtime.notes) err.write(`${err.paint("bold", "note:")} ${note}`);
}
