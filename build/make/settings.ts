import { SYSTEMS_OF, type ToolchainName } from "../compile/find-toolchain.ts";
import { TARGETS } from "../compile/targets.ts";
import { hasSystem, type System, type Target } from "../compile/target.ts";
import { didYouMean } from "../did-you-mean.ts";
import { PauseError } from "../error.ts";
import { isTag, parseRepository, type Repository } from "../oci/reference.ts";
import { FORMATS, type MediaTypes } from "../oci/media-types.ts";
import { LAST_SECOND } from "../oci/time.ts";
import { type AttachmentKind, readAttach } from "./attached/settings.ts";
import { type EngineSettings, readEngines } from "./engines/settings.ts";
import { listed } from "./listed.ts";
import { ALIASES, type Variable, type VariableName, VARIABLES } from "./variables.ts";
import { readWindows, type WindowsSettings } from "./windows/settings.ts";

/** The variables as the user gave them: names as in {@link VARIABLES}, values as typed. */
export type Assignments = Readonly<Partial<Record<VariableName, string>>>;

/** The variables, checked and in the shape that the build works with. */
export interface Settings extends EngineSettings {
  /** `REGISTRY/pause`, or undefined without a REGISTRY. */
  readonly repository?: Repository;
  readonly tag: string;
  /** What `pause -v` prints after `pause.c `. */
  readonly version: string;
  /** Linux first, whatever the order in which they were given. */
  readonly systems: readonly System[];
  /** In the order of {@link TARGETS}, whatever the order in which they were picked. */
  readonly targets: readonly Target[];
  readonly windows: WindowsSettings;
  /** Whether ARCH, OSVERSION or OS leave out some of what the list has. */
  readonly isSubset: boolean;
  /** Whether ALL_OS says what the list has: a published one then loses what other systems it had. */
  readonly replacesSystems: boolean;
  /** A store's name, or `registry`. */
  readonly output: string;
  readonly mediaTypes: MediaTypes;
  /** What is attached to what is saved or pushed, where it goes to a place that knows referrers. */
  readonly attach: readonly AttachmentKind[];
  /** Whether ATTACH says so, and it is not just what is attached when nobody says anything. */
  readonly asksToAttach: boolean;
  readonly toolchain: ToolchainName;
  readonly toolchainImage?: string;
  readonly cflags: readonly string[];
  /** What FROM names. For Windows undefined: upstream's. */
  readonly base: { readonly linux: string; readonly windows?: string };
  readonly archTags: boolean;
  /** Whether a push may move tags. */
  readonly clobber: boolean;
  readonly plainHttp: boolean;
  /** A folder of certificates for registries. @default the system's places */
  readonly certDir?: string;
  readonly metadataFile?: string;
  /** Given by the user; else undefined, and the source decides. Seconds since 1970. */
  readonly epoch?: number;
  /** Given by the user; else undefined, and the source decides. */
  readonly revision?: string;
}

/**
 * The variable that `name` means, aliases included.
 * @throws PauseError `usage` for an unknown name, with the nearest known one
 */
export function variableName(name: string): VariableName {
  const known = VARIABLES.find((variable) => variable.name === name)?.name ??
    (Object.hasOwn(ALIASES, name) ? ALIASES[name] : undefined);
  if (known !== undefined) return known;
  const hint = didYouMean(name, VARIABLES.map((known) => known.name));
  throw new PauseError(
    "usage",
    `Cannot set ${name}: there is no such variable.${hint} "help" lists them all.`,
  );
}

/** The variables that the environment sets: known names, not empty, and not {@link Variable.commandLineOnly}. */
export function fromEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Assignments {
  const taken = VARIABLES.filter((variable) => !variable.commandLineOnly)
    .map(({ name }) => [name, environment[name]] as const)
    // Windows itself sets OS=Windows_NT for every program.
    .filter(([, value]) => value !== undefined && value !== "" && value !== "Windows_NT");
  return Object.fromEntries(taken);
}

/**
 * Checks every variable before anything is written.
 * @throws PauseError `usage`, naming the variable, its value and what it may be
 */
export function readSettings(assignments: Assignments): Settings {
  const value = (name: VariableName): string =>
    assignments[name] ?? VARIABLES.find((variable) => variable.name === name)?.fallback ?? "";
  for (const variable of VARIABLES) checkChoice(variable, value(variable.name));
  const tag = readTag(value("TAG"));
  const allSystems = systemsIn(value("ALL_OS"));
  const systems = assignments.OS === undefined && allSystems.length > 0
    ? allSystems
    : readSystems(value("OS"), allSystems);
  const { targets, isSubset } = readTargets(value("ARCH"), value("ALL_ARCH"), systems);
  const windows = readWindows(
    value("ALL_ARCH_WINDOWS"),
    value("OSVERSION"),
    value("ALL_OSVERSIONS"),
  );
  const hasWindows = systems.includes("windows");
  return {
    tag,
    version: readVersion(value("VERSION") || `v${tag}`),
    targets,
    windows,
    isSubset: isSubset || hasWindows && windows.isSubset ||
      (allSystems.length === 0 ? !systems.includes("linux") : systems.length < allSystems.length),
    replacesSystems: allSystems.length > 0,
    systems,
    output: value("OUTPUT"),
    mediaTypes: FORMATS[value("FORMAT") as keyof typeof FORMATS],
    attach: readAttach(assignments.ATTACH, value("FORMAT")),
    asksToAttach: assignments.ATTACH !== undefined,
    ...readEngines(value, systems),
    toolchain: readToolchain(value("TOOLCHAIN") as ToolchainName, systems),
    cflags: words(value("CFLAGS")),
    base: readBases(value("BASE"), hasWindows),
    archTags: value("ARCH_TAGS") === "all",
    clobber: value("NO_CLOBBER") !== "1",
    plainHttp: value("INSECURE") === "1",
    ...optional("repository", value("REGISTRY"), readRegistry),
    ...optional("toolchainImage", value("TOOLCHAIN_IMAGE"), String),
    ...optional("metadataFile", value("METADATA_FILE"), String),
    ...optional("epoch", value("SOURCE_DATE_EPOCH"), readEpoch),
    ...optional("revision", value("REV"), String),
    ...optional("certDir", value("CERT_DIR"), String),
  };
}

