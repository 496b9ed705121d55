import { availableParallelism } from "node:os";
import pLimit from "p-limit";
import { readElf } from "../compile/elf.ts";
import { TARGETS } from "../compile/targets.ts";
import { PauseError } from "../error.ts";
import { everySettled } from "../host/settle.ts";
import { type Digest, sha256 } from "../oci/digest.ts";
import { readIndex } from "../oci/document.ts";
import type { Index } from "../oci/manifest.ts";
import { isIndex } from "../oci/media-types.ts";
import type { Platform } from "../oci/platform.ts";
import { isAttestation } from "./attestation.ts";
import { executorOf } from "./emulator.ts";
import { type Gathering, gathering, noteProgram } from "./gather.ts";
import { gatherImage } from "./image.ts";
import { BEHAVIOURS, observe, type Observed, type Subject } from "./observe.ts";
import { type OpenOptions, openTarget, type Target } from "./open.ts";
import { isWanted, nameOf } from "./platform.ts";
import { judge, type Judged, type Outcome } from "./row.ts";
import { BEHAVIOUR_ROWS } from "./behaviour-rows.ts";
import { IMAGE_ROWS } from "./image-rows.ts";
import { INDEX_ROWS } from "./index-rows.ts";
import { PROGRAM_ROWS } from "./program-rows.ts";

export interface VerifyOptions extends OpenOptions {
  /** The platforms of an image to check. @default all */
  readonly platforms?: readonly Platform[];
  /** Runs nothing. @default false */
  readonly static?: boolean;
}

/** What was checked, and what came out. */
export interface Report {
  /** The target's name in full. */
  readonly target: string;
  /** Of an image: what its name points at. Of a program: its own. */
  readonly digest: Digest;
  readonly subjects: readonly Checked[];
  /** `fail` when a row fails, `unchecked` when none does and some could not be checked. */
  readonly outcome: Outcome;
}

/** One of the things that a target consists of: its index, an image, a program. */
export interface Checked {
  /** `index`, or the platform. */
  readonly name: string;
  readonly rows: readonly Judged[];
  /** What the program was run on: `native`, or QEMU's program. Undefined when it was not run. */
  readonly ranOn?: string;
}

/** Images that are read at once: each may take 128 MiB. */
const READ_AT_ONCE = 4;

/** More entries than any index of a pause image has. */
const ENTRY_LIMIT = 100;

/**
 * Checks whether something is a good pause image, or a good pause program, row by row. Nothing is
 * written. Programs are run only as `confine` says, and not at all with `static`.
 *
 * @param text what the user named, see {@link openTarget}
 * @throws PauseError as {@link openTarget} does; `verification` for an index that is no index or has
 * none of the wanted platforms; `registry`, `authentication`, `storage` when a part cannot be read
 * for reasons that say nothing about the image; `interrupted`
 */
export async function verify(text: string, options: VerifyOptions = {}): Promise<Report> {
  const target = await openTarget(text, options);
  const subjects = target.kind === "program"
    ? [await checkAlone(target, options)]
    : await checkImages(target, options);
  const outcomes = subjects.flatMap(({ rows }) => rows.map(({ outcome }) => outcome));
  const outcome = (["fail", "unchecked"] as const).find((one) => outcomes.includes(one)) ?? "pass";
  const digest = target.kind === "program" ? sha256(target.bytes) : target.root.descriptor.digest;
  return { target: target.name, digest, subjects, outcome };
}

type Image = Extract<Target, { kind: "image" }>;
type Program = Extract<Target, { kind: "program" }>;

async function checkImages(target: Image, options: VerifyOptions): Promise<Checked[]> {
  const { source, root } = target;
  const watch = observer(options);
  const finish = async (facts: Gathering, name?: string): Promise<Checked> => {
    const ranOn = await behave(facts, watch);
    const rows = judge([...IMAGE_ROWS, ...PROGRAM_ROWS, ...BEHAVIOUR_ROWS], facts);
    const { platform } = facts.known;
    return { name: name ?? (platform ? nameOf(platform) : "image"), rows, ...(ranOn && { ranOn }) };
  };
  if (!isIndex(root.descriptor.mediaType)) {
    const facts = await gatherImage(source, root.descriptor);
    const { platform } = facts.known;
    if (platform) requirePlatforms(target, [platform], options);
    return [await finish(facts)];
  }
  const index = readIndex(root.bytes);
  const entries = imagesOf(index, target, options);
  const atOnce = pLimit(READ_AT_ONCE);
  const images = await everySettled(entries.map((entry) =>
    atOnce(async () => {
      const facts = await gatherImage(source, entry, { index, entry });
      return await finish(facts, entry.platform ? nameOf(entry.platform) : entry.digest);
    })
  ));
  return [{ name: "index", rows: judge(INDEX_ROWS, { known: { index }, unknown: {} }) }, ...images];
}

