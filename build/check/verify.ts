import pLimit from "p-limit";
import { readElf } from "../compile/elf.ts";
import { readPe } from "../compile/pe.ts";
import { TARGETS } from "../compile/targets.ts";
import { PauseError } from "../error.ts";
import { everySettled } from "../host/settle.ts";
import { type Digest, sha256 } from "../oci/digest.ts";
import { readIndex } from "../oci/document.ts";
import type { Index } from "../oci/manifest.ts";
import { isIndex } from "../oci/media-types.ts";
import { isWanted, nameOf, type Platform } from "../oci/platform.ts";
import { isAttestation } from "./attestation.ts";
import { behave, type Watch, watcher } from "./run/behave.ts";
import { type Gathering, gathering, noteProgram } from "./gather.ts";
import { gatherImage } from "./image.ts";
import { type OpenOptions, openTarget, type Target } from "./open.ts";
import { judge, type Judged, type Outcome, type Row } from "./row.ts";
import { ROWS } from "./rows.ts";

/** How to check. */
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
  /** The index first, then each platform; of a program, itself. */
  readonly subjects: readonly Checked[];
  /** `fail` when a row fails, `unchecked` when none does and some could not be checked. */
  readonly outcome: Outcome;
}

/** One of the things that a target consists of: its index, an image, a program. */
export interface Checked {
  /** `index`, or the platform. */
  readonly name: string;
  /** In the order in which docs/verify.md lists them. */
  readonly rows: readonly Judged[];
  /** What the program was run on: `native`, or QEMU's program. Undefined when it was not run. */
  readonly ranOn?: string;
}

/** Images that are checked at once: each holds a program, and one of them its layers. */
const IMAGES_AT_ONCE = 4;

/** More entries than any index of a pause image has. */
const ENTRY_LIMIT = 100;

/**
 * Checks whether something is a good pause image, or a good pause program, row by row. Nothing is
 * written but temporary files. Programs are run only as `confine` says, and not at all with `static`.
 *
 * @param name what the user named, see {@link openTarget}
 * @throws PauseError as {@link openTarget} and {@link verifyTarget} do
 */
export async function verify(name: string, options: VerifyOptions = {}): Promise<Report> {
  return await verifyTarget(await openTarget(name, options), options);
}

/**
 * Checks what was opened, as {@link verify} does.
 * @throws PauseError `verification` for an index that is no index, has no image, or none of the
 * wanted platforms; `registry`, `authentication`, `storage` when a part cannot be read for reasons
 * that say nothing about the image; `interrupted`
 */
export async function verifyTarget(target: Target, options: VerifyOptions = {}): Promise<Report> {
  const watch = options.static ? undefined : watcher(options.signal);
  const subjects = target.kind === "program"
    ? [await checkProgramAlone(target, options, watch)]
    : await checkImages(target, options, watch);
  const outcomes = subjects.flatMap(({ rows }) => rows.map(({ outcome }) => outcome));
  const outcome = (["fail", "unchecked"] as const).find((one) => outcomes.includes(one)) ?? "pass";
  const digest = target.kind === "program" ? sha256(target.bytes) : target.root.descriptor.digest;
  return { target: target.name, digest, subjects, outcome };
}

type Image = Extract<Target, { kind: "image" }>;

async function checkImages(
  target: Image,
  options: VerifyOptions,
  watch?: Watch,
): Promise<Checked[]> {
  const { source, root } = target;
  if (!isIndex(root.descriptor.mediaType)) {
    const facts = await gatherImage(source, root.descriptor, (work) => work());
    const { platform } = facts.known;
    if (platform) requirePlatforms(target, [platform], options);
    return [await finish(platform ? nameOf(platform) : "image", facts, IMAGE_AND_PROGRAM, watch)];
  }
  const index = readIndex(root.bytes);
  const atOnce = pLimit(IMAGES_AT_ONCE);
  const gate = pLimit(1);
  const images = imagesOf(index, target, options).map((entry) =>
    // To the end: the facts hold the program.
    atOnce(async () => {
      const facts = await gatherImage(source, entry, gate, { index, entry });
      const name = entry.platform ? nameOf(entry.platform) : entry.digest;
      return await finish(name, facts, IMAGE_AND_PROGRAM, watch);
    })
  );
  const checked = await everySettled(images);
  return [
    { name: "index", rows: judge(ROWS.index, { known: { index }, unknown: {} }) },
    ...checked,
  ];
}

const IMAGE_AND_PROGRAM = [...ROWS.image, ...ROWS.program];

async function finish(
  name: string,
  facts: Gathering,
  rows: readonly Row[],
  watch?: Watch,
): Promise<Checked> {
  const ranOn = watch && await behave(facts, rows, watch);
  return { name, rows: judge([...rows, ...ROWS.behaviour], facts), ...(ranOn && { ranOn }) };
}

/** The entries that are images, of the wanted platforms. */
function imagesOf(index: Index, target: Image, options: VerifyOptions): Index["manifests"] {
  const images = index.manifests.filter((entry) => !isAttestation(entry));
  if (images.length === 0 || images.length > ENTRY_LIMIT) {
    throw new PauseError(
      "verification",
      `Cannot verify ${target.name}: its index has ${images.length} images. ` +
        `Name one that has 1 to ${ENTRY_LIMIT}.`,
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
  { name }: Target,
  there: readonly Platform[],
  { platforms = [] }: VerifyOptions,
): void {
  const missing = platforms.find((wanted) => !there.some((one) => isWanted(one, wanted)));
  if (missing === undefined) return;
  throw new PauseError(
    "verification",
    `Cannot verify ${name} for ${nameOf(missing)}: it is for ${there.map(nameOf).join(", ")}.`,
  );
}

async function checkProgramAlone(
  target: Extract<Target, { kind: "program" }>,
  options: VerifyOptions,
  watch?: Watch,
): Promise<Checked> {
  const { bytes } = target;
  const facts = gathering();
  const platform = platformOf(bytes);
  if (platform) requirePlatforms(target, [platform], options);
  facts.known.platform = platform ??
    { os: isForWindows(bytes) ? "windows" : "linux", architecture: "unknown" };
  noteProgram(facts, bytes, facts.known.platform);
  return await finish(platform ? nameOf(platform) : "program", facts, ROWS.program, watch);
}

/** The platform of a program that comes without an image, by its header. */
function platformOf(bytes: Uint8Array): Platform | undefined {
  try {
    if (isForWindows(bytes)) return windowsPlatform(readPe(bytes).machine);
    const { machine, class: width, endian } = readElf(bytes);
    return TARGETS.find(({ elf }) =>
      elf.machine === machine && elf.class === width && elf.endian === endian
    )?.platforms[0];
  } catch (error) {
    if (error instanceof PauseError) return undefined;
    throw error;
  }
}

/** Whether it begins as programs for DOS did, and those for Windows still do. */
function isForWindows([first, second]: Uint8Array): boolean {
  return first === 0x4d && second === 0x5a;
}

function windowsPlatform(machine: number): Platform | undefined {
  const target = TARGETS.find(({ windows }) => windows?.machine === machine);
  return target && { os: "windows", architecture: target.arch };
}