function optional<Key extends string, Value>(
  key: Key,
  text: string,
  read: (text: string) => Value,
): Partial<Record<Key, Value>> {
  return text === "" ? {} : { [key]: read(text) } as Record<Key, Value>;
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}

/** Images for Linux start from scratch and from nothing else: a BASE is for Windows where there is that. */
function readBases(base: string, hasWindows: boolean): Settings["base"] {
  return {
    linux: hasWindows ? SCRATCH : base || SCRATCH,
    ...(base !== "" && base !== SCRATCH && { windows: base }),
  };
}

const SCRATCH = "scratch";

function checkChoice({ name, choices, many, fallback }: Variable, value: string): void {
  if (choices === undefined || value === fallback) return;
  const values = many ? listed(value) : [value];
  if (values.length > 0 && values.every((word) => choices.includes(word))) return;
  const some = many ? "some" : "one";
  throw new PauseError(
    "usage",
    `Cannot use ${name}="${value}": it is ${some} of ${choices.join(", ")}.`,
  );
}

const SYSTEMS: readonly System[] = ["linux", "windows"];

function systemsIn(text: string): System[] {
  return SYSTEMS.filter((system) => listed(text).includes(system));
}

function readSystems(picked: string, all: readonly System[]): readonly System[] {
  const systems = systemsIn(picked);
  if (all.length === 0 || systems.every((system) => all.includes(system))) return systems;
  throw new PauseError(
    "usage",
    `Cannot use OS="${picked}": ALL_OS has ${all.join(", ")}. Name those in OS, or all in ALL_OS.`,
  );
}

function readToolchain(name: ToolchainName, systems: readonly System[]): ToolchainName {
  const lacking = systems.find((system) => !SYSTEMS_OF[name].includes(system));
  if (lacking === undefined) return name;
  throw new PauseError(
    "usage",
    `Cannot compile for OS="${lacking}" with TOOLCHAIN=${name}: only clang does. Leave TOOLCHAIN out.`,
  );
}

function readTag(tag: string): string {
  if (isTag(tag)) return tag;
  throw new PauseError(
    "usage",
    `Cannot use TAG="${tag}": a tag is 1 to 128 letters, digits, "_", "." and "-", and starts with none of ".-".`,
  );
}

/**
 * The version becomes a C token and a line of output: the characters of a tag and "+", and no
 * more; the longest tag has 128, and a "v" goes before it.
 */
function readVersion(version: string): string {
  if (/^[\w.+-]{1,129}$/.test(version)) return version;
  throw new PauseError(
    "usage",
    `Cannot use VERSION="${version}": it is 1 to 129 letters, digits and "_.+-".`,
  );
}

function readTargets(
  picked: string,
  all: string,
  systems: readonly System[],
): Pick<Settings, "targets" | "isSubset"> {
  const possible = TARGETS.filter((target) => systems.some((system) => hasSystem(target, system)));
  const known = pick("ALL_ARCH", all, possible);
  const targets = pick("ARCH", picked, known);
  const empty = systems.find((system) => !targets.some((target) => hasSystem(target, system)));
  if (empty === undefined) return { targets, isSubset: targets.length < known.length };
  const arches = TARGETS.filter((target) => hasSystem(target, empty)).map(({ arch }) => arch);
  throw new PauseError(
    "usage",
    `Cannot build ARCH="${picked || all}" for OS="${empty}": the architectures there are ${
      arches.join(", ")
    }.`,
  );
}

/** What others call our architectures: the kernel, compilers, Debian. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  x86_64: "amd64",
  aarch64: "arm64",
  armhf: "arm",
  armv6: "arm",
  armv7: "arm",
  ppc64el: "ppc64le",
  loongarch64: "loong64",
  i386: "386",
  i686: "386",
  mips64el: "mips64le",
};

function pick(name: VariableName, text: string, from: readonly Target[]): Target[] {
  const names = listed(text);
  const arches = from.map((target) => target.arch);
  if (text !== "" && names.length === 0) {
    throw new PauseError("usage", `Cannot use ${name}="${text}": it names no architecture.`);
  }
  for (const arch of names) {
    if (arches.includes(arch)) continue;
    throw new PauseError(
      "usage",
      `Cannot build ${name}="${arch}": the architectures are ${arches.join(", ")}.${
        didYouMean(OTHER_NAMES[arch.split("/")[0] ?? ""] ?? arch, arches)
      }`,
    );
  }
  return from.filter((target) => names.length === 0 || names.includes(target.arch));
}

function readRegistry(registry: string): Repository {
  return parseRepository(`${registry.replace(/\/+$/, "")}/pause`);
}

function readEpoch(text: string): number {
  const seconds = Number(text);
  if (/^\d+$/.test(text) && seconds <= LAST_SECOND) return seconds;
  throw new PauseError(
    "usage",
    `Cannot use SOURCE_DATE_EPOCH="${text}": it is a whole number of seconds since 1970, such as "$(git log -1 --format=%ct)".`,
  );
}