/** The entries that are images, of the wanted platforms. */
function imagesOf(index: Index, target: Image, options: VerifyOptions): Index["manifests"] {
  const images = index.manifests.filter((entry) => !isAttestation(entry));
  if (images.length === 0 || images.length > ENTRY_LIMIT) {
    throw new PauseError(
      "verification",
      `Cannot verify ${target.name}: its index has ${images.length} images.`,
    );
  }
  requirePlatforms(target, images.flatMap(({ platform }) => platform ?? []), options);
  const { platforms } = options;
  if (platforms === undefined) return images;
  return images.filter(({ platform }) =>
    platform && platforms.some((wanted) => isWanted(platform, wanted))
  );
}

function requirePlatforms(
  { name }: Image,
  there: readonly Platform[],
  { platforms = [] }: VerifyOptions,
): void {
  const missing = platforms.find((wanted) => !there.some((one) => isWanted(one, wanted)));
  if (missing === undefined) return;
  throw new PauseError(
    "verification",
    `Cannot verify ${name} for ${nameOf(missing)}: it has ${there.map(nameOf).join(", ")}.`,
  );
}

async function checkAlone({ bytes }: Program, options: VerifyOptions): Promise<Checked> {
  const facts = gathering();
  const platform = platformOf(bytes);
  facts.known.platform = platform ?? { os: "linux", architecture: "unknown" };
  noteProgram(facts, bytes, facts.known.platform);
  const ranOn = await behave(facts, observer(options));
  const rows = judge([...PROGRAM_ROWS, ...BEHAVIOUR_ROWS], facts);
  return { name: platform ? nameOf(platform) : "program", rows, ...(ranOn && { ranOn }) };
}

/** The platform of a program that comes without an image, by its ELF header. */
function platformOf(bytes: Uint8Array): Platform | undefined {
  try {
    const { machine, class: width, endian } = readElf(bytes);
    return TARGETS.find(({ elf }) =>
      elf.machine === machine && elf.class === width && elf.endian === endian
    )?.platforms[0];
  } catch (error) {
    if (error instanceof PauseError) return undefined;
    throw error;
  }
}

type Watch = (key: string, subject: Subject) => Promise<Observed>;

/** Runs each program once, a few at a time. Undefined: nothing is to be run. */
function observer({ static: isStatic = false, signal }: VerifyOptions): Watch | undefined {
  if (isStatic) return undefined;
  const seen = new Map<string, Promise<Observed>>();
  const atOnce = pLimit(Math.max(2, availableParallelism()));
  return (key, subject) => {
    const known = seen.get(key) ?? atOnce(() => observe(subject, signal));
    seen.set(key, known);
    return known;
  };
}

/** The rows without which nothing is run: they say why it could not be. */
const RUNNABLE: ReadonlySet<string> = new Set(["elf", "machine", "static", "start", "executable"]);

/** Has the program run, and notes what it did. @returns what it ran on */
async function behave(facts: Gathering, watch: Watch | undefined): Promise<string | undefined> {
  if (watch === undefined) return undefined;
  const lack = (why: string): undefined => {
    for (const name of BEHAVIOURS) if (!(name in facts.known)) facts.unknown[name] = why;
  };
  const { program, platform, config } = facts.known;
  if (!program || !platform) return lack(facts.unknown.program ?? "there is no program");
  const bad = judge([...IMAGE_ROWS, ...PROGRAM_ROWS], facts)
    .find(({ row, outcome }) => RUNNABLE.has(row.id) && outcome !== "pass");
  if (bad) return lack(`the row "${bad.row.id}" does not pass, so it was not run`);
  const executor = executorOf(platform);
  if ("missing" in executor) return lack(executor.missing);
  const emulator = "emulator" in executor ? executor.emulator : undefined;
  const { Entrypoint = [], Cmd = [] } = config?.config ?? {};
  const words = [...Entrypoint, ...Cmd].slice(1);
  const versionArguments = [...Entrypoint.slice(1), "-v"];
  const key = JSON.stringify([sha256(program), emulator, words, versionArguments]);
  const { known, missing } = await watch(key, {
    program,
    arguments: words,
    versionArguments,
    ...(emulator && { emulator }),
  });
  Object.assign(facts.known, known);
  lack(missing);
  return emulator?.[0].replace(/^.*\//, "") ?? "native";
}
